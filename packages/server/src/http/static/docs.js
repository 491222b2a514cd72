import { createArgumentsForm } from './arguments-form.js'
import { resolve, typeOf } from './json-schema.js'
import { copyButton, createAccess, element, find, request, requestJson, say } from './page.js'

/** With fewer tools than this, a filter is in the way. */
const FILTER_FROM = 9
/** Absolute, because references and operations of the document are relative to where it is. */
const documentUrl = new URL('openapi.json', location.href).href

function fieldsTable(schema, root) {
  const { properties, required } = resolve(schema, root)
  const rows = Object.entries(properties ?? {}).map(([name, property]) =>
    element(
      'tr',
      {},
      element('td', {}, element('code', { textContent: name }), required?.includes(name) ? '' : ' ?'),
      element('td', {}, element('code', { textContent: typeOf(property, root) })),
      element('td', { className: 'quiet', textContent: property.description ?? resolve(property, root).description ?? '' }),
    ),
  )
  return rows.length === 0
    ? element('p', { className: 'quiet' }, element('code', { textContent: typeOf(schema, root) }))
    : element('table', { className: 'dense' }, element('tbody', {}, ...rows))
}

const pretty = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))

/** Where the answer of a call is shown. */
function createOutput() {
  const status = element('p', { className: 'quiet', role: 'status', hidden: true })
  const message = element('p', { className: 'bad', role: 'alert', hidden: true })
  const body = element('pre', { hidden: true, tabIndex: 0, role: 'region', 'aria-label': 'Result' })
  return {
    content: [status, message, body],
    show(summary, problem, text) {
      say(status, summary)
      say(message, problem)
      say(body, text)
    },
  }
}

/** Sends one request, and shows its answer; complaints about arguments are shown in `form`. */
async function call(target, token, args, form, output, signal) {
  const started = performance.now()
  const { url, method, body } = target(args)
  const init = { method, signal, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) }
  const answer = await request(url, token, init)
  const text = await answer.text()
  const took = `${Math.round(performance.now() - started)} ms`
  const value = answer.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text
  if (answer.ok) return output.show(`${answer.status} OK · ${took}`, '', pretty(value))
  const { code = 'error', message = text, details, requestId = 'unknown' } = value.error ?? {}
  const summary = `${answer.status} ${code} · ${took} · request ${requestId}`
  if (!Array.isArray(details?.fields)) return output.show(summary, message, details === undefined ? '' : pretty(details))
  output.show(summary, 'Some arguments are wrong; each field says why.', '')
  form.complain(details.fields)
}

/** Runs an operation with what the reader enters; Ctrl or Cmd with Enter runs it from any field. */
function tryIt(target, schema, root, token, id) {
  const fields = createArgumentsForm(schema, root, id)
  const output = createOutput()
  const run = element('button', { type: 'submit', textContent: 'Run', title: 'Ctrl+Enter' })
  const cancel = element('button', { type: 'button', className: 'plain', textContent: 'Cancel', hidden: true })
  const copy = copyButton('Copy as curl', () => curlOf(target(fields.read() ?? {})))
  const form = element(
    'form',
    { noValidate: true },
    ...fields.content,
    element('div', { className: 'actions' }, run, cancel, ...fields.actions, copy),
    ...output.content,
  )
  let running

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (running !== undefined) return
    const args = fields.read()
    if (args === undefined) return
    running = new AbortController()
    run.textContent = 'Running…'
    cancel.hidden = false
    try {
      await call(target, token, args, fields, output, running.signal)
    } catch (error) {
      output.show('', error.name === 'AbortError' ? 'Cancelled.' : `${error.message} Press Run to try again.`, '')
    } finally {
      running = undefined
      run.textContent = 'Run'
      cancel.hidden = true
    }
  })
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit()
  })
  cancel.addEventListener('click', () => running?.abort())
  return form
}

/** A command for a shell; the token is left to the variable TOKEN. */
function curlOf({ url, method, body }) {
  const start = `curl${method === (body === undefined ? 'GET' : 'POST') ? '' : ` -X ${method}`} -H "Authorization: Bearer $TOKEN"`
  if (body === undefined) return `${start} '${url}'`
  return `${start} -H 'Content-Type: application/json' -d '${JSON.stringify(body).replaceAll("'", "'\\''")}' ${url}`
}

