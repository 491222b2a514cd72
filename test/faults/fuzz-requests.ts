import { encodeHeaderValue, type Message } from '../system/mcp-http.ts'
import { mutateBytes, mutateJson, mutateValue, oddString, oddValue } from './_mutate.ts'
import type { Random } from './_random.ts'

/** Something a client might send, in bytes. */
export interface FuzzCase {
  readonly what: string
  readonly bytes: Buffer
  /** The framing itself is odd: waiting for more, or hanging up, is an answer too. */
  readonly mayBeHalf: boolean
}

/** What is real and can be made wrong. */
export interface Reality {
  readonly token: string
  readonly sessionId: string
  readonly requestState: string
}

const META = 'io.modelcontextprotocol/'
const ENVELOPE = {
  [`${META}protocolVersion`]: '2026-07-28',
  [`${META}clientInfo`]: { name: 'fuzz', version: '1' },
  [`${META}clientCapabilities`]: { elicitation: {} },
}
const CALL = { name: 'echo', arguments: { text: 'x' } }

const modernMessage = (method: string, params: Message): Message => ({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: ENVELOPE } })
const legacyMessages: readonly unknown[] = [
  { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'fuzz', version: '1' } } },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1, reason: 'x' } },
  { jsonrpc: '2.0', id: 2, method: 'tools/list', params: { cursor: 'x' } },
  { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { ...CALL, _meta: { progressToken: 1 } } },
  { jsonrpc: '2.0', id: 4, method: 'resources/read', params: { uri: 'tooldock://demo/x' } },
  { jsonrpc: '2.0', id: 5, method: 'completion/complete', params: { ref: { type: 'ref/prompt', name: 'x' }, argument: { name: 'a', value: 'b' } } },
  { jsonrpc: '2.0', id: 6, method: 'logging/setLevel', params: { level: 'info' } },
  { jsonrpc: '2.0', id: 7, result: {} },
  [
    { jsonrpc: '2.0', id: 8, method: 'ping' },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
  ],
]
const modernMessages = [
  modernMessage('tools/call', CALL),
  modernMessage('tools/list', {}),
  modernMessage('server/discover', {}),
  modernMessage('prompts/get', { name: 'x', arguments: {} }),
  modernMessage('resources/read', { uri: 'tooldock://demo/x' }),
  modernMessage('subscriptions/listen', { notifications: { toolsListChanged: true } }),
]

