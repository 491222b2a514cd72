// An MCP server over stdio in as few lines as the protocol allows, so that it can do what no SDK would.
// node raw-server.mjs <manner>: how it answers before the first call; the tools are below.
const manner = process.argv[2]
const MODERN = '2026-07-28'
const capabilities = { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, prompts: {}, logging: {}, 'x-unknown': { kept: 1 } }
const serverInfo = { name: 'raw', version: '1', 'x-more': true }
const heard = []
const waiting = new Map()
let listening
let lastAsk = 0

const line = (text) => process.stdout.write(`${text}\n`)
const send = (message) => line(JSON.stringify({ jsonrpc: '2.0', ...message }))
const notify = (method, params) => send({ method, params })
const ask = (method, params) =>
  new Promise((resolve) => {
    const id = `q${++lastAsk}`
    waiting.set(id, resolve)
    send({ id, method, params })
  })
const form = (message) => ask('elicitation/create', { message, requestedSchema: { type: 'object', properties: {} } })
const fail = (code, message, data) => Object.assign(new Error(message), { code, data })
const text = (value) => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] })
const { promise: never } = Promise.withResolvers()

const tools = {
  echo: ({ arguments: args }) => text(args),
  params: (params) => ({ content: [], structuredContent: params }),
  heard: () => text(heard),
  never: () => never,
  die: () => process.exit(3),
  hangUp: () => {
    setInterval(() => {}, 1000)
    process.stdout.end()
    return never
  },
  refuse: ({ arguments: { code, data } }) => {
    throw fail(code, 'refused', data)
  },
  /** The answer is this text, its `ID` replaced. */
  raw: ({ arguments: { answer } }, id) => {
    line(answer.replaceAll('ID', id))
    return never
  },
  big: ({ arguments: { chars } }) => text('z'.repeat(chars)),
  noise: async () => {
    process.stdout.write('starting up...\n')
    process.stdout.write(Buffer.from([0, 255, 254, 10, 123, 10]))
    process.stdout.write(`${'x'.repeat(1024 * 1024)}\n`)
    send({ id: 999_999, result: {} })
    send({ id: 'unknown', result: {} })
    return text('through')
  },
  twice: (_, id) => {
    send({ id, result: { ...first(), ...text('first') } })
    return text('second')
  },
  progress: ({ _meta }) => {
    for (let progress = 1; progress <= 3; progress++) notify('notifications/progress', { progressToken: _meta.progressToken, progress })
    return text('done')
  },
  logs: () => {
    for (const level of ['debug', 'info', 'error']) notify('notifications/message', { level, data: level })
    return text('logged')
  },
  changes: () => {
    const _meta = listening === undefined ? undefined : { 'io.modelcontextprotocol/subscriptionId': listening }
    for (let i = 0; i < 10; i++) notify('notifications/tools/list_changed', { _meta })
    notify('notifications/resources/updated', { uri: 'raw://one', _meta })
    return text('announced')
  },
  dropListening: () => {
    notify('notifications/cancelled', { requestId: listening })
    return text('dropped')
  },
  ask: async ({ arguments: { method, params } }) => text(await ask(method, params)),
  three: async () => text(await Promise.all([form('a'), form('b'), ask('roots/list')])),
  inTurn: async () => text([await form('first'), await form('second')]),
  askAndGo: () => {
    void form('not waited for')
    return text('gone on')
  },
  askThenGo: async () => {
    void form('shown')
    await new Promise((resolve) => setTimeout(resolve, 150))
    return text('gone on without the answer')
  },
  withdraw: async () => {
    void form('shown')
    await new Promise((resolve) => setTimeout(resolve, 100))
    notify('notifications/cancelled', { requestId: `q${lastAsk}` })
    await new Promise((resolve) => setTimeout(resolve, 100))
    return text('withdrawn')
  },
  mrtr: ({ requestState, inputResponses }) =>
    requestState === undefined
      ? { resultType: 'input_required', inputRequests: { who: { method: 'elicitation/create', params: { message: 'who' } } }, requestState: ' stäte"\\\n' }
      : text({ requestState, inputResponses }),
  urls: () => {
    throw fail(-32042, 'open', { elicitations: [{ mode: 'url', url: 'https://example.com', elicitationId: '1', message: 'open' }] })
  },
}

