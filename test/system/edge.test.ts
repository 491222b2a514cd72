import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import type { Message } from './mcp-http.ts'

interface Address {
  readonly method: string
  readonly path: string
  readonly shape: 'rest' | 'jsonrpc'
  readonly body?: unknown
}

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }
const REST: readonly Address[] = [
  { method: 'GET', path: '/demo/openapi/openapi.json', shape: 'rest' },
  { method: 'GET', path: '/demo/openapi/tools', shape: 'rest' },
  { method: 'POST', path: '/demo/openapi/tools/echo', shape: 'rest', body: { text: 'x' } },
  { method: 'GET', path: '/openapi/openapi.json', shape: 'rest' },
  { method: 'POST', path: '/openapi/tools/demo__echo', shape: 'rest', body: { text: 'x' } },
  { method: 'POST', path: '/api/reload', shape: 'rest' },
  { method: 'POST', path: '/api/reload/demo', shape: 'rest' },
  { method: 'GET', path: '/metrics', shape: 'rest' },
]
const MCP: readonly Address[] = [
  { method: 'POST', path: '/mcp', shape: 'jsonrpc', body: PING },
  { method: 'POST', path: '/demo/mcp', shape: 'jsonrpc', body: PING },
  { method: 'GET', path: '/demo/mcp', shape: 'jsonrpc' },
  { method: 'DELETE', path: '/demo/mcp', shape: 'jsonrpc' },
  { method: 'GET', path: '/demo/sse', shape: 'jsonrpc' },
  { method: 'GET', path: '/sse', shape: 'jsonrpc' },
  { method: 'POST', path: '/demo/messages?sessionId=none', shape: 'jsonrpc', body: PING },
]
const ADDRESSES = [...REST, ...MCP]

/** The error of either shape. */
function errorOf(json: Message, shape: Address['shape']): { code: string; message: string; requestId: string } {
  if (shape === 'rest') return json.error
  expect(json).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number), message: expect.any(String) } })
  // Never `id: null`: the id of a message that was read, or none.
  if ('id' in json) expect(json.id).toBe(1)
  const { message, data } = json.error as { message: string; data: { code: string; requestId: string } }
  return { code: data.code, message, requestId: data.requestId }
}

/** `fetch` does not let a caller choose Host. */
function statusWithHeaders(port: number, path: string, method: string, headers: Record<string, string>, body = ''): Promise<number> {
  return new Promise((done, fail) => {
    const request = httpRequest({ port, host: '127.0.0.1', path, method, headers, agent: false }, (response) => {
      response.destroy()
      done(response.statusCode ?? 0)
    })
    request.once('error', fail)
    request.end(body)
  })
}

