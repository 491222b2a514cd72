import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import type { ToolEntry } from '@tooldock/worker/protocol'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createCatalog, type PublishingCatalog } from '../catalog/catalog.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import { createViews } from '../catalog/view.ts'
import { loadConfig } from '../config/load-config.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { createClientStreams } from '../http/client-streams.ts'
import { createEdge, type Edge } from '../http/edge.ts'
import { createPublicBaseUrl } from '../http/public-url.ts'
import type { RunningCall, Upstream, UpstreamCall, UpstreamResult } from '../upstream/upstream.ts'
import { createMcpFrontend, type McpFrontend } from './mcp-frontend.ts'

/** An upstream that does what the test says with each call, and remembers what became of it. */
class ScriptedUpstream implements Upstream {
  readonly calls: UpstreamCall[] = []
  readonly cancelled: string[] = []
  readonly abandoned: string[] = []
  script: (call: UpstreamCall) => Promise<UpstreamResult> = async () => text('ok')

  call(call: UpstreamCall): RunningCall {
    this.calls.push(call)
    let cancel: (reason: string) => void = () => {}
    const gone = new Promise<never>((_resolve, reject) => {
      cancel = (reason) => {
        this.cancelled.push(reason)
        reject(new ToolDockError('cancelled', reason))
      }
    })
    return { result: Promise.race([this.script(call), gone]), cancel: (reason) => cancel(reason) }
  }

  abandon(requestState: string): void {
    this.abandoned.push(requestState)
  }
}

const text = (value: string): UpstreamResult => ({
  kind: 'complete',
  isError: false,
  json: JSON.stringify({ resultType: 'complete', content: [{ type: 'text', text: value }] }),
})
const question: UpstreamResult = {
  kind: 'input_required',
  inputRequests: { name: { method: 'elicitation/create', params: { mode: 'form', message: 'Name?', requestedSchema: { type: 'object', properties: {} } } } },
  requestState: 'parked.1',
}
const forever = (): Promise<UpstreamResult> => new Promise(() => {})

const TOKEN = 'test-token'
const log = pino({ level: 'silent' })
let upstream: ScriptedUpstream
let catalog: PublishingCatalog
let mcp: McpFrontend
let edge: Edge
let url: string

beforeEach(async () => {
  upstream = new ScriptedUpstream()
  catalog = createCatalog((error) => {
    throw error
  })
  const tool: ToolEntry = { file: 'a.ts', name: 'act', inputSchema: { type: 'object' }, timeoutSeconds: 7 }
  const demo: PublishedNamespace = {
    name: 'demo',
    kind: 'native',
    generation: 'g1',
    tools: [tool],
    resources: [],
    resourceTemplates: [],
    prompts: [],
    completions: false,
    toolsByName: new Map([['act', tool]]),
    promptsByName: new Map(),
    upstream,
  }
  catalog.publish(new Map([['demo', demo]]))
  const config = loadConfig({ ADMIN_PORT: '0', BATCH_MAX: '3' }, '/nonexistent')
  mcp = createMcpFrontend(
    {
      config,
      catalog,
      clientStreams: createClientStreams(100, () => 'test'),
      views: createViews(catalog, 10),
      recorder: { record: () => {} },
      onClientSeen: () => {},
      log,
      version: '0',
      requestStateKey: randomBytes(32),
    },
    createPublicBaseUrl(config),
  )
  edge = createEdge(config, { token: TOKEN, frontends: [mcp], log })
  await edge.listen()
  url = edge.addresses[0]?.url ?? ''
})

afterEach(async () => {
  await edge.close(0)
  mcp.close()
})

const post = (body: unknown, headers: Record<string, string> = {}, path = '/demo/mcp') =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const call = (id: unknown = 1, params: Record<string, unknown> = {}) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'act', ...params } })
const META = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } }
const MODERN = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'act' }
const modernCall = (params: Record<string, unknown> = {}, meta: Record<string, unknown> = {}) => call(1, { ...params, _meta: { ...META, ...meta } })

async function openSession(capabilities: object = {}, protocolVersion = '2025-11-25'): Promise<Record<string, string>> {
  const answer = await post({
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion, capabilities, clientInfo: { name: 'test', version: '0' } },
  })
  await answer.text()
  return { 'mcp-session-id': answer.headers.get('mcp-session-id') ?? '', 'mcp-protocol-version': protocolVersion }
}

