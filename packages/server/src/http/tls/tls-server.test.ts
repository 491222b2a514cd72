import { once } from 'node:events'
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { testPairs } from '../../../test/tls-pairs.ts'
import { EventStream } from '../../mcp/event-stream.ts'
import type { Frontend } from '../context.ts'
import { createEdge, type Edge, type EdgeConfig } from '../edge.ts'
import { TEST_EDGE } from '../test-edge.ts'
import { type Certificate, openCertificate } from './certificate.ts'
import { createOwnRequest } from './own-request.ts'
import type { PairPaths } from './read-pair.ts'

const TOKEN = 'a-token-for-tests'
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` }
const log = pino({ level: 'silent' })
const soon = { timeout: 10_000 }

const pairs = testPairs()
const paths = pairs.make('served', { name: 'first' })
const ca = [readFileSync(paths.certPath)]
afterAll(() => pairs.remove())

/** What the frontends of a gateway do with a request, in small. */
function testFrontend() {
  const ends = new Set<() => void>()
  const events = new Set<(text: string) => void>()
  const release = Promise.withResolvers<void>()
  const flooded = Promise.withResolvers<void>()
  const frontend: Frontend = {
    part: 'mcp',
    register: (app) => {
      app.get('/health/live', { config: { public: true } }, (_request, reply) => void reply.send('up'))
      app.get('/who', ({ principal, headers }, reply) => void reply.send({ id: principal.id, host: headers.host }))
      app.post('/shared/mcp', (request, reply) => void reply.send({ bytes: (request.body as Buffer).length }))
      app.get('/large', (_request, reply) => void reply.send('x'.repeat(3_000_000)))
      app.get('/events', (_request, reply) => {
        reply.hijack()
        const onClose = () => void flooded.resolve()
        const stream = new EventStream(reply.raw, {}, { keepAliveMs: 60_000, bufferBytesMax: 1_000_000, onClose })
        const flood = () => {
          if (!stream.open) return
          stream.send('x'.repeat(50_000))
          setImmediate(flood)
        }
        flood()
      })
      app.get('/slow', async () => {
        await release.promise
        return 'finished'
      })
      app.get('/stream', (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
        reply.raw.write('data: open\n\n')
        const send = (text: string): void => void reply.raw.write(`data: ${text}\n\n`)
        const end = (): void => void reply.raw.end('data: end\n\n')
        events.add(send)
        ends.add(end)
        reply.raw.once('close', () => {
          events.delete(send)
          ends.delete(end)
        })
      })
    },
    onShutdown: () => {
      for (const end of ends) end()
    },
  }
  return { frontend, events, release, flooded }
}

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const it of opened.splice(0).toReversed()) await it.close()
})

async function open({ certPath, keyPath, passphrase }: PairPaths): Promise<Certificate> {
  const certificate = await openCertificate({ sslCertPath: certPath, sslKeyPath: keyPath, sslKeyPassphrase: passphrase }, log)
  if (certificate === undefined) throw new Error('no certificate was opened')
  opened.push(certificate)
  return certificate
}

async function start(overrides: Partial<EdgeConfig> = {}, pair = paths) {
  const certificate = await open(pair)
  const { frontend, events, release, flooded } = testFrontend()
  const edge: Edge = createEdge({ ...TEST_EDGE, ...overrides }, { token: TOKEN, frontends: [frontend], log, certificate })
  opened.push({ close: () => edge.close(0) })
  await edge.listen()
  const url = edge.addresses[0]?.url ?? ''
  return { certificate, edge, events, release, flooded, url, port: Number(new URL(url).port) }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function by1(url: string, { method = 'GET', body = '', headers = {} } = {}): Promise<Answer> {
  const request = httpsRequest(url, { ca, method, headers: { ...AUTHORIZED, ...headers }, agent: false })
  request.end(body)
  const [response] = await once(request, 'response')
  return { status: response.statusCode, headers: response.headers, text: await textOf(response) }
}

function session(url: string): ClientHttp2Session {
  const it = connectHttp2(url, { ca })
  it.on('error', () => {})
  opened.push({ close: () => it.destroy() })
  return it
}

function ask(session: ClientHttp2Session, path: string, { method = 'GET', headers = {} } = {}): ClientHttp2Stream {
  return session.request({ ':method': method, ':path': path, ...AUTHORIZED, ...headers }, { endStream: method === 'GET' })
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const closed = new AbortController()
  stream.once('close', () => closed.abort())
  const [headers] = (await once(stream, 'response', closed)) as [IncomingHttpHeaders & { ':status': number }]
  return { status: headers[':status'], headers, text: await textOf(stream) }
}

/** A connection that is spoken to in bytes. */
async function rawTls(port: number, protocol: 'h2' | 'http/1.1'): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', ca, ALPNProtocols: [protocol] })
  socket.on('error', () => {})
  opened.push({ close: () => socket.destroy() })
  await once(socket, 'secureConnect')
  return socket
}

const closed = (socket: { readonly closed: boolean }) => expect.poll(() => socket.closed, soon).toBe(true)

describe('both protocols', () => {
  it('are served on every listener, with HSTS, bodies, errors and large answers', async () => {
    const { edge } = await start({ mcpPort: 0 })
    const both = ['main', 'mcp'].map((name) => ({ name, answers: true }))
    await expect.poll(() => edge.probe(), soon).toEqual(both)
    for (const { url } of edge.addresses) {
      expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
      const h2 = session(url)
      for (const get of [(path: string) => by1(`${url}${path}`), (path: string) => answerOf(ask(h2, path))]) {
        const who = await get('/who')
        expect([who.status, JSON.parse(who.text)]).toEqual([200, { id: 'token', host: new URL(url).host }])
        expect(who.headers).toMatchObject({ 'strict-transport-security': 'max-age=31536000', 'x-content-type-options': 'nosniff' })
        expect((await get('/large')).text).toHaveLength(3_000_000)
        expect(await get('/nothing')).toMatchObject({ status: 404, text: expect.stringContaining('"not_found"') })
      }
      const post = ask(h2, '/shared/mcp', { method: 'POST' })
      post.end('x'.repeat(300_000))
      expect(JSON.parse((await answerOf(post)).text)).toEqual({ bytes: 300_000 })
      expect(JSON.parse((await by1(`${url}/shared/mcp`, { method: 'POST', body: 'abc' })).text)).toEqual({ bytes: 3 })
    }
  })

  it('refuse what is too large: a body, a URL, headers, and more streams than HTTP2_STREAMS_MAX', async () => {
    const { url, events } = await start({ bodyBytesMax: 2048, headerBytesMax: 4096, urlBytesMax: 512, http2StreamsMax: 3 })
    const h2 = session(url)
    for (const headers of [{ 'content-length': '5000' }, {}]) {
      const post = ask(h2, '/shared/mcp', { method: 'POST', headers })
      post.end('x'.repeat(5000))
      expect(await answerOf(post)).toMatchObject({ status: 413, text: expect.stringContaining('payload_too_large') })
    }
    expect((await answerOf(ask(h2, `/who?${'x'.repeat(600)}`))).status).toBe(414)
    const big = ask(h2, '/who', { headers: { 'x-filler': 'x'.repeat(8000) } })
    await expect(answerOf(big)).rejects.toThrow()
    expect((await by1(`${url}/who`, { headers: { 'x-filler': 'x'.repeat(8000) } })).status).toBe(431)
    const again = session(url)
    await once(again, 'remoteSettings')
    expect(again.remoteSettings).toMatchObject({ maxConcurrentStreams: 3, maxHeaderListSize: 4096 })
    for (let count = 0; count < 3; count++) ask(again, '/stream').resume()
    await expect.poll(() => events.size, soon).toBe(3)
    const waiting = ask(again, '/who')
    let isAnswered = false
    waiting.once('response', () => (isAnswered = true)).resume()
    await answerOf(ask(h2, '/who'))
    expect(isAnswered).toBe(false)
  })

  it('tell nobody to come by https only when HSTS_SECONDS is 0', async () => {
    const { url } = await start({ hstsSeconds: 0 })
    expect((await by1(`${url}/who`)).headers['strict-transport-security']).toBeUndefined()
  })

  it('take back a request that its client cancels, as one whose connection is cut', async () => {
    const { url, events } = await start()
    const h2 = session(url)
    const stream = ask(h2, '/stream')
    await once(stream, 'data')
    expect(events.size).toBe(1)
    stream.close(8)
    await expect.poll(() => events.size, soon).toBe(0)
    expect((await answerOf(ask(h2, '/who'))).status).toBe(200)
  })
})

describe('TLS', () => {
  it('is of version 1.2 at least, with ciphers that have forward secrecy', async () => {
    const { port } = await start()
    const protocolBy = (options: object): Promise<string | null> =>
      new Promise((resolve, reject) => {
        const socket = connectTls({ port, host: '127.0.0.1', ca, ...options }, () => {
          resolve(socket.getProtocol())
          socket.destroy()
        })
        socket.once('error', reject)
      })
    expect(await protocolBy({})).toBe('TLSv1.3')
    expect(await protocolBy({ maxVersion: 'TLSv1.2' })).toBe('TLSv1.2')
    await expect(protocolBy({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' })).rejects.toThrow()
    for (const ciphers of ['ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256']) await expect(protocolBy({ maxVersion: 'TLSv1.2', ciphers })).rejects.toThrow()
  })

  it('takes another certificate without dropping a connection, a stream or a request', async () => {
    const { url, port, certificate, events, release, edge } = await start()
    const h2 = session(url)
    const stream = ask(h2, '/stream')
    const received: string[] = []
    stream.on('data', (chunk: Buffer) => void received.push(chunk.toString()))
    await expect.poll(() => received.join(), soon).toContain('open')
    const slow1 = by1(`${url}/slow`)
    const slow2 = answerOf(ask(h2, '/slow'))
    const changed = new Promise((resolve) => certificate.onChange(resolve))
    const next = pairs.make('next', { name: 'second' })
    const former = pairs.make('former')
    copyFileSync(paths.certPath, former.certPath)
    copyFileSync(paths.keyPath, former.keyPath)
    try {
      copyFileSync(next.keyPath, paths.keyPath)
      copyFileSync(next.certPath, paths.certPath)
      await changed
      const socket = connectTls({ port, host: '127.0.0.1', ca: [readFileSync(next.certPath)] })
      await once(socket, 'secureConnect')
      expect(socket.getPeerCertificate().subject.CN).toBe('second')
      socket.destroy()
      await expect.poll(() => edge.probe(), soon).toEqual([{ name: 'main', answers: true }])
      for (const send of events) send('after')
      await expect.poll(() => received.join(), soon).toContain('after')
      release.resolve()
      expect([(await slow1).text, (await slow2).text]).toEqual(['finished', 'finished'])
      expect((await answerOf(ask(h2, '/who'))).status).toBe(200)
    } finally {
      copyFileSync(former.certPath, paths.certPath)
      copyFileSync(former.keyPath, paths.keyPath)
    }
  })
})

describe('requests of the gateway to itself', () => {
  it('are sent to who presents our certificate and to nobody else, for whatever name it is and also when it has expired', async () => {
    const { url, certificate, edge } = await start()
    const other = await open(pairs.make('foreign'))
    const get = async (of: Certificate, to: string): Promise<number> => {
      const [response] = await once(createOwnRequest(of)(`${to}/who`, { headers: AUTHORIZED }).end(), 'response')
      response.resume()
      return response.statusCode
    }
    expect(await get(certificate, url)).toBe(200)
    expect(await get(certificate, url.replace('127.0.0.1', 'localhost'))).toBe(200)
    await expect(get(other, url)).rejects.toThrow('another certificate than ours was presented')
    await edge.close(0)
    await expect(get(certificate, url)).rejects.toThrow('ECONNREFUSED')
    const expired = await start({}, pairs.make('expired', { days: -1 }))
    await expect.poll(() => expired.edge.probe(), soon).toEqual([{ name: 'main', answers: true }])
  })
})

describe('slow and hostile clients', () => {
  it('lose a connection on which no handshake, no request, no rest of a body or no next request comes in time', async () => {
    const { url, port } = await start({ headersTimeoutSeconds: 1, requestTimeoutSeconds: 1, connectionIdleSeconds: 1 })
    const silent = connectTcp(port, '127.0.0.1')
    const trickling = connectTcp(port, '127.0.0.1')
    // The beginning of a ClientHello, which never ends.
    const hello = Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252]), Buffer.alloc(500)])
    let sent = 0
    const trickle = setInterval(() => trickling.write(hello.subarray(sent, ++sent)), 100)
    for (const socket of [silent, trickling]) socket.on('error', () => {}).resume()
    const [quiet1, quiet2, pinging] = await Promise.all([rawTls(port, 'http/1.1'), rawTls(port, 'h2'), Promise.resolve(session(url))])
    for (const socket of [quiet1, quiet2]) socket.resume()
    const ping = setInterval(() => pinging.destroyed || pinging.ping(() => {}), 100)
    const [used, late] = [session(url), session(url)]
    expect((await answerOf(ask(used, '/who'))).status).toBe(200)
    const body = ask(late, '/shared/mcp', { method: 'POST', headers: { 'content-length': '10' } })
    body.write('ab')
    expect(await answerOf(body)).toMatchObject({ status: 408, text: expect.stringMatching(/"jsonrpc":"2.0".*request_timeout/) })
    for (const it of [silent, trickling, quiet1, quiet2]) await closed(it)
    for (const it of [pinging, used, late]) await expect.poll(() => it.closed, soon).toBe(true)
    clearInterval(ping)
    clearInterval(trickle)
  })

  it('keep their connection while a request runs, however long, and do not keep it half closed', async () => {
    const { url, port, release } = await start({ connectionIdleSeconds: 1, headersTimeoutSeconds: 1 })
    const h2 = session(url)
    await answerOf(ask(h2, '/who'))
    const slow = answerOf(ask(h2, '/slow'))
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
    const before = sockets()
    const leaving = connectTls({ socket: connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true }), ca, ALPNProtocols: ['h2'] })
    opened.push({ close: () => leaving.destroy() })
    const ended = once(leaving.on('error', () => {}).resume(), 'end')
    // The preface, empty settings and GOAWAY.
    leaving.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    leaving.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    await ended
    expect(sockets()).toBe(before + 2)
    await expect.poll(sockets, soon).toBe(before + 1)
    release.resolve()
    expect((await slow).text).toBe('finished')
  })

  it('who do not read what is sent to them lose that stream, not the connection', async () => {
    const { url, flooded } = await start()
    const h2 = session(url)
    const unread = ask(h2, '/events').on('error', () => {})
    await flooded.promise
    await expect.poll(() => unread.resume().closed, soon).toBe(true)
    expect((await answerOf(ask(h2, '/who'))).status).toBe(200)
  })

  it('who send requests and take them back at once are cut off, and others are served', async () => {
    const { url } = await start()
    const hostile = session(url)
    const flood = setInterval(() => {
      for (let count = 0; count < 300 && !hostile.destroyed && !hostile.closed; count++)
        ask(hostile, '/who')
          .on('error', () => {})
          .close(8)
    }, 10)
    await expect.poll(() => hostile.destroyed, soon).toBe(true)
    clearInterval(flood)
    expect((await answerOf(ask(session(url), '/who'))).status).toBe(200)
  })

  it('at one address have as many connections as CONNECTIONS_PER_ADDRESS_MAX, unfinished handshakes counted', async () => {
    const { port, url } = await start({ connectionsPerAddressMax: 3 })
    const halfOpen = [1, 2, 3].map(() => connectTcp(port, '127.0.0.1'))
    await Promise.all(halfOpen.map((socket) => once(socket, 'connect')))
    await expect(by1(`${url}/who`)).rejects.toThrow()
    for (const socket of halfOpen) socket.destroy()
    await expect
      .poll(
        () =>
          by1(`${url}/who`).then(
            ({ status }) => status,
            () => 0,
          ),
        soon,
      )
      .toBe(200)
  })
})

describe('closing', () => {
  let before = 0
  beforeAll(() => {
    before = readdirSync('/proc/self/fd').length
  })

  it('ends streams, finishes requests of both protocols, tells clients to go away, and leaves no descriptor', async () => {
    const { edge, url, port, release } = await start({ mcpPort: 0 })
    const h2 = session(url)
    const goaway = once(h2, 'goaway')
    const stream = answerOf(ask(h2, '/stream'))
    const slow = [by1(`${url}/slow`), answerOf(ask(h2, '/slow'))]
    const unfinished = connectTcp(port, '127.0.0.1').on('error', () => {})
    await expect.poll(() => edge.probe(), soon).toMatchObject([{ answers: true }, { answers: true }])
    const closing = edge.close(20_000)
    expect((await stream).text).toBe('data: open\n\ndata: end\n\n')
    await goaway
    await expect(by1(`${url}/health/live`)).rejects.toThrow()
    release.resolve()
    expect((await Promise.all(slow)).map(({ text }) => text)).toEqual(['finished', 'finished'])
    unfinished.destroy()
    await closing
    await closed(h2)
    for (const it of opened.splice(0)) await it.close()
    await expect.poll(() => readdirSync('/proc/self/fd').length, soon).toBeLessThanOrEqual(before)
  })

  it('cuts what is still open when the grace is over', async () => {
    const { edge, url } = await start()
    const h2 = session(url)
    const stream = answerOf(ask(h2, '/slow')).catch((error: unknown) => error)
    await answerOf(ask(h2, '/who'))
    await edge.close(100)
    expect(await stream).toBeInstanceOf(Error)
  })
})
