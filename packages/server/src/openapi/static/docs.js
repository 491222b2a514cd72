const find = (id) => document.getElementById(id)
/** Absolute, because references and operations of the document are relative to where it is. */
const documentUrl = new URL('openapi.json', location.href)
let token = ''

/** An element with properties and children; text is never read as markup. */
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children)
  return made
}

const authorization = () => (token === '' ? {} : { authorization: `Bearer ${token}` })
const pretty = (value) => JSON.stringify(value, null, 2)

/** Follows a reference inside the document once; what cannot be found is shown as it is. */
function resolve(schema, root) {
  if (typeof schema?.$ref !== 'string' || !schema.$ref.startsWith('#/')) return schema ?? {}
  const steps = schema.$ref.slice(2).split('/')
  return steps.reduce((at, step) => at?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], root) ?? schema
}

function typeOf(schema, root) {
  const { type, enum: values, const: constant, items, anyOf, oneOf } = resolve(schema, root)
  if (constant !== undefined) return JSON.stringify(constant)
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' | ')
  const choices = anyOf ?? oneOf
  if (choices !== undefined) return choices.map((choice) => typeOf(choice, root)).join(' | ')
  if (type === 'array') return `${typeOf(items, root)}[]`
  return Array.isArray(type) ? type.join(' | ') : (type ?? 'any')
}

/** A value to begin with: defaults and examples where the schema has them. */
function exampleOf(schema, root, depth = 0) {
  const { type, enum: values, const: constant, default: preset, examples, properties, required, items, anyOf, oneOf } = resolve(schema, root)
  if (constant !== undefined) return constant
  if (preset !== undefined) return preset
  if (examples?.length > 0) return examples[0]
  if (values?.length > 0) return values[0]
  const choices = anyOf ?? oneOf
  if (choices?.length > 0) return exampleOf(choices[0], root, depth)
  switch (Array.isArray(type) ? type[0] : type) {
    case 'object': {
      const wanted = Object.entries(properties ?? {}).filter(([name]) => depth < 4 && required?.includes(name))
      return Object.fromEntries(wanted.map(([name, property]) => [name, exampleOf(property, root, depth + 1)]))
    }
    case 'array':
      return items === undefined || depth >= 4 ? [] : [exampleOf(items, root, depth + 1)]
    case 'number':
    case 'integer':
      return 0
    case 'boolean':
      return false
    case 'string':
      return ''
    default:
      return null
  }
}

function fieldsTable(schema, root) {
  const { properties, required } = resolve(schema, root)
  const rows = Object.entries(properties ?? {})
  if (rows.length === 0) return element('p', { className: 'quiet', textContent: 'None.' })
  const head = element('tr', {}, ...['Name', 'Type', ''].map((textContent) => element('th', { scope: 'col', textContent })))
  const body = rows.map(([name, property]) =>
    element(
      'tr',
      {},
      element(
        'td',
        {},
        element('code', { textContent: name }),
        required?.includes(name) ? element('span', { className: 'bad', title: 'required', textContent: ' *' }) : '',
      ),
      element('td', {}, element('code', { textContent: typeOf(property, root) })),
      element('td', { className: 'quiet', textContent: resolve(property, root).description ?? property.description ?? '' }),
    ),
  )
  return element('table', {}, element('thead', {}, head), element('tbody', {}, ...body))
}

async function run(url, body, output) {
  const started = performance.now()
  try {
    const answer = await fetch(url, { method: 'POST', headers: { ...authorization(), 'content-type': 'application/json' }, body })
    const text = await answer.text()
    output.status.textContent = `${answer.status} · ${Math.round(performance.now() - started)} ms · request ${answer.headers.get('x-request-id') ?? '?'}`
    output.status.className = answer.ok ? 'quiet' : 'bad'
    output.body.textContent = answer.headers.get('content-type')?.startsWith('application/json') ? pretty(JSON.parse(text)) : text
    output.body.hidden = false
  } catch (error) {
    output.status.textContent = `No answer: ${error.message}`
    output.status.className = 'bad'
  }
}

/** Runs an operation with the arguments the reader writes. */
function tryIt(url, schema, root) {
  const input = element('textarea', { value: pretty(exampleOf(schema, root)), spellcheck: false, ariaLabel: 'Arguments as JSON' })
  const output = { status: element('p', { className: 'quiet', role: 'status' }), body: element('pre', { hidden: true }) }
  const button = element('button', { type: 'button', textContent: 'Run' })
  button.addEventListener('click', async () => {
    button.disabled = true
    await run(url, input.value, output)
    button.disabled = false
  })
  return [element('h3', { textContent: 'Try it' }), input, element('p', {}), button, output.status, output.body]
}

function operationCard(path, operation, root, serverUrl) {
  const schema = operation.requestBody.content['application/json'].schema
  const result = operation.responses[200].content['application/json'].schema
  const url = `${serverUrl}${path}`
  return element(
    'details',
    { className: 'card' },
    element(
      'summary',
      {},
      element('code', { textContent: operation.operationId }),
      element('span', { textContent: operation.summary === operation.operationId ? '' : operation.summary }),
    ),
    element('p', { textContent: operation.description ?? '' }),
    element('pre', { textContent: `POST ${url}` }),
    element('h3', { textContent: 'Arguments' }),
    fieldsTable(schema, root),
    element('h3', { textContent: 'Result' }),
    fieldsTable(result, root),
    ...tryIt(url, schema, root),
  )
}

function show(root) {
  find('title').textContent = root.info.title
  find('description').textContent = root.info.description ?? ''
  const serverUrl = new URL(root.servers[0].url, documentUrl).href
  const cards = Object.entries(root.paths).map(([path, { post }]) => operationCard(path, post, root, serverUrl))
  if (cards.length === 0) cards.push(element('p', { className: 'card', textContent: 'No tools are published here.' }))
  find('operations').replaceChildren(...cards)
}

function complain(text) {
  find('problem').textContent = text
  find('problem').hidden = text === ''
}

/** Fetches the document with the token, if any; asks for one when it is needed. */
async function load() {
  const answer = await fetch(documentUrl, { headers: authorization() }).catch((error) => ({ ok: false, status: 0, error }))
  find('access').hidden = answer.status !== 401
  if (answer.ok) {
    complain('')
    show(await answer.json())
  } else if (answer.status !== 401)
    complain(answer.status === 404 ? 'Nothing is published here.' : `The document could not be read (${answer.status || answer.error.message}).`)
  else complain(token === '' ? '' : 'This token is not valid.')
}

find('access')
  .querySelector('form')
  .addEventListener('submit', (event) => {
    event.preventDefault()
    token = find('token').value.trim()
    load()
  })
load()
