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

/** Sends one call, and shows its answer; complaints about arguments are shown in `form`. */
async function call(url, token, args, form, output, signal) {
  const started = performance.now()
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(args), signal }
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
function tryIt(url, schema, root, token, id) {
  const fields = createArgumentsForm(schema, root, id)
  const output = createOutput()
  const run = element('button', { type: 'submit', textContent: 'Run', title: 'Ctrl+Enter' })
  const cancel = element('button', { type: 'button', className: 'plain', textContent: 'Cancel', hidden: true })
  const copy = copyButton('Copy as curl', () => curlOf(url, fields.read() ?? {}))
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
      await call(url, token, args, fields, output, running.signal)
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
function curlOf(url, args) {
  const body = JSON.stringify(args).replaceAll("'", "'\\''")
  return `curl -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '${body}' ${url}`
}

/** One tool, closed; what is inside is made when it is first opened, because there may be thousands. */
function operationRow(path, operation, root, serverUrl, token) {
  const { operationId, summary, description, requestBody, responses } = operation
  const url = `${serverUrl}${path}`
  const row = element(
    'details',
    {},
    element('summary', {}, element('code', { textContent: operationId }), element('span', { textContent: summary === operationId ? '' : summary })),
  )
  const fill = () => {
    const args = requestBody.content['application/json'].schema
    const result = responses[200].content['application/json'].schema
    const left = element('div', {}, element('h3', { textContent: 'Arguments' }), tryIt(url, args, root, token, `argument-${operationId}`))
    const right = element(
      'div',
      {},
      ...(description === undefined ? [] : [element('p', { textContent: description })]),
      element('pre', { textContent: `POST ${url}` }),
      element('h3', { textContent: 'Result' }),
      fieldsTable(result, root),
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
  const serverUrl = new URL(root.servers[0].url, documentUrl).href
  const rows = Object.entries(root.paths).map(([path, { post }]) => operationRow(path, post, root, serverUrl, token))
  find('operations').replaceChildren(...(rows.length === 0 ? [element('p', { className: 'quiet', textContent: 'No tools are published here.' })] : rows))
  find('filter').hidden = rows.length < FILTER_FROM
  find('tools').hidden = false
}

find('filter').addEventListener('input', filterRows)
void createAccess(show).open()
