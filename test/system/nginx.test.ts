import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { GATE } from './gate-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { LegacySession, modern, readEvents } from './mcp-http.ts'
import { type Nginx, type NginxOptions, startNginx } from './nginx.ts'
import { until } from './until.ts'

const SECURITY_HEADERS = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' }

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ namespaces: { demo: { 'tools.ts': GATE } }, env: { TRUST_PROXY: '127.0.0.1' } })
})
afterAll(async () => {
  await gateway?.stop()
  await gateway?.dispose()
})

const authorization = (): Record<string, string> => ({ authorization: `Bearer ${gateway.token}` })

async function started(env: NginxOptions['env'] = {}, edits: NginxOptions['edits'] = {}): Promise<Nginx> {
  const nginx = await startNginx({ gatewayPort: gateway.port, env, edits })
  const serves = (): Promise<boolean> =>
    fetch(`${nginx.url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until('nginx to serve or to end', async () => !nginx.isRunning || (await serves()))
  expect(nginx.isRunning, nginx.output()).toBe(true)
  return nginx
}

async function expectSecured(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  // Said twice, a header would read "nosniff, nosniff".
  expect(Object.fromEntries([...response.headers].filter(([name]) => name in SECURITY_HEADERS)), url).toEqual(SECURITY_HEADERS)
  return response
}

describe('behind nginx', requireOrSkip('nginx'), () => {
  let nginx: Nginx
  beforeAll(async () => {
    nginx = await started({}, { 'nginx-http.conf': { 'client_max_body_size 64m': 'client_max_body_size 6m' } })
  })
  afterAll(() => nginx?.stop())

  const target = () => ({ url: nginx.url, token: gateway.token })

  test('MCP of both eras streams: what a tool reports arrives while it runs', async () => {
    const open = () => void modern(target(), '/demo/mcp', 'tools/call', { name: 'openGate', arguments: {} })
    const newer = await modern(target(), '/demo/mcp', 'tools/call', { name: 'gate', arguments: {} }, { meta: { progressToken: 1 }, onMessage: open })
    expect(newer.result.content).toEqual([{ type: 'text', text: 'through' }])

    const session = await LegacySession.open(target(), '/demo/mcp')
    const older = await session.request('tools/call', { name: 'gate', arguments: {}, _meta: { progressToken: 1 } }, { onMessage: open })
    expect(older.result.content).toEqual([{ type: 'text', text: 'through' }])
    const stream = await session.listen()
    expect(stream.headers.get('content-type')).toMatch('text/event-stream')
    expect(await session.end()).toBeLessThan(300)
    await stream.body?.cancel()
  })

  test('the official client connects and calls', async () => {
    const client = new Client({ name: 'tooldock-test', version: '1.0.0' })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${nginx.url}/demo/mcp`), { requestInit: { headers: authorization() } }))
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['gate', 'greet', 'openGate'])
    await client.close()
  })

  test('REST, its document, the UI and errors pass, each with the security headers once', async () => {
    const rest = await expectSecured(`${nginx.url}/demo/openapi/tools/openGate`, {
      method: 'POST',
      headers: { ...authorization(), 'content-type': 'application/json' },
      body: '{}',
    })
    expect(rest.status).toBe(200)
    expect((await expectSecured(`${nginx.url}/demo/openapi/openapi.json`, { headers: authorization() })).status).toBe(200)
    expect((await expectSecured(`${nginx.url}/`)).headers.get('content-type')).toMatch('text/html')
    expect((await expectSecured(`${nginx.url}/demo/openapi/tools`)).status).toBe(401)
    expect((await expectSecured(`${nginx.url}/health/ready`)).status).toBe(200)
  })

  test('addresses that are shown are those of nginx', async () => {
    const { servers } = (await (await fetch(`${nginx.url}/demo/openapi/openapi.json`, { headers: authorization() })).json()) as { servers: { url: string }[] }
    expect(new URL(servers[0]?.url ?? '', nginx.url).origin).toBe(nginx.url)
  })

  test('a large body reaches the gateway, which says what its limit is; one that nginx refuses is refused in the same shape', async () => {
    const post = (path: string, megabytes: number): Promise<Response> =>
      expectSecured(`${nginx.url}${path}`, {
        method: 'POST',
        headers: { ...authorization(), 'content-type': 'application/json' },
        body: JSON.stringify({ text: 'x'.repeat(megabytes * 1024 * 1024) }),
      })
    const refused = await post('/demo/openapi/tools/openGate', 5)
    expect([refused.status, await refused.text()]).toEqual([413, expect.stringMatching(/BODY_BYTES_MAX.*"requestId":"[0-9a-f-]{36}"/)])
    expect((await post('/api/validate', 3)).status).toBe(404)
    const rest = await post('/demo/openapi/tools/openGate', 7)
    expect([rest.status, await rest.json()]).toMatchObject([413, { error: { code: 'payload_too_large' } }])
    const mcp = await post('/demo/mcp', 7)
    expect([mcp.status, await mcp.json()]).toMatchObject([413, { jsonrpc: '2.0', error: { data: { code: 'payload_too_large' } } }])
  })

  test('events of the admin API come when they happen', async () => {
    const abort = new AbortController()
    const stream = await expectSecured(`${nginx.url}/api/events`, { headers: authorization(), signal: abort.signal })
    const events = readEvents(stream.body as ReadableStream<Uint8Array>)
    gateway.write('demo', {
      'more.ts': `import { defineTool } from 'tooldock'\nexport const more = defineTool({ description: 'More.', handler: () => 'more' })\n`,
    })
    expect((await gateway.reload('demo')).status).toBe(200)
    for await (const { data } of events) if (data.includes('demo')) break
    abort.abort()
  })

  test('a gateway that is gone is told from a fault of the caller, in the shape of the address', async () => {
    const lonely = await startNginx({ gatewayPort: 1 })
    try {
      const rest = await until('nginx to answer', () => fetch(`${lonely.url}/demo/openapi/tools`).catch(() => undefined))
      expect([rest.status, ((await rest.json()) as { error: { code: string } }).error.code]).toEqual([503, 'unavailable'])
      const mcp = await expectSecured(`${lonely.url}/demo/mcp`, { method: 'POST', body: '{}' })
      expect(await mcp.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32603, data: { code: 'unavailable', requestId: expect.any(String) } } })
    } finally {
      await lonely.stop()
    }
  })
})

