const base = new URL('.', location.href)
const find = (id) => document.getElementById(id)
const urlOf = (path) => new URL(path, base).href

/** An element with properties and children; text is never read as markup. */
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

function showConnection() {
  const url = urlOf('mcp')
  find('claude').textContent = `claude mcp add --transport http tooldock ${url} --header "Authorization: Bearer <token>"`
  const server = { type: 'http', url, headers: { Authorization: 'Bearer <token>' } }
  find('config').textContent = JSON.stringify({ mcpServers: { tooldock: server } }, null, 2)
}

async function showStatus() {
  const answer = await fetch(urlOf('health')).catch(() => undefined)
  if (answer === undefined) {
    find('status').textContent = 'The server does not answer.'
    return
  }
  const { status, namespaces } = await answer.json()
  find('status').textContent = `${status} · ${namespaces.total} ${namespaces.total === 1 ? 'namespace' : 'namespaces'}`
}

async function loadNamespaces(token) {
  const answer = await fetch(urlOf('mcp/namespaces'), { headers: token === '' ? {} : { authorization: `Bearer ${token}` } })
  if (answer.status === 401) throw new Error('This token is not valid.')
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`)
  return (await answer.json()).namespaces
}

function namespaceCard({ name, title, description, tools, resources, prompts }) {
  const url = urlOf(`${name}/mcp`)
  const copy = element('button', { className: 'plain', type: 'button', textContent: 'Copy URL' })
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(url)
    copy.textContent = 'Copied'
  })
  return element(
    'article',
    { className: 'card' },
    element('div', { className: 'row' }, element('h2', { textContent: title ?? name }), copy),
    element('p', { className: 'quiet', textContent: description ?? '' }),
    element('pre', { textContent: url }),
    element(
      'div',
      { className: 'row quiet' },
      element('span', { textContent: `${tools} tools · ${resources} resources · ${prompts} prompts` }),
      element('a', { href: urlOf(`${name}/openapi/docs`), textContent: 'REST' }),
    ),
  )
}

function showNamespaces(namespaces) {
  find('access').hidden = true
  const cards = namespaces.map(namespaceCard)
  if (cards.length === 0) cards.push(element('p', { className: 'card', textContent: 'No namespace is published yet.' }))
  find('namespaces').replaceChildren(...cards)
}

find('access')
  .querySelector('form')
  .addEventListener('submit', async (event) => {
    event.preventDefault()
    const problem = find('problem')
    problem.hidden = true
    try {
      showNamespaces(await loadNamespaces(find('token').value.trim()))
    } catch (error) {
      problem.textContent = error.message
      problem.hidden = false
    }
  })

showConnection()
showStatus()
// Without authentication there is nothing to ask for; else this answers 401 and the form stays.
loadNamespaces('').then(showNamespaces, () => {})