/** A connection of its own, as it can be cut at any time. */
function rawPost(body: unknown, headers: Record<string, string>): ClientRequest {
  const request = httpRequest(`${url}/demo/mcp`, { method: 'POST', agent: false, headers: { authorization: `Bearer ${TOKEN}`, ...headers } })
  request.on('error', () => {}) // the test cuts it
  request.end(JSON.stringify(body))
  return request
}

/** The messages of an event stream, as they come. */
async function* messages(stream: IncomingMessage): AsyncGenerator<Record<string, unknown>> {
  let buffer = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    buffer += chunk
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const data = /^data: (.+)$/m.exec(buffer.slice(0, end))?.[1]
      buffer = buffer.slice(end + 2)
      if (data !== undefined) yield JSON.parse(data)
    }
  }
}

describe('which era a request belongs to', () => {
  test('a request without any sign of 2026-07-28 is served as before, also without a session', async () => {
    const answer = await post(call())
    expect(await answer.json()).toEqual({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'ok' }] } })
  })

  test('a request with the envelope of 2026-07-28 gets its result type', async () => {
    const answer = await post(modernCall(), MODERN)
    expect(await answer.json()).toMatchObject({
      result: { resultType: 'complete', _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'tooldock/demo' } } },
    })
  })

  test.each<[string, unknown, Record<string, string>, number, number]>([
    ['an envelope without headers', modernCall(), {}, 400, -32020],
    ['headers without an envelope', call(), MODERN, 400, -32602],
    ['headers that do not agree with the body', modernCall(), { ...MODERN, 'mcp-name': 'other' }, 400, -32020],
    [
      'an unknown version in both',
      modernCall({}, { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' }),
      { ...MODERN, 'mcp-protocol-version': '2099-01-01' },
      400,
      -32022,
    ],
    ['an unknown version in the header alone', call(), { 'mcp-protocol-version': '1999-01-01' }, 400, -32022],
    [
      'a removed method',
      { jsonrpc: '2.0', id: 1, method: 'ping', params: { _meta: META } },
      { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'ping' },
      404,
      -32601,
    ],
  ])('%s is refused in words a client of that revision knows', async (_what, body, headers, status, code) => {
    const answer = await post(body, headers)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ id: 1, error: { code, data: { requestId: expect.any(String) } } })
  })
})

describe('bad messages', () => {
  test.each<[string, unknown, number, number]>([
    ['no JSON', '{', 400, -32700],
    ['an empty body', '', 400, -32700],
    ['a number', 7, 400, -32600],
    ['another version of JSON-RPC', { jsonrpc: '1.0', id: 1, method: 'ping' }, 400, -32600],
    ['params that are a list', { jsonrpc: '2.0', id: 1, method: 'ping', params: [] }, 400, -32600],
    ['an unknown method', { jsonrpc: '2.0', id: 1, method: 'tools/execute' }, 404, -32601],
    ['an unknown tool', call(1, { name: 'other' }), 200, -32602],
    ['arguments that are a list', call(1, { arguments: [] }), 200, -32602],
    ['a cursor of somebody else', { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { cursor: '!' } }, 200, -32602],
  ])('%s', async (_what, body, status, code) => {
    const answer = await post(body)
    const json = (await answer.json()) as Record<string, unknown>
    expect(json).toMatchObject({ jsonrpc: '2.0', error: { code } })
    expect(json.id).not.toBeNull()
    if (json.error !== undefined && (json.error as { code: number }).code !== -32601) expect(answer.status).toBe(status)
  })

  test('an unknown namespace is 404', async () => {
    const answer = await post(call(), {}, '/nobody/mcp')
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ id: 1, error: { data: { code: 'namespace_not_found' } } })
  })
})

describe('batches', () => {
  test('are answered as one list in 2025-03-26', async () => {
    const answer = await post([call('a'), { jsonrpc: '2.0', method: 'notifications/initialized' }, { jsonrpc: '2.0', id: 'b', method: 'ping' }], {
      'mcp-protocol-version': '2025-03-26',
    })
    expect(await answer.json()).toEqual(expect.arrayContaining([expect.objectContaining({ id: 'a' }), { jsonrpc: '2.0', id: 'b', result: {} }]))
  })

  test('of notifications alone are accepted without a body', async () => {
    const answer = await post([{ jsonrpc: '2.0', method: 'notifications/initialized' }], { 'mcp-protocol-version': '2025-03-26' })
    expect([answer.status, await answer.text()]).toEqual([202, ''])
  })

  test.each<[string, unknown[], string]>([
    ['an empty one', [], '2025-03-26'],
    ['one that is too long', [call(1), call(2), call(3), call(4)], '2025-03-26'],
    ['one with initialize', [call(1), { jsonrpc: '2.0', id: 2, method: 'initialize', params: {} }], '2025-03-26'],
    ['one of a later revision', [call(1)], '2025-11-25'],
  ])('%s is refused', async (_what, body, version) => {
    expect((await post(body, { 'mcp-protocol-version': version })).status).toBe(400)
    expect(upstream.calls).toEqual([])
  })
})