describe('with a token', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway({ namespaces: { demo: ECHO }, env: { CORS_ORIGINS: 'https://app.example.com' } })
  })
  afterAll(async () => {
    await gateway?.stop()
    await gateway?.dispose()
  })
  const send = ({ method, path, body }: Address, token: string | null | undefined, headers: Record<string, string> = {}) =>
    gateway.http(path, { method, headers, ...(token === undefined ? {} : { token }), ...(body === undefined ? {} : { body }) })

  test.each(ADDRESSES)('$method $path refuses a caller without a token in the shape of its address', async (address) => {
    for (const token of [null, 'wrong', `${gateway.token}x`]) {
      const reply = await send(address, token, { 'x-request-id': 'my-request-1' })
      expect(reply.status).toBe(401)
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect(reply.headers.get('x-request-id')).toBe('my-request-1')
      expect(errorOf(reply.json, address.shape)).toMatchObject({ code: 'unauthorized', requestId: 'my-request-1' })
    }
  })

  test.each(ADDRESSES)('$method $path refuses an origin that is not listed, and takes one that is', async (address) => {
    const foreign = await send(address, undefined, { origin: 'https://evil.example.com' })
    expect(foreign.status).toBe(403)
    expect(errorOf(foreign.json, address.shape).code).toBe('origin_not_allowed')
    const status = await statusWithHeaders(
      gateway.port,
      address.path,
      address.method,
      {
        origin: 'https://app.example.com',
        authorization: `Bearer ${gateway.token}`,
        accept: 'application/json, text/event-stream',
        ...(address.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      address.body === undefined ? '' : JSON.stringify(address.body),
    )
    expect(status).not.toBe(403)
    expect(status).toBeLessThan(500)
  })

  test('the scheme of the Authorization header may be written in any case', async () => {
    const reply = await gateway.http('/demo/openapi/tools', { token: null, headers: { authorization: `bEaReR ${gateway.token}` } })
    expect(reply.status).toBe(200)
  })

  test('a preflight is answered without a token and names what clients send', async () => {
    const headers = { origin: 'https://app.example.com', 'access-control-request-method': 'POST', 'access-control-request-headers': 'mcp-param-region' }
    const reply = await gateway.http('/demo/mcp', { method: 'OPTIONS', token: null, headers })
    expect(reply.status).toBe(204)
    const allowed = reply.headers.get('access-control-allow-headers')?.toLowerCase()
    for (const name of [
      'authorization',
      'content-type',
      'mcp-session-id',
      'mcp-protocol-version',
      'mcp-method',
      'mcp-name',
      'last-event-id',
      'mcp-param-region',
    ])
      expect(allowed).toContain(name)
  })

  test.each<[string, Address, Record<string, string>, number, string]>([
    ['an unknown namespace on REST', { method: 'POST', path: '/nowhere/openapi/tools/echo', shape: 'rest', body: {} }, {}, 404, 'namespace_not_found'],
    [
      'an unknown namespace on MCP',
      { method: 'POST', path: '/nowhere/mcp', shape: 'jsonrpc', body: { ...PING, method: 'tools/list' } },
      {},
      404,
      'namespace_not_found',
    ],
    ['an unknown tool', { method: 'POST', path: '/demo/openapi/tools/nothing', shape: 'rest', body: {} }, {}, 404, 'tool_not_found'],
    ['an address that does not exist', { method: 'GET', path: '/demo/nothing/here', shape: 'rest' }, {}, 404, 'not_found'],
    ['a wrong method', { method: 'PUT', path: '/demo/openapi/tools/echo', shape: 'rest', body: {} }, {}, 405, 'method_not_allowed'],
    [
      'text instead of JSON on REST',
      { method: 'POST', path: '/demo/openapi/tools/echo', shape: 'rest', body: 'text=x' },
      { 'content-type': 'text/plain' },
      415,
      'unsupported_media_type',
    ],
    ['broken JSON on REST', { method: 'POST', path: '/demo/openapi/tools/echo', shape: 'rest', body: '{"text":' }, {}, 400, 'parse_error'],
    ['broken JSON on MCP', { method: 'POST', path: '/demo/mcp', shape: 'jsonrpc', body: '{"jsonrpc":' }, {}, 400, 'parse_error'],
    [
      'JSON that is too deep',
      { method: 'POST', path: '/demo/openapi/tools/echo', shape: 'rest', body: `{"text":${'['.repeat(100)}${']'.repeat(100)}}` },
      {},
      400,
      'json_too_deep',
    ],
    [
      'a body that is too large on REST',
      { method: 'POST', path: '/demo/openapi/tools/echo', shape: 'rest', body: { text: 'x'.repeat(5 << 20) } },
      {},
      413,
      'payload_too_large',
    ],
    [
      'a body that is too large on MCP',
      { method: 'POST', path: '/demo/mcp', shape: 'jsonrpc', body: { ...PING, params: { x: 'x'.repeat(5 << 20) } } },
      {},
      413,
      'payload_too_large',
    ],
    ['a URL that is too long', { method: 'GET', path: `/demo/openapi/tools?x=${'x'.repeat(10_000)}`, shape: 'rest' }, {}, 414, 'uri_too_long'],
    ['headers that are too large', { method: 'GET', path: '/demo/openapi/tools', shape: 'rest' }, { 'x-large': 'x'.repeat(60_000) }, 431, 'header_too_large'],
  ])('%s is named as such, with the status and the shape of its address', async (_what, address, headers, status, code) => {
    const reply = await send(address, undefined, headers)
    expect(reply.status).toBe(status)
    const error = errorOf(reply.json, address.shape)
    expect(error.code).toBe(code)
    expect(error.requestId).toBe(reply.headers.get('x-request-id'))
  })

  test('wrong arguments are answered 422 with each field', async () => {
    const reply = await gateway.rest('demo', 'echo', { text: 5, more: true })
    expect(reply.status).toBe(422)
    expect(reply.json.error.code).toBe('invalid_arguments')
    expect(JSON.stringify(reply.json.error.details)).toMatch(/text/)
    expect(JSON.stringify(reply.json.error.details)).toMatch(/more/)
  })

  test('health tells anonymous callers states and counts, and names only with a token', async () => {
    const anonymous = await gateway.http('/health', { token: null })
    expect(anonymous.status).toBe(200)
    expect(anonymous.text).not.toContain('demo')
    expect((await gateway.http('/health')).text).toContain('demo')
    expect((await gateway.http('/health/live', { token: null })).status).toBe(200)
    expect((await gateway.http('/health/ready', { token: null })).status).toBe(200)
  })
})

describe('without a token', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway({ namespaces: { demo: ECHO }, env: { AUTH_DISABLED: 'true', CORS_ORIGINS: '*' } })
  })
  afterAll(async () => {
    await gateway?.stop()
    await gateway?.dispose()
  })

  test.each(ADDRESSES)('$method $path accepts only local hosts and origins, whatever CORS_ORIGINS says', async ({ method, path, body }) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const local = `127.0.0.1:${gateway.port}`
    const status = (headers: Record<string, string>) =>
      statusWithHeaders(gateway.port, path, method, { accept: 'application/json, text/event-stream', ...type, ...headers }, text)
    expect(await status({ host: 'attacker.example.com' })).toBe(403)
    expect(await status({ host: local, origin: 'https://attacker.example.com' })).toBe(403)
    expect(await status({ host: local, origin: 'null' })).toBe(403)
    expect(await status({ host: `localhost:${gateway.port}`, origin: 'http://localhost:3000' })).not.toBe(403)
  })

  test('is refused at start unless the host is a loopback address', async () => {
    await expect(startGateway({ env: { AUTH_DISABLED: 'true', HOST: '0.0.0.0' } })).rejects.toThrow(/ended \(1\)[\s\S]*AUTH_DISABLED/)
  })
})
