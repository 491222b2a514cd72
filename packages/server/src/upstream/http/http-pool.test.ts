import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openClient, type RemoteClient, RemoteServer, resultText, sendJson, startEvents } from '../../../test/remote-server.ts'
import { createCheckedLookup } from '../../servers/safety/remote-address.ts'

let remote: RemoteServer
let client: RemoteClient

beforeEach(async () => {
  remote = await RemoteServer.start(({ message, response }) => sendJson(response, resultText(message.id, { ok: true })))
})
afterEach(async () => {
  await client.close()
  await remote.close()
})

const ask = (method = 'tools/call') => client.channel.request({ method, params: {} }).answer
const ok = { kind: 'result', text: '{"ok":true}' }

function openSockets(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      return false // closed meanwhile
    }
  }).length
}

describe('the connections to a server', () => {
  test('are bounded: 50 calls at once over 20 connections all succeed, and the connections are used again', async () => {
    client = await openClient(remote.url)
    remote.answer = ({ message, response }) => void after(20).then(() => sendJson(response, resultText(message.id, { ok: true })))
    for (let round = 0; round < 3; round++) expect(await Promise.all(Array.from({ length: 50 }, () => ask()))).toEqual(Array(50).fill(ok))
    expect(remote.received).toHaveLength(150)
    expect(remote.socketsMost).toBe(20)
  })

  test('are bounded over all channels of the pool', async () => {
    client = await openClient(remote.url, {}, { connectionsMax: 2 })
    const { createHttpChannel } = await import('./http-channel.ts')
    const options = { url: remote.url, headers: {}, transport: 'auto', messageBytesMax: 1000, openTimeoutMs: 1000, reconnectMsMax: 1000 } as const
    const channels = Array.from({ length: 5 }, () => createHttpChannel(options, client))
    await Promise.all(channels.map((channel) => channel.request({ method: 'x', params: {} }).answer))
    expect(remote.socketsMost).toBe(2)
    await Promise.all(channels.map((channel) => channel.close()))
  })

  test('have a bounded queue, beyond which requests are refused at once', async () => {
    remote.answer = () => {}
    client = await openClient(remote.url, {}, { connectionsMax: 1, waitingMax: 1 })
    const under = [ask(), ask()]
    const refused = Promise.allSettled(under)
    await expect(ask()).rejects.toMatchObject({ code: 'refused' })
    await client.channel.close()
    expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  test('keep a place for others while a call waits for a person, and for the answer it waits for', async () => {
    client = await openClient(remote.url, {}, { connectionsMax: 1 })
    let release = () => {}
    remote.answer = ({ message, response }) => {
      if (message.method === 'parks') {
        const send = startEvents(response)
        send('{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{}}')
        release = () => response.end(`data: ${resultText(message.id, { ok: true })}\n\n`)
      } else if (message.result === undefined) sendJson(response, resultText(message.id, { ok: true }))
      else {
        response.writeHead(202).end()
        release()
      }
    }
    const parked = ask('parks')
    await vi.waitFor(() => expect(client.messages).toHaveLength(1))
    expect(await ask()).toEqual(ok)
    await client.channel.respond('q', { result: {} })
    expect(await parked).toEqual(ok)
  })

  test('do not let calls hold up what the server waits for', async () => {
    client = await openClient(remote.url, {}, { connectionsMax: 1 })
    remote.answer = ({ message, response }) => void (message.id === undefined && response.writeHead(202).end())
    const call = ask()
    const ended = expect(call).rejects.toMatchObject({ code: 'closed' })
    await client.channel.notify('notifications/cancelled')
    await client.channel.close()
    await ended
  })

  test('give a cancelled place in the queue to nobody, and its turn to the next', async () => {
    client = await openClient(remote.url, {}, { connectionsMax: 1 })
    const first = Promise.withResolvers<void>()
    remote.answer = ({ message, response }) => void first.promise.then(() => sendJson(response, resultText(message.id, { ok: true })))
    const [one, two, three] = [1, 2, 3].map(() => client.channel.request({ method: 'x', params: {} }))
    two?.cancel()
    await expect(two?.answer).rejects.toMatchObject({ code: 'cancelled' })
    first.resolve()
    expect(await Promise.all([one?.answer, three?.answer])).toEqual([ok, ok])
    expect(remote.received.map(({ message }) => message.id)).toEqual([1, 3])
  })

  test('are all closed with the pool: descriptors return to their number', async () => {
    client = await openClient(remote.url)
    await client.close()
    const before = openSockets()
    for (let round = 0; round < 20; round++) {
      const other = await openClient(remote.url)
      remote.answer = ({ method, message, response }) =>
        method === 'GET' ? void startEvents(response) : sendJson(response, resultText(message.id, {}), { 'mcp-session-id': 's' })
      await other.channel.request({ method: 'initialize', params: {} }).answer
      other.channel.listen()
      await Promise.all(Array.from({ length: 5 }, () => other.channel.request({ method: 'x', params: {} }).answer))
      await other.close()
    }
    await vi.waitFor(() => expect(remote.sockets.size).toBe(0))
    expect(openSockets()).toBeLessThanOrEqual(before)
  })
})

describe('a server that cannot be reached', () => {
  test('is not tried again for a while after some failures, and says so; then one attempt decides', async () => {
    const { origin } = remote
    await remote.close()
    client = await openClient(`${origin}/mcp`, {}, { breaker: { failuresMax: 2, pauseMs: 300, pauseMsMax: 300 } })
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(ask()).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('ECONNREFUSED') })
    await expect(ask()).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('2 times in a row; the next attempt is in 1 s') })
    remote = await RemoteServer.start(({ message, response }) => sendJson(response, resultText(message.id, { ok: true })), Number(new URL(origin).port))
    await vi.waitFor(async () => expect(await ask()).toEqual(ok), { timeout: 10_000, interval: 100 })
    expect(remote.received).toHaveLength(1)
  })

  test('because it does not resolve, says so and shows nothing of its path', async () => {
    client = await openClient(
      'http://no-such-host.invalid/secret-path?key=secret',
      {},
      {
        lookup: (hostname, _options, callback) => callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), '', 0),
      },
    )
    const error: Error = await ask().catch((caught) => caught)
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('ENOTFOUND') })
    expect(error.message).not.toContain('secret')
  })

  test('because its address is refused, is refused in the words of the check', async () => {
    const { port } = new URL(remote.origin)
    client = await openClient(`http://localhost:${port}/mcp`, {}, { lookup: createCheckedLookup(false) })
    await expect(ask()).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('UPSTREAM_ALLOW_PRIVATE') })
    expect(remote.sockets.size).toBe(0)
    await client.close()
    client = await openClient(`http://localhost:${port}/mcp`, {}, { lookup: createCheckedLookup(true) })
    expect(await ask()).toEqual(ok)
  })

  test('because it accepts no connection in time', async () => {
    // TLS, which is a part of connecting, never begins.
    const silent = createTcpServer({ pauseOnConnect: true })
    silent.listen({ port: 0, host: '127.0.0.1' })
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    client = await openClient(`https://127.0.0.1:${port}/mcp`, {}, { connectTimeoutMs: 1500 })
    await expect(ask()).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('in time') })
    await client.close()
    silent.close()
  })
})

