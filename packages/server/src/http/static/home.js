import { copyButton, createAccess, element, find, requestJson, say, urlOf } from './page.js'

const PLACEHOLDER = '<token>'
const counted = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`

/** What each kind of client needs to reach `target` (a namespace; none: all of them). */
function connectionsOf(target) {
  const name = target === '' ? 'tooldock' : target
  const prefix = target === '' ? '' : `${target}/`
  const url = urlOf(`${prefix}mcp`)
  const server = { type: 'http', url, headers: { Authorization: `Bearer ${PLACEHOLDER}` } }
  return [
    ['Claude Code', `claude mcp add --transport http ${name} ${url} --header "Authorization: Bearer ${PLACEHOLDER}"`],
    ['Configuration file of a client (mcpServers)', JSON.stringify({ mcpServers: { [name]: server } }, null, 2)],
    ['REST, from a shell', `curl -H "Authorization: Bearer ${PLACEHOLDER}" ${urlOf(`${prefix}openapi/tools`)}`],
  ]
}

function showConnections() {
  const blocks = connectionsOf(find('target').value).map(([title, text]) => {
    const copied = () => (find('copy-token').checked ? text.replaceAll(PLACEHOLDER, knownToken) : text)
    const head = element('div', { className: 'row' }, element('h3', { textContent: title }), copyButton('Copy', copied, `Copy: ${title}`))
    return element('div', { className: 'snippet' }, head, element('pre', { textContent: text }))
  })
  find('connections').replaceChildren(...blocks)
}

/** The state of a namespace as shape, word and colour. */
function stateOf({ state, worker, problems, unpublishedChanges }) {
  if (state !== 'published') return ['bad', '✕', 'not published']
  if (worker === 'failed') return ['bad', '✕', 'worker failed']
  if (problems.length > 0) return ['warn', '▲', 'last change not published']
  if (unpublishedChanges) return ['warn', '▲', 'folder changed, not reloaded']
  return ['good', '●', 'published']
}

function offersOf({ tools, resources, prompts }) {
  const offers = [
    [tools, 'tool'],
    [resources, 'resource'],
    [prompts, 'prompt'],
  ]
  return offers
    .filter(([count]) => count > 0)
    .map(([count, word]) => counted(count, word))
    .join(' · ')
}

function problemLine({ file, line, message }) {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`} `
  return element('p', { className: 'bad' }, element('code', { textContent: place }), message)
}

function namespaceRow({ name, title, description, ...namespace }) {
  const [tone, shape, word] = stateOf(namespace)
  const url = urlOf(`${name}/mcp`)
  const served = namespace.state === 'published'
  const cell = (label, ...children) => element('td', { 'data-label': label }, ...children)
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      element('strong', { textContent: title ?? name }),
      ...(title === undefined ? [] : [' ', element('code', { className: 'quiet', textContent: name })]),
      element('p', { className: 'quiet', textContent: description ?? '' }),
      ...namespace.problems.map(problemLine),
    ),
    cell('State', element('span', { className: tone, 'aria-hidden': 'true', textContent: shape }), ` ${word}`),
    cell('Offers', offersOf(namespace)),
    cell(
      'Endpoint',
      ...(served
        ? [
            element('code', { textContent: url }),
            element(
              'div',
              { className: 'actions' },
              copyButton('Copy URL', () => url, `Copy the URL of ${name}`),
              element('a', { href: urlOf(`${name}/openapi/docs`), textContent: 'Try its tools' }),
            ),
          ]
        : []),
    ),
  )
}

function namespaceTable(namespaces) {
  const head = ['Name', 'State', 'Offers', 'Endpoint'].map((textContent) => element('th', { scope: 'col', textContent }))
  return element('table', { className: 'stack' }, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...namespaces.map(namespaceRow)))
}

function emptyNote() {
  return element(
    'p',
    { className: 'quiet' },
    'No namespace is published yet. A namespace is a folder of tools: put a file such as ',
    element('code', { textContent: 'tools/demo/add.ts' }),
    ' into the data directory, reload it with ',
    element('code', { textContent: 'POST /api/reload/demo' }),
    ', and refresh this page.',
  )
}

function offerTargets(namespaces) {
  const target = find('target')
  const chosen = target.value
  const names = namespaces.filter(({ state }) => state === 'published').map(({ name }) => name)
  target.replaceChildren(
    element('option', { value: '', textContent: 'all namespaces' }),
    ...names.map((name) => element('option', { value: name, textContent: name })),
  )
  target.value = names.includes(chosen) ? chosen : ''
}

function showHealth(health) {
  const text = health === undefined ? 'Gateway not reachable' : `Gateway ${health.status} · ${counted(health.namespaces.total, 'namespace')}`
  say(find('status'), text)
}

let knownToken = ''

async function showNamespaces(token) {
  const [{ namespaces: states }, { namespaces: described }] = await Promise.all([
    requestJson(urlOf('api/namespaces'), token),
    requestJson(urlOf('mcp/namespaces'), token),
  ])
  const texts = new Map(described.map(({ name, title, description }) => [name, { title, description }]))
  const namespaces = states.map((state) => ({ ...state, ...texts.get(state.name) }))
  knownToken = token
  find('list').replaceChildren(namespaces.length === 0 ? emptyNote() : namespaceTable(namespaces))
  offerTargets(namespaces)
  for (const id of ['namespaces', 'refresh']) find(id).hidden = false
  find('with-token').hidden = token === ''
  showConnections()
}

const access = createAccess(showNamespaces, showHealth)
find('target').addEventListener('change', showConnections)
find('refresh').addEventListener('click', () => void access.open())
showConnections()
void access.open()
