import { afterEach, describe, expect, it } from 'vitest'
import { connectOptions, textOf, toolCall } from '../../test/connect-server.ts'
import { openClient, type Received, type RemoteClient, RemoteServer, resultText, sendJson, startEvents } from '../../test/remote-server.ts'
import { TOKEN_HOLDER } from '../kernel/principal.ts'
import { connect } from './connect.ts'
import type { ConnectionEvent, ConnectOptions, McpConnection } from './mcp-connection.types.ts'

type Methods = Record<string, (received: Received) => void>

let remote: RemoteServer
let client: RemoteClient
const events: ConnectionEvent[] = []
const tool = (name: string, properties: object = {}) => ({ name, inputSchema: { type: 'object', properties } })
const answer = (result: object) => (received: Received) => sendJson(received.response, resultText(received.message.id, result))
const refuse =
  (status: number, code: number, data?: unknown) =>
  ({ message, response }: Received) =>
    sendJson(response, JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code, message: 'refused', data } }), {}, status)
const page = (status: number) => (received: Received) => received.response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>no</h1>')

async function open(methods: Methods, options: Partial<ConnectOptions> = {}): Promise<McpConnection> {
  remote = await RemoteServer.start((received) => {
    const { method } = received.message
    const handle =
      methods[method ?? received.method] ?? (method?.startsWith('notifications/') ? answerNothing : refuse(method === undefined ? 405 : 200, -32601))
    handle(received)
  })
  client = await openClient(remote.url)
  return connect(client.channel, connectOptions({ onEvent: (event) => events.push(event), ...options }))
}
const answerNothing = ({ response }: Received) => void response.writeHead(202).end()

afterEach(async () => {
  await client.close()
  await remote.close()
  events.length = 0
})

const DISCOVERED = { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {}, resources: {} } }
const INITIALIZED = { protocolVersion: '2025-06-18', capabilities: { tools: {}, logging: {} }, serverInfo: { name: 'remote', version: '1' } }
const MODERN: Methods = { 'server/discover': answer(DISCOVERED), 'tools/call': answer({ resultType: 'complete', content: [] }) }
const LEGACY: Methods = { initialize: answer(INITIALIZED) }
const HEADERS = (names: RegExp) => (received: Received) => Object.fromEntries(Object.entries(received.headers).filter(([name]) => names.test(name)))
const mcpHeaders = HEADERS(/^mcp-/)

