import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openClient, type Received, type RemoteClient, RemoteServer, resultText, sendJson, startEvents } from '../../../test/remote-server.ts'
import { STREAM_CLOSED } from '../channel.ts'

let remote: RemoteServer
let client: RemoteClient
/** The session the server knows. */
let known: string
let sessions: number
/** How it says that it does not know one. */
let forget: (received: Received) => void

beforeEach(async () => {
  known = 'none'
  sessions = 0
  forget = ({ response }) => response.writeHead(404).end('<h1>Not Found</h1>')
  remote = await RemoteServer.start((received) => {
    const { method, message, headers, response } = received
    if (message.method === 'initialize') {
      known = `session-${++sessions}`
      return sendJson(response, resultText(message.id, {}), { 'Mcp-Session-Id': known })
    }
    if (headers['mcp-session-id'] !== known) return forget(received)
    if (method !== 'POST') return response.writeHead(method === 'DELETE' ? 200 : 405).end()
    sendJson(response, resultText(message.id, { session: known }))
  })
  client = await openClient(remote.url)
})
afterEach(async () => {
  await client.close()
  await remote.close()
})

const ask = async (method: string) => client.channel.request({ method, params: {} }).answer

describe('a session', () => {
  test('is the one that initialize began, sent with everything after, and ended when the channel closes', async () => {
    await ask('initialize')
    await ask('tools/list')
    await client.channel.notify('notifications/initialized')
    await client.channel.close()
    const of = (index: number) => remote.received[index]?.headers['mcp-session-id']
    expect([of(0), of(1), of(2)]).toEqual([undefined, 'session-1', 'session-1'])
    expect(remote.of('DELETE').map(({ headers }) => headers['mcp-session-id'])).toEqual(['session-1'])
  })

  test('that the server has forgotten is lost to all its requests, and begins anew on the same channel', async () => {
    await ask('initialize')
    known = 'forgotten'
    await expect(ask('tools/list')).rejects.toMatchObject({ code: 'session_lost' })
    await expect(ask('tools/list')).rejects.toMatchObject({ code: 'session_lost' })
    await expect(client.channel.notify('notifications/x')).rejects.toMatchObject({ code: 'session_lost' })
    await ask('initialize')
    expect(await ask('tools/list')).toEqual({ kind: 'result', text: '{"session":"session-2"}' })
    expect(remote.of('initialize')[1]?.headers).not.toHaveProperty('mcp-session-id')
  })

  test('forgotten, as servers made after the SDK examples say it, is lost too', async () => {
    forget = ({ response }) =>
      sendJson(response, '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}', {}, 400)
    await ask('initialize')
    known = 'forgotten'
    await expect(ask('tools/list')).rejects.toMatchObject({ code: 'session_lost' })
  })

  test('is not lost when the server only does not know a method', async () => {
    await ask('initialize')
    known = 'forgotten'
    forget = ({ message, response }) =>
      sendJson(response, JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'Unknown' } }), {}, 404)
    expect(await ask('x/y')).toMatchObject({ kind: 'error', code: -32601, httpStatus: 404 })
  })

  test('renewed while a request was on its way in the old one: the request goes out again, once', async () => {
    await ask('initialize')
    const held = Promise.withResolvers<void>()
    const answer = remote.answer
    remote.answer = async (received) => {
      if (received.message.method === 'slow' && received.headers['mcp-session-id'] === 'session-1') await held.promise
      answer(received)
    }
    const slow = ask('slow')
    await vi.waitFor(() => expect(remote.of('slow')).toHaveLength(1))
    await ask('initialize')
    held.resolve()
    expect(await slow).toEqual({ kind: 'result', text: '{"session":"session-2"}' })
    expect(remote.of('slow')).toHaveLength(2)
  })

  test('with an id that cannot be sent back is a violation', async () => {
    remote.answer = ({ message, response }) => sendJson(response, resultText(message.id, {}), { 'Mcp-Session-Id': 'two words' })
    await expect(ask('initialize')).rejects.toMatchObject({ code: 'protocol_violation' })
  })

  test('whose end is not answered does not hold up the close for long', async () => {
    await ask('initialize')
    remote.answer = () => {}
    await client.close()
    expect(remote.sockets.size).toBeLessThanOrEqual(1)
  })
})

