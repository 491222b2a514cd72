import { setTimeout as after } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openClient, type Received, type RemoteClient, RemoteServer, resultText, sendJson, startEvents } from '../../../test/remote-server.ts'
import type { ChannelMessage } from '../channel.ts'
import type { HttpChannelOptions } from './http-channel.ts'
import type { HttpPoolOptions } from './http-pool.ts'

let remote: RemoteServer
let client: RemoteClient

beforeEach(async () => {
  remote = await RemoteServer.start(({ message, response }) => sendJson(response, resultText(message.id, { ok: true })))
})
afterEach(async () => {
  await client?.close()
  await remote.close()
})

async function open(channelOptions?: Partial<HttpChannelOptions>, poolOptions?: Partial<HttpPoolOptions>): Promise<RemoteClient> {
  client = await openClient(remote.url, channelOptions, poolOptions)
  return client
}

const ask = (method = 'tools/call', onMessage?: (message: ChannelMessage) => void) =>
  client.channel.request({ method, params: { name: 'x' }, ...(onMessage === undefined ? {} : { onMessage }) }).answer

const progress = (step: number) => JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progress: step } })
const ok = { kind: 'result', text: '{"ok":true}' }

describe('an answer', () => {
  test('as JSON is handed on as its text, byte for byte, whatever the order of its members', async () => {
    await open()
    const written = '{"z": 1.50, "b":[1 ,2],"big":12345678901234567890}'
    for (const text of [
      `{"jsonrpc":"2.0","id":1,"result":${written}}`,
      `{"result":${written},"jsonrpc":"2.0","id":2}`,
      ` { "id" : 3 , "result" : ${written} , "jsonrpc":"2.0" } `,
    ]) {
      remote.answer = ({ response }) => sendJson(response, text)
      expect(await ask()).toEqual({ kind: 'result', text: written })
    }
  })

  test('on an event stream comes after the messages before it, in order', async () => {
    remote.answer = ({ message, response }) => {
      const send = startEvents(response)
      send(progress(1), 'event: message\n')
      send(progress(2))
      send(resultText(message.id, { ok: true }))
      response.end()
    }
    await open()
    const seen: unknown[] = []
    expect(await ask('tools/call', (message) => seen.push(message.params.progress))).toEqual(ok)
    expect(seen).toEqual([1, 2])
    expect(client.messages).toEqual([])
  })

  test('with characters split between packets arrives whole', async () => {
    const text = 'süß 😀 '.repeat(20)
    remote.answer = async ({ message, response }) => {
      startEvents(response)
      for (const byte of Buffer.from(`data: ${resultText(message.id, { text })}\n\n`)) response.write(Buffer.from([byte]))
      response.end()
    }
    await open()
    expect(await ask()).toEqual({ kind: 'result', text: JSON.stringify({ text }) })
  })

  test('may be the last of several lines of JSON, which are handed on as they come', async () => {
    const release = Promise.withResolvers<void>()
    remote.answer = async ({ message, response }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write(`${progress(1)}\n`)
      await release.promise
      response.end(`${progress(2)}\n${resultText(message.id, { ok: true })}\n`)
    }
    await open()
    const seen: unknown[] = []
    const answer = ask('subscriptions/listen', (message) => seen.push(message.params.progress))
    await vi.waitFor(() => expect(seen).toEqual([1]))
    release.resolve()
    expect(await answer).toEqual(ok)
    expect(seen).toEqual([1, 2])
  })

  test('may come in a batch with messages before it (2025-03-26)', async () => {
    remote.answer = ({ message, response }) => sendJson(response, `[${progress(1)},${resultText(message.id, { ok: true })}]`)
    await open()
    const seen: unknown[] = []
    expect(await ask('tools/call', (message) => seen.push(message.params.progress))).toEqual(ok)
    expect(seen).toEqual([1])
  })

  test('is understood without a content type, and with a wrong one', async () => {
    await open()
    for (const headers of [{}, { 'content-type': 'text/plain; charset=utf-8' }]) {
      remote.answer = ({ message, response }) => response.writeHead(200, headers).end(resultText(message.id, { ok: true }))
      expect(await ask()).toEqual(ok)
    }
  })

  test('that is a JSON-RPC error is an answer, whatever its HTTP status and id', async () => {
    await open()
    for (const id of [1, null]) {
      remote.answer = ({ response }) =>
        sendJson(response, JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32020, message: 'Header mismatch', data: { a: 1 } } }), {}, 400)
      expect(await ask()).toEqual({ kind: 'error', code: -32020, message: 'Header mismatch', data: { a: 1 }, httpStatus: 400 })
    }
  })

  test('of 10 MB passes, and one over the bound is too_large', async () => {
    const big = 'x'.repeat(10_000_000)
    remote.answer = ({ message, response }) => sendJson(response, resultText(message.id, { big }))
    await open({ messageBytesMax: 11_000_000 })
    expect(await ask()).toEqual({ kind: 'result', text: `{"big":"${big}"}` })
    await client.close()
    await open({ messageBytesMax: 9_000_000 })
    await expect(ask()).rejects.toMatchObject({ code: 'too_large' })
    remote.answer = ({ message, response }) => startEvents(response)(resultText(message.id, { big }))
    await expect(ask()).rejects.toMatchObject({ code: 'too_large' })
  })
})