describe('a redirect', () => {
  test('to another path of the server is followed, and the path remembered', async () => {
    remote.answer = ({ path, message, response }) =>
      path === '/mcp' ? response.writeHead(307, { location: '/mcp/' }).end() : sendJson(response, resultText(message.id, { ok: true }))
    client = await openClient(remote.url)
    expect(await ask()).toEqual(ok)
    expect(await ask()).toEqual(ok)
    expect(remote.received.map(({ path, message }) => [path, message.id])).toEqual([
      ['/mcp', 1],
      ['/mcp/', 1],
      ['/mcp/', 2],
    ])
  })

  test('to another server is not followed, and says where it points', async () => {
    const other = await RemoteServer.start(({ message, response }) => sendJson(response, resultText(message.id, {})))
    remote.answer = ({ response }) => response.writeHead(308, { location: other.url }).end()
    client = await openClient(remote.url, { headers: { authorization: 'Bearer secret' } })
    await expect(ask()).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining(other.origin) })
    expect(other.received).toEqual([])
    await other.close()
  })

  test('in a circle ends', async () => {
    remote.answer = ({ response }) => response.writeHead(307, { location: '/mcp' }).end()
    client = await openClient(remote.url)
    await expect(ask()).rejects.toMatchObject({ code: 'protocol_violation' })
    expect(remote.received).toHaveLength(6)
  })

  test('with an endless page ends', async () => {
    remote.answer = ({ response }) => response.writeHead(307, { location: '/other' }).write('x'.repeat(1 << 20))
    client = await openClient(remote.url)
    await expect(ask()).rejects.toMatchObject({ code: 'protocol_violation' })
  })

  test('that would turn the POST into a GET is not followed', async () => {
    remote.answer = ({ response }) => response.writeHead(302, { location: '/login' }).end()
    client = await openClient(remote.url)
    await expect(ask()).rejects.toMatchObject({ code: 'http_status', status: 302 })
  })
})

describe('a proxy', () => {
  /** Forwards plain requests and tunnels, as proxies do, to this machine whatever host is named. */
  async function startProxy(seen: string[]) {
    const proxy = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`)
      const { port, pathname } = new URL(request.url ?? '')
      const { 'proxy-authorization': _, ...headers } = request.headers
      request.pipe(
        httpRequest({ host: '127.0.0.1', port, path: pathname, method: request.method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        }),
      )
    })
    proxy.on('connect', (request, socket) => {
      seen.push(`CONNECT ${request.url}`)
      const through = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        through.pipe(socket).pipe(through)
      })
      through.on('error', () => socket.destroy())
      socket.on('error', () => through.destroy())
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    return { proxy, port: (proxy.address() as AddressInfo).port }
  }

  test('carries requests to a server whose name only it can resolve, streams too', async () => {
    const seen: string[] = []
    const { proxy, port } = await startProxy(seen)
    const url = `http://inner.invalid:${new URL(remote.origin).port}/mcp`
    client = await openClient(url, {}, { proxy: `http://user:pass@127.0.0.1:${port}` })
    expect(await ask()).toEqual(ok)
    remote.answer = ({ message, response }) => {
      startEvents(response)(resultText(message.id, { ok: true }))
      response.end()
    }
    expect(await Promise.all(Array.from({ length: 30 }, () => ask()))).toEqual(Array(30).fill(ok))
    expect(remote.socketsMost).toBeLessThanOrEqual(20)
    expect(seen[0]).toBe(`POST ${url} Basic ${btoa('user:pass')}`)
    expect(remote.received[0]?.headers.host).toContain('inner.invalid')
    await client.close()
    proxy.closeAllConnections()
    proxy.close()
  })

  test('that cannot be reached makes the server unreachable', async () => {
    const { proxy, port } = await startProxy([])
    proxy.close()
    await once(proxy, 'close')
    client = await openClient(remote.url, {}, { proxy: `http://user:pass@127.0.0.1:${port}` })
    const error: Error = await ask().catch((caught) => caught)
    expect(error).toMatchObject({ code: 'unreachable' })
    expect(error.message).not.toContain('pass')
  })
})
