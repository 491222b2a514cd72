import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import pino from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Frontend } from './context.ts'
import { createEdge, type Edge, type EdgeConfig, ListenError } from './edge.ts'
import { parseJson } from './json-body.ts'
import { TEST_EDGE } from './test-edge.ts'

const TOKEN = 'a-token-for-tests'
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` }
const CONFIG: EdgeConfig = { ...TEST_EDGE, bodyBytesMax: 2048, headerBytesMax: 4096, urlBytesMax: 512 }

/** What a frontend would register: one route of each kind. */
function testFrontend(): Frontend & {
  readonly streams: Set<() => void>
  readonly slow: PromiseWithResolvers<void>
  readonly release: PromiseWithResolvers<void>
} {
  const streams = new Set<() => void>()
  const slow = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  return {
    part: 'mcp',
    streams,
    slow,
    release,
    register: (app) => {
      app.get('/health/live', { config: { public: true } }, (_request, reply) => void reply.send('up'))
      app.get('/who', (request, reply) => void reply.send({ id: request.principal.id, requestId: request.requestId }))
      app.post('/:ns/mcp', { config: { errors: 'jsonrpc' } }, (request, reply) => void reply.send({ got: parseJson(request.body as Buffer, 8) }))
      app.post('/api/echo', (request, reply) => void reply.send({ bytes: (request.body as Buffer).length }))
      app.get('/api/fault', () => {
        throw new Error('the password is hunter2')
      })
      app.get('/api/refusal', () => {
        throw new ToolDockError('too_many_calls', 'busy', { waiting: 3 })
      })
      app.get('/api/slow', async () => {
        slow.resolve()
        await release.promise
        return 'finished'
      })
      app.get('/api/stream', (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
        reply.raw.write(': open\n\n')
        streams.add(() => reply.raw.end('event: end\n\n'))
      })
    },
    onShutdown: () => {
      for (const end of streams) end()
    },
  }
}

const opened: Edge[] = []
const lines: Record<string, unknown>[] = []

async function start(overrides: Partial<EdgeConfig> = {}, frontend: Frontend = testFrontend()) {
  lines.length = 0
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const edge = createEdge({ ...CONFIG, ...overrides }, { token: TOKEN, frontends: [frontend], log })
  opened.push(edge)
  await edge.listen()
  return { edge, base: edge.addresses[0]?.url ?? '' }
}

/** Sends bytes as they are and returns all that comes back. */
async function sendRaw(base: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1')
  const received: Buffer[] = []
  socket.on('data', (chunk: Buffer) => void received.push(chunk))
  socket.write(text)
  await once(socket, 'close')
  return Buffer.concat(received).toString()
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((edge) => edge.close(0)))
})

describe('authentication', () => {
  it('accepts the token with any case of the scheme and refuses everything else with a challenge', async () => {
    const { base } = await start()
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect((await fetch(`${base}/who`, { headers: { authorization: `${scheme} ${TOKEN}` } })).status).toBe(200)
    for (const authorization of ['', `Bearer ${TOKEN}x`, 'Bearer ', `Basic ${TOKEN}`, `Bearer ${TOKEN} x`, TOKEN]) {
      const answer = await fetch(`${base}/who`, { headers: { authorization } })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      expect(await answer.json()).toMatchObject({ error: { code: 'unauthorized', requestId: answer.headers.get('x-request-id') } })
    }
  })

  it('answers public routes without a token', async () => {
    const { base } = await start()
    expect((await fetch(`${base}/health/live`)).status).toBe(200)
  })

  it('answers 401 on MCP addresses as a JSON-RPC error without an id', async () => {
    const { base } = await start()
    const answer = await fetch(`${base}/shared/mcp`, { method: 'POST', body: '{}' })
    expect(answer.status).toBe(401)
    const body = await answer.json()
    expect(body).toEqual({
      jsonrpc: '2.0',
      error: { code: -32600, message: expect.any(String), data: { code: 'unauthorized', requestId: answer.headers.get('x-request-id') } },
    })
  })

  it('without authentication serves local hosts and origins only, whatever CORS_ORIGINS says', async () => {
    const { base } = await start({ authDisabled: true, corsOrigins: ['*'] })
    const { port } = new URL(base)
    const get = (headers: string) => sendRaw(base, `GET /who HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`)
    for (const host of ['127.0.0.1', 'localhost', `localhost:${port}`, '[::1]:80', 'LOCALHOST'])
      expect(await get(`Host: ${host}`)).toMatch(/^HTTP\/1.1 200 .*"id":"anonymous"/s)
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1'])
      expect(await get(`Host: ${host}`)).toMatch(/^HTTP\/1.1 403 .*host_not_allowed/s)
    expect(await get('Host: localhost\r\nOrigin: http://localhost:5173')).toMatch(/^HTTP\/1.1 200 /)
    for (const origin of ['https://evil.example', 'null', 'file://'])
      expect(await get(`Host: localhost\r\nOrigin: ${origin}`)).toMatch(/^HTTP\/1.1 403 .*origin_not_allowed/s)
  })
})

describe('request ids', () => {
  it('takes a usable id from the caller, makes one otherwise, and logs it', async () => {
    const { base } = await start()
    const kept = await fetch(`${base}/who`, { headers: { ...AUTHORIZED, 'x-request-id': 'trace-1.a_B' } })
    expect(kept.headers.get('x-request-id')).toBe('trace-1.a_B')
    expect(await kept.json()).toEqual({ id: 'token', requestId: 'trace-1.a_B' })
    for (const id of ['with space', 'a"b', 'x'.repeat(129)]) {
      const made = (await fetch(`${base}/who`, { headers: { ...AUTHORIZED, 'x-request-id': id } })).headers.get('x-request-id')
      expect(made).toMatch(/^[0-9a-f-]{36}$/)
    }
    await expect
      .poll(() => lines.find(({ requestId }) => requestId === 'trace-1.a_B'))
      .toMatchObject({ method: 'GET', path: '/who', status: 200, principal: 'token', level: 30 })
  })

  it('keeps the query, which may hold secrets, out of the access log, and probes at debug', async () => {
    const { base } = await start()
    await fetch(`${base}/who?token=planted-secret`, { headers: AUTHORIZED })
    await fetch(`${base}/health/live`)
    await expect.poll(() => lines.length).toBe(2)
    expect(JSON.stringify(lines)).not.toContain('planted-secret')
    expect(lines[1]).toMatchObject({ path: '/health/live', level: 20 })
  })
})

describe('origins', () => {
  const preflight = (base: string, origin: string, headers: Record<string, string> = {}) =>
    fetch(`${base}/shared/mcp`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', ...headers } })

  it('answers a preflight without a token, with the headers MCP clients need and those that tools declare', async () => {
    const { base } = await start()
    const answer = await preflight(base, 'https://app.example', {
      'access-control-request-headers': 'authorization, mcp-param-region, x-evil',
      'access-control-request-private-network': 'true',
    })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    const allowed = answer.headers.get('access-control-allow-headers')?.split(', ')
    expect(allowed).toEqual(expect.arrayContaining(['Authorization', 'Mcp-Session-Id', 'Mcp-Method', 'Mcp-Name', 'Last-Event-ID', 'mcp-param-region']))
    expect(allowed).not.toContain('x-evil')
    expect(answer.headers.get('access-control-allow-methods')).toContain('DELETE')
    expect(answer.headers.get('access-control-allow-private-network')).toBe('true')
    expect(Number(answer.headers.get('access-control-max-age'))).toBeGreaterThan(0)
  })

  it('refuses origins that are not listed, on preflight and request, and names the origin that is', async () => {
    const { base } = await start({ corsOrigins: ['https://app.example'] })
    expect((await preflight(base, 'https://evil.example')).status).toBe(403)
    const refused = await fetch(`${base}/shared/mcp`, { method: 'POST', body: '{}', headers: { ...AUTHORIZED, origin: 'https://evil.example' } })
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ jsonrpc: '2.0', error: { data: { code: 'origin_not_allowed' } } })
    const accepted = await fetch(`${base}/who`, { headers: { ...AUTHORIZED, origin: 'https://app.example' } })
    expect(accepted.status).toBe(200)
    expect(accepted.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(accepted.headers.get('vary')).toBe('Origin')
    expect(accepted.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    const own = await fetch(`${base}/who`, { headers: { ...AUTHORIZED, origin: base } })
    expect(own.status).toBe(200)
  })

  it('lets a browser read a refusal: a 401 carries the CORS headers', async () => {
    const { base } = await start()
    const answer = await fetch(`${base}/who`, { headers: { origin: 'https://app.example' } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('limits', () => {
  it('answers 413, 414 and 431 in the shape of the address', async () => {
    const { base } = await start()
    const large = await fetch(`${base}/shared/mcp`, { method: 'POST', headers: AUTHORIZED, body: 'x'.repeat(3000) })
    expect(large.status).toBe(413)
    expect(await large.json()).toMatchObject({ jsonrpc: '2.0', error: { data: { code: 'payload_too_large' } } })
    const chunked = await fetch(`${base}/api/echo`, {
      method: 'POST',
      headers: AUTHORIZED,
      body: new Blob(['x'.repeat(3000)]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect(chunked.status).toBe(413)
    expect(await chunked.json()).toMatchObject({ error: { code: 'payload_too_large' } })
    const long = await fetch(`${base}/who?${'x'.repeat(600)}`, { headers: AUTHORIZED })
    expect(long.status).toBe(414)
    const mcp = await sendRaw(base, `POST /shared/mcp HTTP/1.1\r\nHost: localhost\r\nX-Filler: ${'x'.repeat(5000)}\r\n\r\n`)
    expect(mcp).toMatch(/^HTTP\/1.1 431 .*"jsonrpc":"2.0".*header_too_large/s)
    const rest = await sendRaw(base, `GET /who HTTP/1.1\r\nHost: localhost\r\nX-Filler: ${'x'.repeat(5000)}\r\n\r\n`)
    expect(rest).toMatch(/^HTTP\/1.1 431 .*\{"error":\{"code":"header_too_large".*"requestId"/s)
  })

  it('ends requests whose headers or body never arrive', async () => {
    const { base } = await start({ headersTimeoutSeconds: 1, requestTimeoutSeconds: 1 })
    const [headers, body] = await Promise.all([
      sendRaw(base, 'GET /who HTTP/1.1\r\nHost: local'),
      sendRaw(base, `POST /api/echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 10\r\n\r\nab`),
    ])
    for (const answer of [headers, body]) expect(answer).toMatch(/^HTTP\/1.1 408 .*request_timeout/s)
  })

  it('answers what is not HTTP, a broken escape and a malformed Content-Type in words', async () => {
    const { base } = await start()
    expect(await sendRaw(base, 'hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*invalid_request/s)
    const broken = await sendRaw(base, 'GET /%zz/mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    expect(broken).toMatch(/^HTTP\/1.1 400 .*"jsonrpc":"2.0"/s)
    const rest = await fetch(`${base}/api/echo`, { method: 'POST', headers: { ...AUTHORIZED, 'content-type': 'nonsense' }, body: '{}' })
    expect(rest.status).toBe(415)
    expect(await rest.json()).toMatchObject({ error: { code: 'unsupported_media_type' } })
    for (const type of ['nonsense', 'text/plain', 'application/json; charset=utf-8']) {
      const mcp = await fetch(`${base}/shared/mcp`, { method: 'POST', headers: { ...AUTHORIZED, 'content-type': type }, body: '{"a":1}' })
      expect(await mcp.json()).toEqual({ got: { a: 1 } })
    }
  })
})

describe('errors', () => {
  it('tells an unknown address from a wrong method, in both shapes', async () => {
    const { base } = await start()
    const unknown = await fetch(`${base}/nothing/here`, { headers: AUTHORIZED })
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'not_found' } }])
    const mcp = await fetch(`${base}/mcp/nothing`, { headers: AUTHORIZED })
    expect([mcp.status, await mcp.json()]).toMatchObject([404, { jsonrpc: '2.0', error: { data: { code: 'not_found' } } }])
    const method = await fetch(`${base}/shared/mcp`, { method: 'PUT', headers: AUTHORIZED })
    expect(method.headers.get('allow')).toBe('POST')
    expect([method.status, await method.json()]).toMatchObject([405, { jsonrpc: '2.0', error: { data: { code: 'method_not_allowed' } } }])
  })

  it('answers an unexpected fault without its text and logs it once with its stack', async () => {
    const { base } = await start()
    const answer = await fetch(`${base}/api/fault`, { headers: { ...AUTHORIZED, 'x-request-id': 'faulty' } })
    expect(answer.status).toBe(500)
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'internal_error', requestId: 'faulty' } })
    expect(text).not.toContain('hunter2')
    await expect.poll(() => lines.length).toBe(2)
    expect(lines.filter(({ level }) => level === 50)).toMatchObject([{ requestId: 'faulty', err: { stack: expect.stringContaining('edge.test.ts') } }])
  })

  it('answers a refusal of the catalogue with its status, details and Retry-After', async () => {
    const { base } = await start()
    const answer = await fetch(`${base}/api/refusal`, { headers: AUTHORIZED })
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await answer.json()).toMatchObject({ error: { code: 'too_many_calls', message: 'busy', details: { waiting: 3 } } })
  })
})

describe('listeners', () => {
  it('opens the extra listeners, each with its part only', async () => {
    const { edge } = await start({ mcpPort: 0, openapiPort: 0 })
    const urls = Object.fromEntries(edge.addresses.map(({ name, url }) => [name, url]))
    expect(Object.keys(urls)).toEqual(['main', 'openapi', 'mcp'])
    expect((await fetch(`${urls.mcp}/who`, { headers: AUTHORIZED })).status).toBe(200)
    expect((await fetch(`${urls.openapi}/who`, { headers: AUTHORIZED })).status).toBe(404)
    expect(await edge.probe()).toEqual([
      { name: 'main', answers: true },
      { name: 'openapi', answers: false },
      { name: 'mcp', answers: true },
    ])
  })

  it('says in one line that a port is taken, and closes what it had opened', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const edge = createEdge({ ...CONFIG, mcpPort: port }, { token: TOKEN, frontends: [testFrontend()], log: pino({ level: 'silent' }) })
    const failure = await edge.listen().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ListenError)
    expect((failure as Error).message).toBe(`Port ${port} on 127.0.0.1 is in use: stop the program that has it, or set MCP_PORT to another port.`)
    expect(edge.addresses).toEqual([])
    other.close()
  })
})

const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length

describe('shutdown', () => {
  it('leaves no socket open, also when it is closed while it opens', async () => {
    const before = sockets()
    const { edge } = await start({ mcpPort: 0, webPort: 0 })
    expect(sockets()).toBeGreaterThanOrEqual(before + 3)
    await edge.close(0)
    const early = createEdge({ ...CONFIG, mcpPort: 0 }, { token: TOKEN, frontends: [testFrontend()], log: pino({ level: 'silent' }) })
    await Promise.all([early.listen(), early.close(0)])
    expect(early.addresses).toEqual([])
    await expect.poll(sockets).toBeLessThanOrEqual(before)
  })

  it('ends streams, finishes what is in flight, refuses new requests and leaves no connection', async () => {
    const frontend = testFrontend()
    const { edge, base } = await start({}, frontend)
    const stream = await fetch(`${base}/api/stream`, { headers: AUTHORIZED })
    const slow = fetch(`${base}/api/slow`, { headers: AUTHORIZED })
    await frontend.slow.promise
    let closed = false
    const closing = edge.close(20_000).then(() => {
      closed = true
    })
    expect(await stream.text()).toContain('event: end')
    await expect(fetch(`${base}/health/live`)).rejects.toThrow()
    expect(closed).toBe(false)
    frontend.release.resolve()
    expect(await (await slow).text()).toBe('finished')
    await closing
  })

  it('lets what is ended when the grace is over be answered before its connection is cut', async () => {
    const frontend = testFrontend()
    const ended = new ToolDockError('shutting_down', 'ToolDock is stopping.')
    const edge = createEdge(CONFIG, { token: TOKEN, frontends: [frontend], log: pino({ level: 'silent' }), onGraceOver: () => frontend.release.reject(ended) })
    opened.push(edge)
    await edge.listen()
    const slow = fetch(`${edge.addresses[0]?.url}/api/slow`, { headers: AUTHORIZED })
    await frontend.slow.promise
    await edge.close(100)
    const answer = await slow
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'shutting_down' } }])
  })

  it('cuts what is still in flight when the grace is over', async () => {
    const { edge, base } = await start()
    const slow = fetch(`${base}/api/slow`, { headers: AUTHORIZED }).catch((error: unknown) => error)
    const stream = await fetch(`${base}/api/stream`, { headers: AUTHORIZED })
    const started = performance.now()
    await edge.close(100)
    expect(performance.now() - started).toBeLessThan(5000)
    expect(await slow).toBeInstanceOf(Error)
    await stream.text().catch(() => undefined)
  })
})