/** What a reader enters for an operation, as one object: parameters by their names, and `body` when there are both. */
function argumentsOf({ parameters = [], requestBody }) {
  const body = requestBody?.content['application/json'].schema
  if (parameters.length === 0) return body ?? { type: 'object', properties: {} }
  const properties = Object.fromEntries(
    parameters.map(({ name, schema, description }) => [name, { ...(description === undefined ? {} : { description }), ...schema }]),
  )
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name)
  return body === undefined
    ? { type: 'object', properties, required }
    : { type: 'object', properties: { ...properties, body }, required: [...required, ...(requestBody.required ? ['body'] : [])] }
}

/** Makes the request of an operation of what was entered. */
function targetOf(serverUrl, path, method, { parameters = [], requestBody }) {
  return (args) => {
    const named = (place) => parameters.filter((parameter) => parameter.in === place && args[parameter.name] !== undefined)
    const filled = named('path').reduce((url, { name }) => url.replace(`{${name}}`, encodeURIComponent(args[name])), path)
    const query = new URLSearchParams(named('query').map(({ name }) => [name, String(args[name])])).toString()
    const body = requestBody === undefined ? undefined : parameters.length === 0 ? args : args.body
    return { url: `${serverUrl}${filled}${query === '' ? '' : `?${query}`}`, method: method.toUpperCase(), body }
  }
}

/** One operation, closed; what is inside is made when it is first opened, because there may be thousands. */
function operationRow({ path, method, operation }, root, serverUrl, token) {
  const { operationId, summary, description, responses } = operation
  const row = element(
    'details',
    {},
    element('summary', {}, element('code', { textContent: operationId }), element('span', { textContent: summary === operationId ? '' : summary })),
  )
  const fill = () => {
    const target = targetOf(serverUrl, path, method, operation)
    const [, { content = {} }] = Object.entries(responses).find(([status]) => status !== 'default') ?? [undefined, {}]
    const result = content['application/json']?.schema
    const left = element('div', {}, element('h3', { textContent: 'Arguments' }), tryIt(target, argumentsOf(operation), root, token, `argument-${operationId}`))
    const right = element(
      'div',
      {},
      ...(description === undefined ? [] : [element('p', { textContent: description })]),
      element('pre', { textContent: `${method.toUpperCase()} ${serverUrl}${path}` }),
      element('h3', { textContent: 'Result' }),
      result === undefined ? element('p', { className: 'quiet', textContent: Object.keys(content)[0] ?? 'Nothing.' }) : fieldsTable(result, root),
    )
    row.append(element('div', { className: 'operation' }, left, right))
  }
  row.addEventListener('toggle', fill, { once: true })
  return row
}

function filterRows() {
  const wanted = find('filter').value.trim().toLowerCase()
  for (const row of find('operations').children) row.hidden = !row.firstChild.textContent.toLowerCase().includes(wanted)
}

async function show(token) {
  const root = await requestJson(documentUrl, token)
  document.title = `${root.info.title} · ToolDock`
  find('title').textContent = root.info.title
  find('description').textContent = root.info.description ?? 'Every tool as a POST of JSON.'
  find('document').replaceChildren(copyButton('Copy URL of openapi.json', () => documentUrl))
  // The admin API names no server: its paths begin at the gateway's root, one level above its document.
  const serverUrl = new URL(root.servers?.[0]?.url ?? '..', documentUrl).href.replace(/\/$/, '')
  const operations = Object.entries(root.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const rows = operations.map((operation) => operationRow(operation, root, serverUrl, token))
  find('operations').replaceChildren(...(rows.length === 0 ? [element('p', { className: 'quiet', textContent: 'No tools are published here.' })] : rows))
  find('filter').hidden = rows.length < FILTER_FROM
  find('tools').hidden = false
}

find('filter').addEventListener('input', filterRows)
void createAccess(show).open()