const isModern = () => manner === 'modern' || manner === 'picky' || manner === 'slow'
const first = () => (isModern() ? { resultType: 'complete' } : {})
const entry = (name) => ({ name, inputSchema: { type: 'object' }, title: `The ${name}`, 'x-kept': { a: [1] } })

const methods = {
  ping: () => ({}),
  initialize({ protocolVersion }) {
    if (isModern()) throw fail(-32022, 'Unsupported protocol version', { supported: [MODERN] })
    if (manner === 'future') return { protocolVersion: '2030-01-01', capabilities, serverInfo }
    return { protocolVersion: manner === 'old' ? '2024-11-05' : protocolVersion, capabilities, serverInfo, instructions: 'Be kind.' }
  },
  'server/discover'() {
    if (manner === 'picky' && !heard.includes('server/discover again')) {
      heard.push('server/discover again')
      throw fail(-32022, 'Unsupported protocol version', { supported: [MODERN], requested: MODERN })
    }
    if (manner === 'refusing') throw fail(-32022, 'Unsupported protocol version', { supported: ['2029-01-01'] })
    if (manner === 'dual') return { ...discovered(), supportedVersions: [MODERN, '2025-11-25'] }
    if (isModern()) return discovered()
    throw fail(-32601, 'Method not found')
  },
  'tools/list': ({ cursor }) =>
    manner === 'endless'
      ? { tools: [], nextCursor: 'more' }
      : cursor === undefined
        ? { tools: [entry('b'), { title: 'no name' }, entry('b')], nextCursor: 'next' }
        : { tools: [entry('a')] },
  'resources/list': () => ({ resources: [{ uri: 'raw://one', name: 'one' }] }),
  'prompts/list': () => ({ prompts: [{ name: 'p', arguments: [{ name: 'x', required: true }] }] }),
  'resources/subscribe': () => ({}),
  'resources/unsubscribe': () => ({}),
  'logging/setLevel': () => ({}),
  'resources/read': ({ uri }) => {
    throw isModern() ? fail(-32602, 'no such resource', { uri }) : fail(-32002, 'no such resource')
  },
  'subscriptions/listen': ({ notifications }, id) => {
    listening = id
    notify('notifications/subscriptions/acknowledged', { notifications, _meta: { 'io.modelcontextprotocol/subscriptionId': id } })
    return never
  },
  'tools/call': (params, id) =>
    tools[params.name] === undefined ? Promise.reject(fail(-32602, `Unknown tool: ${params.name}`)) : tools[params.name](params, id),
}
const discovered = () => ({
  resultType: 'complete',
  supportedVersions: [MODERN],
  capabilities,
  instructions: 'Be kind.',
  _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo },
})

async function onMessage(message) {
  const { id, method, params = {} } = message
  if (method === undefined) return waiting.get(id)?.(message.result ?? { error: message.error })
  heard.push(id === undefined || method === 'logging/setLevel' || method.startsWith('resources/') ? `${method} ${JSON.stringify(params)}` : method)
  if (id === undefined) return
  if (manner === 'lax' && methods[method] === undefined) return send({ id, result: {} })
  if ((manner === 'lax' && method === 'server/discover') || manner === 'empty') return send({ id, result: {} })
  if (manner === 'silent' && method === 'server/discover') return
  if (manner === 'mute') return
  if (methods[method] === undefined) return send({ id, error: { code: -32601, message: 'Method not found' } })
  try {
    const result = await methods[method](params, id)
    send({ id, result: { ...first(), ...result } })
  } catch (error) {
    send({ id, error: { code: error.code ?? -32603, message: error.message, data: error.data } })
  }
}

if (manner === 'exits') process.exit(2)
let rest = ''
function listen() {
  process.stdin.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    for (const one of lines) void onMessage(JSON.parse(one))
  })
  process.stdin.on('end', () => process.exit(0))
}
if (manner === 'slow') setTimeout(listen, 800)
else listen()