describe('a server that misbehaves', () => {
  const outcome = async (answer: (received: Received) => void, poolOptions?: Partial<HttpPoolOptions>) => {
    remote.answer = answer
    await open({}, poolOptions)
    return expect(ask()).rejects
  }

  test('never answers: the request ends at its deadline', async () => {
    await (await outcome(() => {}, { headersTimeoutMs: 1000 })).toMatchObject({ code: 'timed_out' })
  })

  test('sends its headers slower than any deadline, one character after the other', async () => {
    const timers: NodeJS.Timeout[] = []
    const dribble = ({ response }: Received) => {
      const { socket } = response
      socket?.write('HTTP/1.1 200 OK\r\nX-Slow: ')
      timers.push(setInterval(() => socket?.write('x'), 100))
    }
    await (await outcome(dribble, { headersTimeoutMs: 1000 })).toMatchObject({ code: 'timed_out' })
    for (const timer of timers) clearInterval(timer)
  })

  test('has endless headers', async () => {
    const flood = ({ response }: Received) => void response.socket?.write(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(1 << 20)}`)
    await (await outcome(flood)).toMatchObject({ code: 'closed' })
  })

  test('stalls in the middle of a body', async () => {
    const stall = ({ response }: Received) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"jsonrpc"')
    await (await outcome(stall, { bodyIdleMs: 200 })).toMatchObject({ code: 'timed_out', message: expect.stringContaining('in the middle') })
  })

  test('drops the connection before the head, or in the middle of the body', async () => {
    await (await outcome(({ response }) => response.socket?.destroy())).toMatchObject({ code: 'closed' })
    remote.answer = ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"jsonrpc"')
      response.socket?.end()
    }
    await expect(ask()).rejects.toMatchObject({ code: 'closed' })
  })

  test('answers with a page and HTTP 500, and nothing of the page is in the error', async () => {
    const page = ({ response }: Received) => response.writeHead(500, { 'content-type': 'text/html' }).end(`<h1>secret</h1>${'x'.repeat(200_000)}`)
    await (await outcome(page)).toMatchObject({ code: 'http_status', status: 500, message: 'The server answered HTTP 500 Internal Server Error.' })
  })

  test('answers 200 with a page, with nothing, or with the answer to another request', async () => {
    await (await outcome(({ response }) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>'))).toMatchObject({
      code: 'protocol_violation',
    })
    for (const answer of [
      ({ response }: Received) => response.writeHead(202).end(),
      ({ response }: Received) => sendJson(response, resultText(999, { ok: true })),
      ({ response }: Received) => sendJson(response, '{"jsonrpc":"2.0","id":1,"result":{"ok":tru'),
    ]) {
      remote.answer = answer
      await expect(ask()).rejects.toMatchObject({ code: 'protocol_violation' })
    }
  })

  test('ends an event stream without an answer and without ids', async () => {
    const cut = ({ response }: Received) => {
      startEvents(response)(progress(1))
      response.end()
    }
    await (await outcome(cut)).toMatchObject({ code: 'closed' })
  })

  test('compresses unasked', async () => {
    await (await outcome(({ response }) => sendJson(response, 'x', { 'content-encoding': 'gzip' }))).toMatchObject({ code: 'protocol_violation' })
  })

  test('leaves the stream open after its answer: the connection is closed', async () => {
    remote.answer = ({ message, response }) => startEvents(response)(resultText(message.id, { ok: true }))
    await open()
    expect(await ask()).toEqual(ok)
    await vi.waitFor(() => expect(remote.sockets.size).toBe(0), { timeout: 10_000 })
  })

  test('answers twice: the second answer is dropped', async () => {
    remote.answer = ({ message, response }) => {
      const send = startEvents(response)
      send(resultText(message.id, { ok: true }))
      send(resultText(message.id, { ok: false }))
      response.end()
    }
    await open()
    expect(await ask()).toEqual(ok)
  })
})

describe('a request', () => {
  test("carries the headers of the user, the protocol and itself; headers of HTTP are not the user's to set", async () => {
    await open({ headers: { Authorization: 'Bearer t', 'X-Own': '1', 'Content-Length': '3', 'Mcp-Session-Id': 'mine', Connection: 'close' } })
    client.channel.useVersion('2026-07-28')
    await client.channel.request({ method: 'tools/call', params: {}, headers: { 'Mcp-Method': 'tools/call' } }).answer
    const headers = remote.received[0]?.headers
    expect(headers).toMatchObject({
      authorization: 'Bearer t',
      'x-own': '1',
      'mcp-method': 'tools/call',
      'mcp-protocol-version': '2026-07-28',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    })
    expect(headers).not.toHaveProperty('mcp-session-id')
  })

  test('with a header that cannot be sent is refused, without its value', async () => {
    await open({ headers: { 'x-key': 'secret\nvalue' } })
    const error: Error = await ask().catch((caught) => caught)
    expect(error).toMatchObject({ code: 'refused' })
    expect(error.message).not.toContain('secret')
  })

  test('that is cancelled closes its own connection, and no other', async () => {
    const closed: unknown[] = []
    remote.answer = ({ message, response }) => {
      const send = startEvents(response)
      send(progress(1))
      response.on('close', () => closed.push(message.id))
      if (message.id === 2) void after(300).then(() => response.end(`data: ${resultText(2, { ok: true })}\n\n`))
    }
    await open()
    const first = client.channel.request({ method: 'tools/call', params: {} })
    const second = client.channel.request({ method: 'tools/call', params: {} })
    await vi.waitFor(() => expect(remote.received).toHaveLength(2))
    first.cancel()
    await expect(first.answer).rejects.toMatchObject({ code: 'cancelled' })
    await vi.waitFor(() => expect(closed).toEqual([1]))
    expect(await second.answer).toEqual(ok)
  })

  test('under way when the channel closes ends with closed', async () => {
    remote.answer = () => {}
    await open()
    const answer = ask()
    await vi.waitFor(() => expect(remote.received).toHaveLength(1))
    const refusal = expect(answer).rejects.toMatchObject({ code: 'closed' })
    await client.channel.close()
    await refusal
    expect(await client.channel.closed).toMatchObject({ code: 'closed' })
    await expect(ask()).rejects.toMatchObject({ code: 'closed' })
    await expect(client.channel.notify('x')).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('a message without an answer', () => {
  test('is on its way when the server has taken it', async () => {
    remote.answer = ({ response }) => response.writeHead(202).end()
    await open()
    await client.channel.notify('notifications/initialized')
    await client.channel.respond('q1', { result: { action: 'accept' } })
    await client.channel.respond(7, { error: { code: -32601, message: 'no' } })
    expect(remote.received.map(({ message }) => message)).toEqual([
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 'q1', result: { action: 'accept' } },
      { jsonrpc: '2.0', id: 7, error: { code: -32601, message: 'no' } },
    ])
  })

  test('that is refused says so', async () => {
    remote.answer = ({ response }) => response.writeHead(403).end()
    await open()
    await expect(client.channel.notify('notifications/initialized')).rejects.toMatchObject({ code: 'http_status', status: 403 })
  })
})