describe('behind nginx with RATE_LIMIT_ENABLED', requireOrSkip('nginx'), () => {
  test('a flood is refused with 429 and Retry-After, in the shape of the address, and probes are not', async () => {
    const nginx = await started({ RATE_LIMIT_ENABLED: 'true' })
    try {
      const flood = await Promise.all(Array.from({ length: 200 }, () => fetch(`${nginx.url}/demo/openapi/tools`, { headers: authorization() })))
      const refused = flood.filter(({ status }) => status === 429)
      expect(refused.length).toBeGreaterThan(50)
      expect(refused[0]?.headers.get('retry-after')).toBe('1')
      expect(await refused[0]?.json()).toMatchObject({ error: { code: 'rate_limited' } })
      const mcp = await Promise.all(Array.from({ length: 100 }, () => fetch(`${nginx.url}/demo/mcp`, { method: 'POST', body: '{}' })))
      expect(await mcp.find(({ status }) => status === 429)?.json()).toMatchObject({ jsonrpc: '2.0', error: { data: { code: 'rate_limited' } } })
      const probes = await Promise.all(Array.from({ length: 200 }, () => fetch(`${nginx.url}/health/live`)))
      expect(probes.every(({ status }) => status === 200)).toBe(true)
    } finally {
      await nginx.stop()
    }
  })
})

describe('behind nginx with a limit of connections', requireOrSkip('nginx'), () => {
  test('one address has no more streams than that, and gets a place back when one ends', async () => {
    const nginx = await started({ RATE_LIMIT_ENABLED: 'true' }, { 'nginx-locations.conf': { 'limit_conn connections 200': 'limit_conn connections 3' } })
    const listen = (signal?: AbortSignal) => fetch(`${nginx.url}/api/events`, { headers: authorization(), ...(signal === undefined ? {} : { signal }) })
    try {
      const first = new AbortController()
      const open = [await listen(first.signal), await listen(), await listen()]
      expect(open.map(({ status }) => status)).toEqual([200, 200, 200])
      const refused = await listen()
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
      expect((await fetch(`${nginx.url}/health/live`)).status).toBe(200)
      first.abort()
      const again = await until('a place to be free', async () => {
        const response = await listen()
        return response.status === 200 && response
      })
      for (const { body } of [...open.slice(1), again]) await body?.cancel()
    } finally {
      await nginx.stop()
    }
  })
})

describe('behind nginx with a certificate', requireOrSkip('nginx'), () => {
  const dir = mkdtempSync(join(tmpdir(), 'tooldock-certificate-'))
  const [certificate, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  const before = getGlobalDispatcher()
  beforeAll(() => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', ...subject, '-keyout', key, '-out', certificate],
      {
        stdio: 'ignore',
      },
    )
    setGlobalDispatcher(new Agent({ connect: { ca: readFileSync(certificate) } }))
  })
  afterAll(async () => {
    await getGlobalDispatcher().close()
    setGlobalDispatcher(before)
    rmSync(dir, { recursive: true, force: true })
  })

  test('everything is served by TLS, with HSTS, and plain HTTP leads there', async () => {
    const nginx = await started({ SSL_CERT_PATH: certificate, SSL_KEY_PATH: key })
    try {
      const { result } = await modern({ url: nginx.url, token: gateway.token }, '/demo/mcp', 'tools/call', { name: 'openGate', arguments: {} })
      expect(result.content).toEqual([{ type: 'text', text: 'opened' }])
      expect((await expectSecured(`${nginx.url}/`)).headers.get('strict-transport-security')).toMatch(/^max-age=\d+/)
      const plain = await fetch(`${nginx.plainUrl}/demo/mcp?a=1`, { redirect: 'manual' })
      expect([plain.status, plain.headers.get('location')]).toEqual([308, 'https://127.0.0.1/demo/mcp?a=1'])
      expect(plain.headers.get('x-content-type-options')).toBe('nosniff')
      const wrongPort = await fetch(`${nginx.url.replace('https:', 'http:')}/demo/mcp?a=1`, { redirect: 'manual' })
      expect([wrongPort.status, wrongPort.headers.get('location')]).toEqual([308, `${nginx.url}/demo/mcp?a=1`])
    } finally {
      await nginx.stop()
    }
  })

  test('half a pair, or a file that is not there, is one clear line', async () => {
    for (const env of [{ SSL_CERT_PATH: certificate }, { SSL_CERT_PATH: certificate, SSL_KEY_PATH: join(dir, 'missing.pem') }]) {
      const nginx = await startNginx({ gatewayPort: gateway.port, env: env as Record<string, string> })
      await until('the script to say why', () => /^nginx-start: .*SSL_KEY_PATH/m.test(nginx.output()))
      await nginx.stop()
    }
  })
})