describe('the stream of messages that belong to no request', () => {
  const notification = (n: number) => JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { n } })
  const numbers = () => client.messages.map(({ params }) => params.n)

  test('is opened again after it ended, after the last event, and not before the server asked for it', async () => {
    const opened: number[] = []
    remote.answer = ({ headers, response }) => {
      opened.push(performance.now())
      const send = startEvents(response)
      const last = Number(headers['last-event-id'] ?? 0)
      send(notification(last + 1), `id: ${last + 1}\nretry: 300\n`)
      if (last < 2) response.end()
    }
    client.channel.listen()
    await vi.waitFor(() => expect(numbers()).toEqual([1, 2, 3]), { timeout: 10_000 })
    expect((opened[1] ?? 0) - (opened[0] ?? 0)).toBeGreaterThanOrEqual(290)
  })

  test('is opened again after a lost connection and while the server is in trouble', async () => {
    let attempts = 0
    remote.answer = ({ response }) => {
      attempts++
      if (attempts === 1) return response.socket?.destroy()
      if (attempts === 2) return response.writeHead(503).end()
      startEvents(response)(notification(1))
    }
    client.channel.listen()
    await vi.waitFor(() => expect(numbers()).toEqual([1]), { timeout: 15_000 })
  })

  test('is given up when the server has none', async () => {
    await ask('initialize')
    client.channel.listen()
    await vi.waitFor(() => expect(remote.of('GET')).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(remote.of('GET')).toHaveLength(1)
  })

  test('ends with the channel', async () => {
    remote.answer = ({ method, response }) => (method === 'GET' ? void startEvents(response)(notification(1)) : response.writeHead(200).end())
    client.channel.listen()
    await vi.waitFor(() => expect(numbers()).toEqual([1]))
    await client.close()
    await vi.waitFor(() => expect(remote.sockets.size).toBe(0))
  })

  test('brings requests of the server, which are answered by a message of their own', async () => {
    remote.answer = ({ method, response }) =>
      method === 'GET' ? startEvents(response)('{"jsonrpc":"2.0","id":"q","method":"roots/list"}') : response.writeHead(202).end()
    client.channel.listen()
    await vi.waitFor(() => expect(client.messages).toEqual([{ kind: 'request', id: 'q', method: 'roots/list', params: {} }]))
    await client.channel.respond('q', { result: { roots: [] } })
    expect(remote.of('POST')[0]?.message).toEqual({ jsonrpc: '2.0', id: 'q', result: { roots: [] } })
  })
})

describe('a stream that breaks off before the answer', () => {
  const answerIn = (received: Received, cut: (send: (data: string, fields?: string) => void) => void) => {
    cut(startEvents(received.response))
    received.response.end()
  }

  test('goes on after its last event by GET, and the request is sent once', async () => {
    const asked: number[] = []
    remote.answer = (received) => {
      asked.push(performance.now())
      if (received.method === 'POST') return answerIn(received, (send) => send('', 'id: a-1\nretry: 400\n'))
      answerIn(received, (send) => send(resultText(1, { ok: true }), 'id: a-2\n'))
    }
    expect(await ask('tools/call')).toEqual({ kind: 'result', text: '{"ok":true}' })
    expect(remote.of('POST')).toHaveLength(1)
    expect(remote.of('GET')[0]?.headers).toMatchObject({ 'last-event-id': 'a-1', accept: 'text/event-stream' })
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(390)
  })

  test('goes on several times, also when the connection is lost', async () => {
    remote.answer = (received) => {
      const step = received.method === 'POST' ? 0 : Number(received.headers['last-event-id'])
      const send = startEvents(received.response)
      send(step < 3 ? '{"jsonrpc":"2.0","method":"notifications/progress"}' : resultText(1, { ok: true }), `id: ${step + 1}\nretry: 20\n`)
      setImmediate(() => received.response.socket?.destroySoon())
    }
    const seen: unknown[] = []
    const { answer } = client.channel.request({ method: 'tools/call', params: {}, onMessage: (message) => seen.push(message) })
    expect(await answer).toEqual({ kind: 'result', text: '{"ok":true}' })
    expect(seen).toHaveLength(3)
  })

  test('tells its caller that it was closed, when the server meant it', async () => {
    remote.answer = (received) =>
      answerIn(received, (send) => (received.method === 'POST' ? send('', 'id: 1\nretry: 10\n') : send(resultText(1, { ok: true }))))
    const seen: unknown[] = []
    await client.channel.request({ method: 'tools/call', params: {}, onMessage: (message) => seen.push(message) }).answer
    expect(seen).toEqual([STREAM_CLOSED])
  })

  test('is given up when the server does not resume it, and is no lost session: the server may have acted', async () => {
    await ask('initialize')
    remote.answer = (received) =>
      received.method === 'POST' ? answerIn(received, (send) => send('', 'id: 1\nretry: 10\n')) : received.response.writeHead(404).end()
    await expect(ask('tools/call')).rejects.toMatchObject({ code: 'closed', message: expect.stringContaining('HTTP 404') })
  })

  test('is given up after some attempts without a sign of life', async () => {
    remote.answer = (received) => answerIn(received, (send) => send('', 'id: 1\nretry: 10\n'))
    await expect(ask('tools/call')).rejects.toMatchObject({ code: 'closed' })
    expect(remote.of('GET')).toHaveLength(5)
  })

  test('is not resumed in 2026-07-28, which has no resumption', async () => {
    client.channel.useVersion('2026-07-28')
    remote.answer = (received) => answerIn(received, (send) => send('', 'id: 1\nretry: 10\n'))
    await expect(ask('tools/call')).rejects.toMatchObject({ code: 'closed' })
    expect(remote.of('GET')).toHaveLength(0)
  })

  test('is not resumed for a request that was cancelled', async () => {
    remote.answer = (received) => answerIn(received, (send) => send('', 'id: 1\nretry: 200\n'))
    const exchange = client.channel.request({ method: 'tools/call', params: {} })
    exchange.answer.catch(() => {})
    await vi.waitFor(() => expect(remote.received).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 50))
    exchange.cancel()
    await expect(exchange.answer).rejects.toMatchObject({ code: 'cancelled' })
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(remote.of('GET')).toHaveLength(0)
  })
})
