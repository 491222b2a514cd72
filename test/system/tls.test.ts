import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Agent, type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testPairs } from '../../packages/server/test/tls-pairs.ts'
import { GATE } from './gate-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { LegacySession, modern, readEvents } from './mcp-http.ts'
import { until } from './until.ts'

const GREETING = [{ type: 'text', text: 'hello' }]

const pairs = testPairs()
const served = pairs.make('served', { name: 'first', days: 5 })
const before = getGlobalDispatcher()
let gateway: Gateway

beforeAll(async () => {
  setGlobalDispatcher(new Agent({ connect: { ca: readFileSync(served.certPath) } }))
  const env = { SSL_CERT_PATH: served.certPath, SSL_KEY_PATH: served.keyPath, OPENAPI_PORT: '0', MCP_PORT: '0', WEB_PORT: '0' }
  gateway = await startGateway({ namespaces: { demo: { 'tools.ts': GATE } }, env })
})
afterAll(async () => {
  await gateway?.stop()
  await gateway?.dispose()
  await getGlobalDispatcher().close()
  setGlobalDispatcher(before)
  pairs.remove()
})

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${gateway.token}` })

describe.each([
  ['HTTP/2', true],
  ['HTTP/1.1', false],
])('by %s', (_protocol, allowH2) => {
  const agent = new Agent({ allowH2, connect: { ca: readFileSync(served.certPath) } })
  let others: Dispatcher
  beforeAll(() => {
    others = getGlobalDispatcher()
    setGlobalDispatcher(agent)
  })
  afterAll(async () => {
    setGlobalDispatcher(others)
    await agent.close()
  })

  test('MCP of both eras streams: what a tool reports arrives while it runs', async () => {
    const open = () => void modern(gateway, '/demo/mcp', 'tools/call', { name: 'openGate', arguments: {} })
    const newer = await modern(gateway, '/demo/mcp', 'tools/call', { name: 'gate', arguments: {} }, { meta: { progressToken: 1 }, onMessage: open })
    expect(newer.result.content).toEqual([{ type: 'text', text: 'through' }])
    const session = await LegacySession.open(gateway, '/demo/mcp')
    const stream = await session.listen()
    expect(stream.headers.get('content-type')).toMatch('text/event-stream')
    const older = await session.request('tools/call', { name: 'gate', arguments: {}, _meta: { progressToken: 1 } }, { onMessage: open })
    expect(older.result.content).toEqual([{ type: 'text', text: 'through' }])
    expect(await session.end()).toBeLessThan(300)
    await stream.body?.cancel()
  })

  test('the official client connects and calls', async () => {
    const client = new Client({ name: 'tooldock-test', version: '1.0.0' })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { requestInit: { headers: bearer() } }))
    expect((await client.callTool({ name: 'demo__greet', arguments: {} })).content).toEqual(GREETING)
    await client.close()
  })

  test('the oldest transport works too: an event stream and its messages', async () => {
    const abort = new AbortController()
    const stream = await fetch(`${gateway.url}/demo/sse`, { headers: { ...bearer(), accept: 'text/event-stream' }, signal: abort.signal })
    const first = await readEvents(stream.body as ReadableStream<Uint8Array>).next()
    expect(first.value).toMatchObject({ event: 'endpoint', data: expect.stringContaining('/messages?sessionId=') })
    abort.abort()
  })
})

test('everything that names its own address says https: the start, lists, documents and cookies', async () => {
  expect(gateway.url).toMatch(/^https:/)
  expect(gateway.output()).not.toMatch(/http:\/\/127\.0\.0\.1:/)
  const { json } = await gateway.http('/api/namespaces')
  expect(JSON.stringify(json)).toContain(`"${gateway.url}/demo/mcp"`)
  const { json: about } = await gateway.http('/api/about')
  const listeners = about.urls.listeners as { name: string; url: string }[]
  expect(listeners.map(({ name, url }) => [name, new URL(url).protocol])).toEqual(['main', 'openapi', 'mcp', 'web'].map((name) => [name, 'https:']))
  const signIn = await gateway.http('/api/session', { method: 'POST', body: { token: gateway.token }, token: null })
  expect(signIn.headers.get('set-cookie')).toMatch(/; Secure$/)
  for (const path of ['/', '/health/live', '/api/about', '/nothing'])
    expect((await gateway.http(path)).headers.get('strict-transport-security'), path).toBe('max-age=31536000')
})

test('the gateway calls itself by TLS: calls by hand through every frontend, and readiness of all listeners', async () => {
  for (const protocol of ['mcp-modern', 'mcp-legacy', 'rest']) {
    const { text: events } = await gateway.http('/api/execute', { body: { namespace: 'demo', tool: 'greet', protocol } })
    expect(events, protocol).toMatch(/"type":"finished".*hello/)
  }
  expect((await gateway.http('/health/ready')).json).toMatchObject({ status: 'ready', checks: { listeners: 'ok' } })
})

test('the end of the certificate is told where it is looked for: health with a token, metrics, attention', async () => {
  const { certificate } = (await gateway.http('/health')).json
  expect(certificate).toEqual({ subject: 'O=ToolDock, CN=first', issuer: 'O=ToolDock, CN=first', validTo: expect.any(String) })
  expect((await gateway.http('/health', { token: null })).text).not.toContain('CN=first')
  expect((await gateway.http('/metrics')).text).toContain(`tooldock_certificate_expires_seconds ${Date.parse(certificate.validTo) / 1000}`)
  const { items } = (await gateway.http('/api/attention')).json
  expect(items).toContainEqual(expect.objectContaining({ id: 'certificate', severity: 'warning', title: 'The certificate expires in 4 days' }))
})

test('a renewed certificate is taken while a stream goes on, and a broken one is said and not taken', async () => {
  const open = await LegacySession.open(gateway, '/demo/mcp')
  const stream = await open.listen()
  const events = readEvents(stream.body as ReadableStream<Uint8Array>)
  const next = pairs.make('next', { name: 'second', days: 90 })
  const subject = async (): Promise<string> => (await gateway.http('/health')).json.certificate.subject
  writeFileSync(served.keyPath, 'nothing')
  await until('the attention list to say so', async () => (await gateway.http('/api/attention')).text.includes('certificate:files'))
  expect(await subject()).toBe('O=ToolDock, CN=first')
  const former = getGlobalDispatcher()
  const agent = new Agent({ connect: { ca: [readFileSync(served.certPath), readFileSync(next.certPath)] } })
  copyFileSync(next.keyPath, served.keyPath)
  copyFileSync(next.certPath, served.certPath)
  setGlobalDispatcher(agent)
  await until('the renewed certificate', async () => (await subject()) === 'O=ToolDock, CN=second')
  expect((await gateway.http('/api/attention')).text).not.toContain('certificate')
  const { text: called } = await gateway.http('/api/execute', { body: { namespace: 'demo', tool: 'greet' } })
  expect(called).toMatch(/"type":"finished".*hello/)
  gateway.write('demo', {
    'more.ts': `import { defineTool } from 'tooldock'\nexport const more = defineTool({ description: 'More.', handler: () => 'more' })\n`,
  })
  expect((await gateway.reload('demo')).status).toBe(200)
  for (let { value, done } = await events.next(); !done; { value, done } = await events.next()) if (value?.data.includes('tools/list_changed')) break
  await open.end()
  await former.close()
})

describe('a start', () => {
  /** What the gateway prints and how it ends. */
  async function failedStart(env: Record<string, string>): Promise<{ readonly code: number | null; readonly errors: string }> {
    const root = join(import.meta.dirname, '../..')
    const base = { PATH: '/usr/bin:/bin', NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compile'), ADMIN_PORT: '0', DATA_DIR: join(pairs.dir, 'data') }
    const child = spawn(process.execPath, ['--disable-sigusr1', join(root, 'packages/server/src/main.ts')], {
      cwd: pairs.dir,
      env: { ...base, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number | null]>])
    return { code, errors: errors.trim() }
  }

  test('with half a pair, or one that cannot be used, is refused in one line with exit code 1', async () => {
    const other = pairs.make('other')
    expect(await failedStart({ SSL_CERT_PATH: other.certPath })).toEqual({
      code: 1,
      errors: 'tooldock: SSL_KEY_PATH must be set too when SSL_CERT_PATH is: TLS needs a certificate and its key',
    })
    expect(await failedStart({ SSL_CERT_PATH: other.certPath, SSL_KEY_PATH: '/nowhere/key.pem' })).toEqual({
      code: 1,
      errors: 'tooldock: SSL_KEY_PATH is /nowhere/key.pem, which cannot be read: there is no such file.',
    })
  })
})
