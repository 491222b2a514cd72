/** What the pages share. A token is kept in the memory of a page only, never in its address or in storage. */

/** Where the gateway's `/` is, also behind a path prefix. */
const ROOT = new URL('..', import.meta.url)

export const find = (id) => document.getElementById(id)

/** An element with properties and children; text is never read as markup. Names with a dash are attributes. */
export function element(tag, properties, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-')) made.setAttribute(name, value)
    else made[name] = value
  }
  made.append(...children)
  return made
}

/** Shows `text` in an element that is there for it, or hides that element when there is nothing to say. */
export function say(target, text) {
  target.textContent = text
  target.hidden = text === ''
}

/** @throws {Error} with words for the reader when no answer comes. */
export async function request(url, token, init = {}) {
  const headers = token === '' ? init.headers : { ...init.headers, authorization: `Bearer ${token}` }
  try {
    return await fetch(url, { ...init, ...(headers === undefined ? {} : { headers }) })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new Error('The gateway does not answer. Is it running?', { cause: error })
  }
}

/** @throws {Error} unless the answer is a 2xx. */
export async function requestJson(url, token) {
  const answer = await request(url, token)
  if (answer.ok) return answer.json()
  const about = `request ${answer.headers.get('x-request-id') ?? 'unknown'}`
  throw new Error(answer.status === 404 ? 'Nothing is published at this address.' : `The gateway answered ${answer.status} (${about}).`)
}

/** The gateway's health; `version` in it says that it knows the caller. Asking needs no token, so it is no error to have none. */
async function readHealth(token) {
  return (await request(new URL('health', ROOT), token)).json()
}

/** A button that copies what `text()` gives, and confirms it. Browsers forbid it on pages that came over plain HTTP from afar. */
export function copyButton(label, text, name = label) {
  const button = element('button', { type: 'button', className: 'plain', textContent: label, 'aria-label': name })
  const confirm = (word) => {
    button.textContent = word
    button.ariaLabel = word
    setTimeout(() => {
      button.textContent = label
      button.ariaLabel = name
    }, 2000)
  }
  button.addEventListener('click', () => {
    if (navigator.clipboard === undefined) return confirm('Not allowed here')
    return navigator.clipboard.writeText(text()).then(
      () => confirm('Copied'),
      () => confirm('Not allowed here'),
    )
  })
  return button
}

/**
 * Asks for a token where one is needed: `load(token)` runs at once when the gateway knows the caller without one, else
 * for each token that is entered and valid. What fails is said in place, with a button that tries again.
 */
export function createAccess(load) {
  const [form, card, input, refusal, problem, retry] = ['access-form', 'access', 'token', 'token-problem', 'problem', 'retry'].map(find)
  let token = ''

  const refuse = () => {
    say(refusal, token === '' ? '' : 'This token is not valid.')
    input.ariaInvalid = String(token !== '')
    card.hidden = false
    input.focus()
    input.select()
  }

  const open = async () => {
    retry.hidden = true
    say(refusal, '')
    try {
      const health = await readHealth(token)
      say(problem, '')
      if (health.version === undefined) return refuse()
      await load(token)
      input.ariaInvalid = 'false'
      input.value = ''
      if (card.hidden) return
      card.hidden = true
      // Else the focus would be lost with the field; the section that was asked for comes next.
      card.nextElementSibling.focus()
    } catch (error) {
      say(problem, error.message)
      retry.hidden = false
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    token = input.value.trim()
    void open()
  })
  retry.addEventListener('click', () => void open())
  return { open }
}