describe('giving up', () => {
  test('a client of 2026-07-28 that closes its connection cancels its call', async () => {
    upstream.script = forever
    const request = rawPost(modernCall(), MODERN)
    await vi.waitFor(() => expect(upstream.calls).toHaveLength(1))
    request.destroy()
    await vi.waitFor(() => expect(upstream.cancelled).toEqual(['The client closed the connection.']))
  })

  test('an earlier client cancels by a notification, and its call has no answer', async () => {
    upstream.script = forever
    const session = await openSession()
    const answer = post(call(5), session)
    await vi.waitFor(() => expect(upstream.calls).toHaveLength(1))
    await post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 5, reason: 'enough' } }, session)
    expect([(await answer).status, await (await answer).text()]).toEqual([202, ''])
    expect(upstream.cancelled).toEqual(['enough'])
  })

  test('an earlier client that only loses its connection does not', async () => {
    let finish: (result: UpstreamResult) => void = () => {}
    upstream.script = () => new Promise((resolve) => (finish = resolve))
    const session = await openSession()
    const request = rawPost(call(), session)
    await vi.waitFor(() => expect(upstream.calls).toHaveLength(1))
    request.destroy()
    await new Promise((resolve) => request.once('close', resolve))
    finish(text('late'))
    await post({ jsonrpc: '2.0', id: 9, method: 'ping' }, session)
    expect(upstream.cancelled).toEqual([])
  })
})

describe('a tool that asks its caller', () => {
  const answered = (given: UpstreamCall) =>
    given.params.inputResponses === undefined ? Promise.resolve(question) : Promise.resolve(text(JSON.stringify(given.params.inputResponses)))

  test('asks a client of 2026-07-28 by input_required, and knows its own state again', async () => {
    upstream.script = answered
    const first = (await (await post(modernCall(), MODERN)).json()) as { result: { requestState: string } }
    expect(first.result).toMatchObject({ resultType: 'input_required', inputRequests: { name: { method: 'elicitation/create' } } })
    const retry = await post(modernCall({ requestState: first.result.requestState, inputResponses: { name: { action: 'decline' } } }), MODERN)
    expect(await retry.json()).toMatchObject({ result: { resultType: 'complete' } })
    expect(upstream.calls[1]?.params).toMatchObject({ requestState: 'parked.1', inputResponses: { name: { action: 'decline' } } })
  })

  test('does not ask for what the client cannot give', async () => {
    upstream.script = answered
    const answer = await post(modernCall({}, { 'io.modelcontextprotocol/clientCapabilities': {} }), MODERN)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { code: -32021, data: { requiredCapabilities: { elicitation: {} } } } })
    expect(upstream.abandoned).toEqual(['parked.1'])
  })

  test('asks an earlier client on the stream of its call', async () => {
    upstream.script = answered
    const session = await openSession({ elicitation: {} })
    const [stream] = (await once(rawPost(call(3), { ...session, accept: 'application/json, text/event-stream' }), 'response')) as [IncomingMessage]
    const seen: Record<string, unknown>[] = []
    for await (const message of messages(stream)) {
      seen.push(message)
      if (message.method !== undefined) await post({ jsonrpc: '2.0', id: message.id, result: { action: 'accept', content: { name: 'Ada' } } }, session)
    }
    expect(seen).toMatchObject([
      { method: 'elicitation/create', params: { message: 'Name?' } },
      { id: 3, result: { content: [{ text: '{"name":{"action":"accept","content":{"name":"Ada"}}}' }] } },
    ])
  })

  test('ends honestly when an earlier client refuses to be asked', async () => {
    upstream.script = answered
    const session = await openSession({ elicitation: {} })
    const [stream] = (await once(rawPost(call(3), { ...session, accept: 'application/json, text/event-stream' }), 'response')) as [IncomingMessage]
    let last: Record<string, unknown> = {}
    for await (const message of messages(stream)) {
      last = message
      if (message.method !== undefined) await post({ jsonrpc: '2.0', id: message.id, error: { code: -1, message: 'No questions' } }, session)
    }
    expect(last).toMatchObject({ id: 3, result: { isError: true, content: [{ text: expect.stringContaining('No questions') }] } })
    expect(upstream.abandoned).toEqual(['parked.1'])
  })

  test('tells a client without a session how it could be asked', async () => {
    upstream.script = answered
    expect(await (await post(call())).json()).toMatchObject({ result: { isError: true, _meta: { 'io.tooldock/error': { code: 'input_unsupported' } } } })
  })
})