describe('the era of a remote server', () => {
  it.each([
    ['HTTP 400 without a message', page(400)],
    ['HTTP 404 with a page', page(404)],
    ['HTTP 400 and an error of its own', refuse(400, -32000)],
    ['HTTP 200 and an unknown method', refuse(200, -32601)],
    ['a result that says nothing', answer({})],
  ])('is legacy after %s', async (_, discover) => {
    const mcp = await open({ ...LEGACY, 'server/discover': discover })
    expect(mcp.protocolVersion).toBe('2025-06-18')
    expect(remote.of('server/discover').map(mcpHeaders)).toEqual([{ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover' }])
    expect(remote.of('initialize').map(mcpHeaders)).toEqual([{ 'mcp-method': 'initialize' }])
    expect(remote.of('notifications/initialized').map(mcpHeaders)).toEqual([{ 'mcp-protocol-version': '2025-06-18' }])
  })

  it('is modern after HTTP 400 and -32022', async () => {
    let refused = false
    const discover = (received: Received) => {
      if (refused) return answer(DISCOVERED)(received)
      refused = true
      refuse(400, -32022, { supported: ['2026-07-28'], requested: 'x' })(received)
    }
    expect((await open({ ...LEGACY, 'server/discover': discover })).era).toBe('modern')
    expect(remote.of('initialize')).toEqual([])
  })

  it.each([
    ['HTTP 401', page(401), 'upstream_failed'],
    ['HTTP 403 and an error', refuse(403, -32000), 'upstream_error'],
    ['HTTP 500', page(500), 'upstream_failed'],
    ['HTTP 503 and an error', refuse(503, -32000), 'upstream_error'],
    ['silence', () => {}, 'tool_timeout'],
  ])('is not decided by %s', async (_, discover, code) => {
    await expect(open({ ...LEGACY, 'server/discover': discover }, { deadlineMs: 300 })).rejects.toMatchObject({ code })
    expect(remote.of('initialize')).toEqual([])
  })
})

describe('a modern remote server', () => {
  it('gets the name of what is called in a header, encoded where it must be', async () => {
    const mcp = await open({ ...MODERN, 'tools/list': answer({ tools: [] }), 'resources/read': answer({ contents: [] }) })
    await mcp.call(toolCall('plain')).result
    await mcp.call(toolCall('ümlaut ')).result
    await mcp.call({ ...toolCall(''), method: 'resources/read', params: { uri: 'a://b' } }).result
    expect(remote.of('tools/call').map(mcpHeaders)).toEqual([
      { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'plain' },
      { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': '=?base64?w7xtbGF1dCA=?=' },
    ])
    expect(remote.of('resources/read').map(mcpHeaders)).toEqual([{ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'resources/read', 'mcp-name': 'a://b' }])
  })

  it('gets arguments in headers as its tool wants them, whether or not its tools were listed before', async () => {
    const properties = {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      deep: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'Deep-N' } } },
      flag: { type: 'boolean', 'x-mcp-header': 'flag' },
    }
    const mcp = await open({ ...MODERN, 'tools/list': answer({ tools: [tool('t', properties)] }) })
    const calls = [{ region: 'zür ', deep: { n: 42 }, flag: false }, { region: null }, {}, { region: '=?base64?x?=' }].map(
      (args) => mcp.call(toolCall('t', args)).result,
    )
    await Promise.all(calls)
    expect(remote.of('tools/list')).toHaveLength(1)
    const byArguments = remote.of('tools/call').toSorted((a, b) => (a.message.id ?? 0) - (b.message.id ?? 0))
    expect(byArguments.map(HEADERS(/^mcp-param/))).toEqual([
      { 'mcp-param-region': '=?base64?esO8ciA=?=', 'mcp-param-deep-n': '42', 'mcp-param-flag': 'false' },
      {},
      {},
      { 'mcp-param-region': '=?base64?PT9iYXNlNjQ/eD89?=' },
    ])
  })

  it('is asked for its tools again when it finds that a header is missing', async () => {
    let properties = {}
    const call = (received: Received) => (received.headers['mcp-param-region'] === undefined ? refuse(400, -32020)(received) : MODERN['tools/call']?.(received))
    const mcp = await open({ ...MODERN, 'tools/call': call, 'tools/list': (received) => answer({ tools: [tool('t', properties)] })(received) })
    await expect(mcp.call(toolCall('t', { region: 'a' })).result).rejects.toMatchObject({ code: 'upstream_error', details: { code: -32020 } })
    properties = { region: { type: 'string', 'x-mcp-header': 'Region' } }
    expect(await mcp.call(toolCall('t', { region: 'a' })).result).toMatchObject({ kind: 'complete' })
  })

  it.each([
    ['that is empty', { a: { type: 'string', 'x-mcp-header': '' } }],
    ['that is no header name', { a: { type: 'string', 'x-mcp-header': 'a b' } }],
    ['on a number', { a: { type: 'number', 'x-mcp-header': 'A' } }],
    ['twice', { a: { type: 'string', 'x-mcp-header': 'A' }, b: { type: 'string', 'x-mcp-header': 'a' } }],
    ['in items', { a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } } }],
    ['in oneOf', { a: { oneOf: [{ type: 'string', 'x-mcp-header': 'A' }] } }],
  ])('has its tool hidden when it wants a header %s', async (_, properties) => {
    const mcp = await open({
      ...MODERN,
      'tools/list': answer({ tools: [tool('bad', properties), tool('good', { x: { default: { 'x-mcp-header': 1 } } })] }),
      'resources/list': answer({ resources: [] }),
    })
    expect((await mcp.list()).tools.map(({ name }) => name)).toEqual(['good'])
    expect(events).toContainEqual({ type: 'log', level: 'warning', data: expect.stringContaining('"bad"') })
  })

  it('says what belongs to a call on its own stream, and a cancelled call ends with that stream', async () => {
    const closed = Promise.withResolvers<void>()
    const call = ({ message, response }: Received) => {
      const send = startEvents(response)
      if (message.params?.name === 'never') return void response.once('close', closed.resolve)
      for (const level of ['debug', 'error'])
        send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level, data: message.params?.name } }))
      send(resultText(message.id, { resultType: 'complete', content: [{ type: 'text', text: 'x' }] }))
      response.end()
    }
    const mcp = await open({ ...MODERN, 'tools/call': call, 'tools/list': answer({ tools: [] }) })
    const heard: unknown[] = []
    const of = (name: string) => toolCall(name, {}, { logLevel: 'info', onNotification: (_, { data }) => heard.push([name, data]) })
    await Promise.all(['a', 'b', 'c'].map((name) => mcp.call(of(name)).result))
    expect(heard.toSorted()).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ])
    const running = mcp.call(of('never'))
    await expect.poll(() => remote.of('tools/call')).toHaveLength(4)
    running.cancel('enough')
    await expect(running.result).rejects.toMatchObject({ code: 'cancelled' })
    await closed.promise
    expect(remote.of('notifications/cancelled')).toEqual([])
  })
})