function request(method: string, path: string, headers: Readonly<Record<string, string>>, body: Buffer): Buffer {
  const lines = Object.entries({ host: '127.0.0.1', connection: 'close', 'content-length': String(body.length), ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
const modernHeaders = ({ method, params }: Message): Record<string, string> => ({
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': String(method),
  ...(params?.name === undefined ? {} : { 'mcp-name': encodeHeaderValue(String(params.name)) }),
})

/** A header value that a client could put on the wire. */
const headerText = (text: string): string => text.replace(/[\r\n\0]/g, '').slice(0, 4000)
const FUZZED_HEADERS = [
  ...['mcp-session-id', 'mcp-protocol-version', 'mcp-method', 'mcp-name', 'last-event-id', 'content-type', 'accept', 'authorization', 'x-request-id'],
  ...[
    'traceparent',
    'tracestate',
    'origin',
    'host',
    'x-forwarded-for',
    'forwarded',
    'accept-encoding',
    'content-encoding',
    'transfer-encoding',
    'content-length',
  ],
  ...['expect', 'upgrade', 'cookie', 'if-match', 'x-csrf-token', 'range', 'mcp-param-x'],
]
const FRAMING_HEADERS = new Set(['transfer-encoding', 'content-length', 'expect', 'upgrade', 'host'])

const ADMIN_NAMES: readonly ((name: string) => readonly [method: string, path: string, body: unknown])[] = [
  (name: string) => ['POST', '/api/namespaces', { name }],
  (name: string) => ['POST', '/api/keys', { name, role: 'caller' }],
  (name: string) => ['POST', '/api/bundles', { namespace: name, entries: [{ namespace: name }] }],
  (name: string) => ['POST', '/api/servers', { namespace: name, kind: 'remote', url: name }],
  (name: string) => ['PUT', `/api/secrets/${encodeURIComponent(name)}`, { value: 'a value' }],
  (name: string) => ['GET', `/api/namespaces/${encodeURIComponent(name)}`, undefined],
  (name: string) => ['GET', `/api/namespaces/demo/files/${encodeURIComponent(name)}`, undefined],
  (name: string) => ['DELETE', `/api/namespaces/demo/files/${name.replace(/[\s\0]/g, '')}`, undefined],
  (name: string) => ['GET', `/api/servers/${encodeURIComponent(name)}/files/${encodeURIComponent(name)}`, undefined],
  (name: string) => ['GET', `/api/tools/demo/${encodeURIComponent(name)}`, undefined],
  (name: string) => ['PUT', `/api/tools/demo/echo/examples/${encodeURIComponent(name)}`, { arguments: { text: name } }],
  (name: string) => ['POST', `/${encodeURIComponent(name)}/openapi/tools/${encodeURIComponent(name)}`, {}],
  (name: string) => ['POST', `/${encodeURIComponent(name)}/mcp`, legacyMessages[0]],
]

const QUERIES = [
  '/api/calls',
  '/api/calls/histogram',
  '/api/logs',
  '/api/logs/histogram',
  '/api/audit',
  '/api/metrics',
  '/api/metrics/series',
  '/api/tools',
  '/api/jobs',
]
const PARAMETERS = ['cursor', 'limit', 'from', 'to', 'namespace', 'tool', 'level', 'search', 'buckets', 'outcome', 'protocol', 'by', 'interval', 'window']

type Generator = (reality: Reality, random: Random) => FuzzCase

const fuzzed = (what: string, bytes: Buffer, mayBeHalf = false): FuzzCase => ({ what, bytes, mayBeHalf })
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? '')

export const GENERATORS: Readonly<Record<string, Generator>> = {
  'JSON-RPC of 2026-07-28'({ token }, random) {
    const message = random.pick(modernMessages)
    const headers = random.chance(0.8) ? modernHeaders(message) : {}
    return fuzzed(
      'modern',
      request('POST', random.pick(['/demo/mcp', '/mcp']), { authorization: `Bearer ${token}`, ...JSON_HEADERS, ...headers }, mutateJson(message, random)),
    )
  },
  'JSON-RPC before'({ token, sessionId }, random) {
    const session = random.chance(0.7) ? { 'mcp-session-id': sessionId, 'mcp-protocol-version': '2025-11-25' } : {}
    const path = random.pick(['/demo/mcp', '/mcp', '/demo/messages?sessionId=x', '/messages'])
    return fuzzed(
      'legacy',
      request('POST', path, { authorization: `Bearer ${token}`, ...JSON_HEADERS, ...session }, mutateJson(random.pick(legacyMessages), random)),
    )
  },
  'HTTP headers'({ token, sessionId }, random) {
    const names = Array.from({ length: 1 + random.int(3) }, () => random.pick(FUZZED_HEADERS))
    const odd = Object.fromEntries(
      names.map((name) => [
        name,
        headerText(
          random.chance(0.3) ? random.pick(['', '*', '*/*', 'chunked', 'identity', 'gzip', '0', '99999999999', '-1', '100-continue']) : oddString(random),
        ),
      ]),
    )
    const message = random.pick(modernMessages)
    const path = random.pick(['/demo/mcp', '/mcp', '/demo/openapi/tools/echo', '/api/namespaces', '/health', '/'])
    const method = random.pick(['POST', 'POST', 'POST', 'GET', 'DELETE', 'OPTIONS', 'PUT', 'PATCH'])
    const headers = {
      authorization: `Bearer ${token}`,
      ...JSON_HEADERS,
      ...modernHeaders(message),
      ...(random.chance(0.2) ? { 'mcp-session-id': sessionId } : {}),
      ...odd,
    }
    return fuzzed(
      'headers',
      request(method, path, headers, json(message)),
      names.some((name) => FRAMING_HEADERS.has(name)),
    )
  },
  'HTTP framing'({ token }, random) {
    const message = modernMessages[0] as Message
    const whole = request('POST', '/demo/mcp', { authorization: `Bearer ${token}`, ...JSON_HEADERS, ...modernHeaders(message) }, json(message))
    return fuzzed('framing', mutateBytes(whole, random), true)
  },
  'session ids'({ token, sessionId }, random) {
    const id = random.chance(0.5) ? headerText(mutateBytes(Buffer.from(sessionId), random).toString('latin1')) : headerText(oddString(random))
    const method = random.pick(['POST', 'GET', 'DELETE'])
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-session-id': id,
    }
    // A changed id that is the right one after all must not end the session of the others.
    if (id.trim() === sessionId) headers['mcp-session-id'] = `${id}x`
    return fuzzed(
      'session id',
      request(
        method,
        '/demo/mcp',
        { ...headers, 'last-event-id': headerText(oddString(random)) },
        method === 'POST' ? json(legacyMessages[3]) : Buffer.alloc(0),
      ),
    )
  },
  requestState({ token, requestState }, random) {
    const state = random.chance(0.7) ? mutateBytes(Buffer.from(requestState), random).toString('latin1') : mutateValue({ a: requestState }, random)
    const inputResponses = random.chance(0.5) ? oddValue(random) : { name: mutateValue({ action: 'accept', content: { name: 'x' } }, random) }
    const message = modernMessage('tools/call', { name: 'ask', arguments: {}, requestState: state, inputResponses })
    return fuzzed('requestState', request('POST', '/demo/mcp', { authorization: `Bearer ${token}`, ...JSON_HEADERS, ...modernHeaders(message) }, json(message)))
  },
  names({ token }, random) {
    const [method, path, body] = random.pick(ADMIN_NAMES)(oddString(random).toWellFormed())
    return fuzzed(
      'name',
      request(
        method,
        path.slice(0, 7000),
        { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'if-match': '*' },
        body === undefined ? Buffer.alloc(0) : json(body),
      ),
    )
  },
  queries({ token }, random) {
    const parameters = Array.from(
      { length: 1 + random.int(3) },
      () =>
        `${random.pick(PARAMETERS)}=${encoded(random.chance(0.3) ? String(random.pick([0, -1, 1e21, 1, 1000, '2026-01-01', 'now'])) : oddString(random).slice(0, 500))}`,
    )
    return fuzzed('query', request('GET', `${random.pick(QUERIES)}?${parameters.join('&')}`, { authorization: `Bearer ${token}` }, Buffer.alloc(0)))
  },
  'uploaded files'({ token }, random) {
    const files = Array.from({ length: 1 + random.int(3) }, () => ({
      path: random.chance(0.5) ? `${random.pick(['data/', '', '_'])}${random.int(100)}.${random.pick(['md', 'txt', 'bin'])}` : oddString(random),
      content: random.bytes(random.int(300)).toString(random.pick(['base64', 'latin1', 'utf8'] as const)),
      ...(random.chance(0.6) ? { encoding: random.pick(['utf8', 'base64']) } : {}),
    }))
    const body = random.chance(0.5) ? json({ files }) : mutateJson({ files }, random)
    return fuzzed(
      'upload',
      request(
        'POST',
        `/api/namespaces/scratch/upload?${random.pick(['', 'force=true', 'overwrite=true'])}`,
        { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      ),
    )
  },
  'bodies of the admin API'({ token }, random) {
    const [method, path, body] = random.pick([
      ['POST', '/api/keys', { name: 'fuzz', role: 'caller', namespaces: ['demo'], expiresAt: '2030-01-01T00:00:00Z', rateLimit: { perSecond: 1, burst: 1 } }],
      ['POST', '/api/bundles', { namespace: 'fuzz', entries: [{ namespace: 'demo', tools: ['echo'] }], prefix: true }],
      ['POST', '/api/servers/check', { kind: 'npm', package: 'x', args: [], env: {} }],
      ['PATCH', '/api/tools/demo/echo', { enabled: true, override: { description: 'x', title: 'y' } }],
      ['PATCH', '/api/namespaces/scratch', { title: 'x', env: { A: 'b' }, limits: { timeoutSeconds: 3 } }],
      ['POST', '/demo/openapi/tools/echo', { text: 'x' }],
      ['POST', '/api/session', { token: 'x' }],
      ['POST', '/api/execute', { namespace: 'demo', tool: 'echo', arguments: { text: 'x' } }],
    ] as const)
    return fuzzed('body', request(method, path, { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, mutateJson(body, random)))
  },
}
