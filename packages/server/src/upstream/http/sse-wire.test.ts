import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openClient, type Received, type RemoteClient, RemoteServer, resultText, sendJson, startEvents } from '../../../test/remote-server.ts'
import type { HttpChannelOptions } from './http-channel.ts'

let remote: RemoteServer
let client: RemoteClient
let send: (data: string, fields?: string) => void
let stream: Received | undefined
let endpoint: string

/** A server of 2024-11-05: knows nothing but its stream and the address it names. */
const oldServer = (received: Received) => {
  const { method, path, message, response } = received
  if (method === 'GET' && path === '/mcp') {
    stream = received
    send = startEvents(response)
    return send(endpoint, 'event: endpoint\n')
  }
  if (method !== 'POST' || path !== '/messages?s=1') return response.writeHead(404, { 'content-type': 'text/html' }).end(`Cannot ${method} ${path}`)
  response.writeHead(202).end('Accepted')
  if (message.id !== undefined) send(resultText(message.id, { method: message.method }), 'event: message\n')
}

beforeEach(async () => {
  endpoint = '/messages?s=1'
  stream = undefined
  remote = await RemoteServer.start(oldServer)
})
afterEach(async () => {
  await client.close()
  await remote.close()
})

const open = async (options: Partial<HttpChannelOptions> = {}) => {
  client = await openClient(remote.url, { transport: 'sse', headers: { 'x-key': 'k' }, ...options })
}
const ask = (method = 'tools/call') => client.channel.request({ method, params: {} }).answer
const answerTo = (method: string) => ({ kind: 'result', text: JSON.stringify({ method }) })

describe('HTTP+SSE of 2024-11-05', () => {
  test('posts where the first event says, and hears answers on the stream', async () => {
    await open()
    expect(await Promise.all([ask('a'), ask('b'), ask('c')])).toEqual([answerTo('a'), answerTo('b'), answerTo('c')])
    await client.channel.notify('notifications/initialized')
    expect(remote.of('GET')).toHaveLength(1)
    expect(remote.of('POST').every(({ headers }) => headers['x-key'] === 'k')).toBe(true)
    send('{"jsonrpc":"2.0","id":4,"method":"sampling/createMessage","params":{"a":1}}')
    await vi.waitFor(() => expect(client.messages).toEqual([{ kind: 'request', id: 4, method: 'sampling/createMessage', params: { a: 1 } }]))
    await client.channel.respond(4, { result: {} })
  })

  test('never posts to another server', async () => {
    const other = await RemoteServer.start(() => {})
    for (const address of [other.url, '//127.0.0.1:1/x', 'ftp://x', '']) {
      endpoint = address
      await open({ openTimeoutMs: 300 })
      await expect(ask()).rejects.toMatchObject({ code: address === '' ? 'timed_out' : 'refused' })
      await client.close()
    }
    expect(other.sockets.size).toBe(0)
    await other.close()
  })

  test('is over when the stream ends, and all requests with it', async () => {
    await open()
    await ask()
    remote.answer = ({ response }) => response.writeHead(202).end()
    const under = expect(ask()).rejects.toMatchObject({ code: 'closed' })
    await vi.waitFor(() => expect(remote.of('POST')).toHaveLength(2))
    stream?.response.end()
    await under
    expect(await client.channel.closed).toMatchObject({ code: 'closed', message: 'The server ended the stream.' })
    await expect(ask()).rejects.toMatchObject({ code: 'closed' })
  })

  test('tells when a message was not taken, and forgets what is cancelled', async () => {
    await open()
    await ask()
    remote.answer = ({ response }) => response.writeHead(500).end()
    await expect(ask()).rejects.toMatchObject({ code: 'http_status', status: 500 })
    remote.answer = ({ response }) => response.writeHead(202).end()
    const exchange = client.channel.request({ method: 'slow', params: {} })
    exchange.cancel()
    await expect(exchange.answer).rejects.toMatchObject({ code: 'cancelled' })
    send(resultText(exchange.id, {}))
    remote.answer = oldServer
    expect(await ask('next')).toEqual(answerTo('next'))
  })

  test('fails when the server says nothing on its stream, or gives none', async () => {
    remote.answer = ({ response }) => void startEvents(response)
    await open({ openTimeoutMs: 200 })
    await expect(ask()).rejects.toMatchObject({ code: 'timed_out' })
    await client.close()
    remote.answer = ({ response }) => sendJson(response, '{}')
    await open()
    await expect(ask()).rejects.toMatchObject({ code: 'protocol_violation' })
    await client.close()
    remote.answer = ({ response }) => response.writeHead(401).end()
    await open()
    await expect(ask()).rejects.toMatchObject({ code: 'http_status', status: 401 })
  })

  test('closes its stream with the channel, also one that is still opening', async () => {
    await open()
    await ask()
    await client.channel.close()
    await vi.waitFor(() => expect(stream?.response.destroyed).toBe(true))
    await client.close()
    remote.answer = ({ response }) => void startEvents(response)
    await open()
    const under = expect(ask()).rejects.toMatchObject({ code: 'closed' })
    await client.close()
    await under
  })
})

describe('a server whose transport is not known', () => {
  test('is spoken to in HTTP+SSE when it knows nothing else', async () => {
    await open({ transport: 'auto' })
    expect(await ask('initialize')).toEqual(answerTo('initialize'))
    expect(await ask()).toEqual(answerTo('tools/call'))
    expect(remote.received.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /mcp', 'GET /mcp', 'POST /messages?s=1', 'POST /messages?s=1'])
  })

  test('is not asked for HTTP+SSE when it answers JSON-RPC, be it an error', async () => {
    remote.answer = ({ message, response }) =>
      sendJson(response, JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code: -32000, message: 'Server not initialized' } }), {}, 400)
    await open({ transport: 'auto' })
    expect(await ask('server/discover')).toMatchObject({ kind: 'error', code: -32000, httpStatus: 400 })
    expect(remote.of('GET')).toHaveLength(0)
  })

  test('that is no MCP server says what it said first', async () => {
    remote.answer = ({ response }) => response.writeHead(404).end()
    await open({ transport: 'auto' })
    await expect(ask('initialize')).rejects.toMatchObject({ code: 'http_status', status: 404, message: 'The server answered HTTP 404 Not Found.' })
  })

  test('is not asked for HTTP+SSE when credentials are missing or the server is in trouble', async () => {
    await open({ transport: 'auto' })
    for (const status of [401, 403, 500, 503]) {
      remote.answer = ({ response }) => response.writeHead(status).end()
      await expect(ask('initialize')).rejects.toMatchObject({ code: 'http_status', status })
    }
    expect(remote.of('GET')).toHaveLength(0)
  })

  test('once it spoke Streamable HTTP is never asked for HTTP+SSE', async () => {
    await open({ transport: 'auto' })
    remote.answer = ({ message, response }) => sendJson(response, resultText(message.id, {}))
    await ask('initialize')
    remote.answer = ({ response }) => response.writeHead(404).end()
    await expect(ask()).rejects.toMatchObject({ code: 'http_status', status: 404 })
    expect(remote.of('GET')).toHaveLength(0)
  })
})