describe('a legacy remote server', () => {
  it('that forgets the session gets a new one, and the call again', async () => {
    let sessions = 0
    const initialize = ({ message, response }: Received) => sendJson(response, resultText(message.id, INITIALIZED), { 'mcp-session-id': `s${++sessions}` })
    const call = (received: Received) =>
      received.headers['mcp-session-id'] === 's1' ? page(404)(received) : answer({ content: [{ type: 'text', text: 'again' }] })(received)
    const mcp = await open({ ...LEGACY, initialize, 'tools/call': call })
    const results = await Promise.all([1, 2, 3].map(() => mcp.call(toolCall('t')).result))
    expect(results.map(textOf)).toEqual(['again', 'again', 'again'])
    expect(sessions).toBe(2)
  })

  it('asks on the stream of the call, or on its own stream, and gets the answer to the call that it is for', async () => {
    const replies = new Map<unknown, (received: Received) => void>()
    let get: ((data: string) => void) | undefined
    const question = (id: string) => JSON.stringify({ jsonrpc: '2.0', id, method: 'elicitation/create', params: { message: id, requestedSchema: {} } })
    const call = ({ message, response }: Received) => {
      const name = String(message.params?.name)
      const send = startEvents(response)
      if (name === 'busy') return
      replies.set(name, (reply) => {
        answerNothing(reply)
        send(resultText(message.id, { content: [{ type: 'text', text: JSON.stringify(reply.message.result) }] }))
        response.end()
      })
      if (name === 'on GET') get?.(question(name))
      else send(question(name))
    }
    const mcp = await open({
      ...LEGACY,
      'tools/call': call,
      GET: ({ response }) => {
        get = startEvents(response)
      },
      POST: (received) => replies.get((received.message as { id?: unknown }).id)?.(received),
    })
    await expect.poll(() => get).toBeDefined()
    const busy = mcp.call(toolCall('busy', {}, { principal: { ...TOKEN_HOLDER, id: 'other', name: 'other' } }))
    for (const name of ['a', 'b']) {
      const asked = await mcp.call(toolCall(name)).result
      if (asked.kind !== 'input_required') throw new Error('not asked')
      expect(asked.inputRequests['elicitation/create-1']?.params?.message).toBe(name)
      const more = { requestState: asked.requestState, inputResponses: { 'elicitation/create-1': { action: 'accept', content: { name } } } }
      expect(textOf(await mcp.call(toolCall(name, {}, { more })).result)).toBe(JSON.stringify({ action: 'accept', content: { name } }))
    }
    busy.cancel('done')
    await expect(busy.result).rejects.toMatchObject({ code: 'cancelled' })
    await expect.poll(() => remote.of('notifications/cancelled')).toHaveLength(1)

    const asked = await mcp.call(toolCall('on GET')).result
    if (asked.kind !== 'input_required') throw new Error('not asked')
    const more = { requestState: asked.requestState, inputResponses: { 'elicitation/create-1': { action: 'decline' } } }
    expect(textOf(await mcp.call(toolCall('on GET', {}, { more })).result)).toBe('{"action":"decline"}')
  })

  it("that closes the stream of a call has its caller's stream closed, and the call goes on", async () => {
    const call = ({ response }: Received) => {
      const send = startEvents(response)
      send('', 'id: 1\nretry: 10\n')
      response.end()
    }
    let id: number | undefined
    const initialize = ({ message, response }: Received) => sendJson(response, resultText(message.id, INITIALIZED), { 'mcp-session-id': 's' })
    const mcp = await open({
      initialize,
      'tools/call': (received) => {
        id = received.message.id
        call(received)
      },
      GET: (received) => {
        if (received.headers['last-event-id'] === undefined) return page(405)(received)
        startEvents(received.response)(resultText(id, { content: [{ type: 'text', text: 'resumed' }] }))
      },
    })
    const heard: string[] = []
    expect(textOf(await mcp.call(toolCall('t', {}, { onNotification: (method) => heard.push(method) })).result)).toBe('resumed')
    expect(heard).toEqual(['tooldock/closeStream'])
  })

  it('is told the level of logs before the call that wants them', async () => {
    const order: unknown[] = []
    const note = (received: Received) => order.push(received.message.method)
    const mcp = await open({
      ...LEGACY,
      'logging/setLevel': (received) => {
        note(received)
        setTimeout(() => answer({})(received), 50)
      },
      'tools/call': (received) => {
        note(received)
        answer({ content: [] })(received)
      },
    })
    await mcp.call(toolCall('t', {}, { logLevel: 'info', onNotification() {} })).result
    expect(order).toEqual(['logging/setLevel', 'tools/call'])
  })
})