describe('listening for changes', () => {
  test('a subscription is acknowledged first, hears what it asked for and nothing else, and ends with a result', async () => {
    const body = {
      jsonrpc: '2.0',
      id: 'sub',
      method: 'subscriptions/listen',
      params: { _meta: META, notifications: { toolsListChanged: true, resourceSubscriptions: ['doc://a'] } },
    }
    const request = rawPost(body, { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen', accept: 'text/event-stream' })
    const [stream] = (await once(request, 'response')) as [IncomingMessage]
    const heard = messages(stream)
    const next = async () => (await heard.next()).value as Record<string, unknown>
    const mark = { 'io.modelcontextprotocol/subscriptionId': 'sub' }
    expect(await next()).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { _meta: mark, notifications: { toolsListChanged: true, resourceSubscriptions: ['doc://a'] } },
    })
    catalog.announce({ type: 'listChanged', namespace: 'demo', lists: new Set(['prompts']) })
    catalog.announce({ type: 'listChanged', namespace: 'other', lists: new Set(['tools']) })
    catalog.announce({ type: 'resourceUpdated', namespace: 'demo', uri: 'doc://b' })
    catalog.announce({ type: 'resourceUpdated', namespace: 'demo', uri: 'doc://a' })
    expect(await next()).toEqual({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'doc://a', _meta: mark } })
    catalog.announce({ type: 'listChanged', namespace: 'demo', lists: new Set(['tools', 'prompts']) })
    expect(await next()).toMatchObject({ method: 'notifications/tools/list_changed', params: { _meta: mark } })
    await edge.close(1000)
    expect(await next()).toMatchObject({ id: 'sub', result: { resultType: 'complete', _meta: mark } })
    expect((await heard.next()).done).toBe(true)
    expect(mcp.streams).toBe(0)
  })

  test('the notifications of a call come before its answer, with the token of the client', async () => {
    upstream.script = async ({ onNotification }) => {
      onNotification?.('notifications/progress', { progressToken: 77, progress: 1, total: 1 })
      onNotification?.('notifications/message', { level: 'info', data: 'hello' })
      return text('done')
    }
    const [stream] = (await once(
      rawPost(modernCall({}, { progressToken: 'mine' }), { ...MODERN, accept: 'application/json, text/event-stream' }),
      'response',
    )) as [IncomingMessage]
    const seen: unknown[] = []
    for await (const message of messages(stream)) seen.push(message)
    expect(seen).toMatchObject([
      { method: 'notifications/progress', params: { progressToken: 'mine', progress: 1 } },
      { method: 'notifications/message', params: { level: 'info', data: 'hello' } },
      { id: 1, result: { resultType: 'complete' } },
    ])
  })
})

test("a tool's own timeout goes with its calls", async () => {
  await post(call())
  expect(upstream.calls[0]?.timeoutMs).toBe(7000)
})

test('the address of all namespaces shows their resources under the namespace, also inside results', async () => {
  const content = [
    { type: 'resource_link', uri: 'doc://a', name: 'a' },
    { type: 'resource', resource: { uri: 'doc://b', text: '"uri"' } },
  ]
  upstream.script = async () => ({ kind: 'complete', isError: false, json: JSON.stringify({ resultType: 'complete', content }) })
  const answer = await post(call(1, { name: 'demo__act' }), {}, '/mcp')
  expect(await answer.json()).toMatchObject({
    result: { content: [{ uri: 'tooldock://demo/doc://a' }, { resource: { uri: 'tooldock://demo/doc://b', text: '"uri"' } }] },
  })
  expect(upstream.calls[0]?.params.name).toBe('act')
})
