import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTestDataDir, fixture, openTestServers, removeTestDataDir, type TestServers } from './test-servers.ts'

vi.setConfig({ testTimeout: 60_000 })

/** A legacy server over Streamable HTTP, with sessions; it lists one tool more to clients that can sample. */
interface Remote {
  readonly url: string
  readonly port: number
  /** Capabilities by session. */
  readonly sessions: Map<string, Record<string, unknown>>
  readonly headers: string[]
  close(): Promise<void>
}

async function startRemote(port = 0): Promise<Remote> {
  const sessions = new Map<string, Record<string, unknown>>()
  const headers: string[] = []
  let count = 0
  const server: Server = createServer(async (request, response) => {
    headers.push(String(request.headers['x-key']))
    const session = String(request.headers['mcp-session-id'] ?? '')
    if (request.method === 'GET') return response.writeHead(405).end()
    if (request.method === 'DELETE') {
      sessions.delete(session)
      return response.writeHead(204).end()
    }
    const { id, method, params } = JSON.parse(Buffer.concat(await request.toArray()).toString())
    const answer = (body: object, more: Record<string, string> = {}) =>
      response.writeHead(200, { 'content-type': 'application/json', ...more }).end(JSON.stringify({ jsonrpc: '2.0', id, ...body }))
    if (id === undefined) return response.writeHead(202).end()
    if (method === 'initialize') {
      const made = `session-${++count}`
      sessions.set(made, params.capabilities)
      return answer(
        { result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'remote', version: '1' } } },
        { 'mcp-session-id': made },
      )
    }
    if (method === 'server/discover') return answer({ error: { code: -32601, message: 'Method not found' } })
    const capabilities = sessions.get(session)
    if (capabilities === undefined) return response.writeHead(404).end()
    const named = (name: string) => ({ name, inputSchema: { type: 'object' } })
    if (method === 'tools/list') return answer({ result: { tools: [named('session'), ...(capabilities.sampling === undefined ? [] : [named('sample')])] } })
    if (method === 'tools/call') return answer({ result: { content: [{ type: 'text', text: session }] } })
    return answer({ result: {} })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${bound}/mcp`,
    port: bound,
    sessions,
    headers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

let dataDir: string
let servers: TestServers
let remote: Remote
beforeEach(async () => {
  dataDir = await createTestDataDir()
  servers = await openTestServers(dataDir, {
    config: { serverHealthIntervalSeconds: 0.2, serverHealthTimeoutSeconds: 1, restartDelayMs: 100, restartDelayMaxSeconds: 1 },
  })
  remote = await startRemote()
})
afterEach(async () => {
  await servers.close()
  await remote.close()
  await removeTestDataDir(dataDir)
})

const at = (url: string, headers: Record<string, string> = {}) => fixture('far', 'well', { source: { kind: 'remote', url, headers, transport: 'auto' } })

it('a remote server is reached with its headers, secrets in place, and costs no process', async () => {
  await servers.secrets.set({ name: 'KEY', value: 'the-key' })
  const key = 'Bearer ${secret:KEY}'
  await servers.service.create(at(remote.url, { 'X-Key': key }))
  expect(await servers.until('far', 'running')).toMatchObject({ pid: null, rssBytes: null, server: { era: 'legacy', info: { name: 'remote' } } })
  expect(new Set(remote.headers)).toEqual(new Set(['Bearer the-key']))
  expect(await servers.call('far', 'session', {}, { clientCapabilities: {} })).toMatch(/^session-/)
  expect(servers.processes.size).toBe(0)
})

it('clients with other capabilities have another session upstream, and see what it lists to them', async () => {
  await servers.service.create(at(remote.url))
  await servers.until('far', 'running')
  const { variantFor, tools } = servers.published('far')
  expect(tools.map(({ name }) => name)).toEqual(['session', 'sample'])
  const plain = await variantFor?.({}, 'modern')
  expect(plain?.tools.map(({ name }) => name)).toEqual(['session'])
  expect(await variantFor?.({}, 'modern')).toBe(plain)
  const sessionOf = (clientCapabilities: Record<string, unknown>) => servers.call('far', 'session', {}, { clientCapabilities })
  expect(await sessionOf({})).not.toBe(await sessionOf({ sampling: {} }))
  expect(await sessionOf({})).toBe(await sessionOf({}))
  expect([...remote.sessions.values()]).toContainEqual({})
  await servers.service.stopServer('far')
  await vi.waitFor(() => expect(remote.sessions.size).toBe(0))
})

it('one that cannot be reached has failed in words when a person waits for it, and is tried again when it was there', async () => {
  await remote.close()
  await servers.service.create(at(remote.url))
  expect((await servers.until('far', 'failed')).reason).toMatch(/reach|refused|ECONNREFUSED/i)
  remote = await startRemote(remote.port)
  await servers.service.startServer('far')
  await servers.until('far', 'running')
  await remote.close()
  await servers.until('far', ({ state }) => state === 'backing_off' || state === 'failed')
  expect(servers.published('far').tools).toHaveLength(2)
  remote = await startRemote(remote.port)
  await servers.until('far', 'running')
  expect(await servers.call('far', 'session')).toMatch(/^session-/)
})

it('a session that the server forgot is begun anew without a failed call', async () => {
  await servers.service.create(at(remote.url))
  await servers.until('far', 'running')
  const before = await servers.call('far', 'session')
  remote.sessions.clear()
  expect(await servers.call('far', 'session')).not.toBe(before)
  expect(servers.service.get('far').state).toBe('running')
})

it.each([
  ['that says that it is dual is listed to a legacy client in its era before any call', ['2026-07-28', '2025-11-25'], 'legacy'],
  [
    'that does not say that it is dual gets no initialize for lists alone, and is listed in the era of the client after its first call',
    ['2026-07-28'],
    'modern',
  ],
])('a modern server %s', async (_, supportedVersions, first) => {
  const methods: string[] = []
  const server = createServer(async (request, response) => {
    const { id, method, params } = JSON.parse(Buffer.concat(await request.toArray()).toString() || '{}')
    if (request.method !== 'POST') return response.writeHead(405).end()
    if (id === undefined) return response.writeHead(202).end()
    methods.push(method)
    const isModern = params?._meta?.['io.modelcontextprotocol/protocolVersion'] === '2026-07-28'
    const results: Record<string, object> = {
      'server/discover': { supportedVersions, capabilities: { tools: {} } },
      initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'silent', version: '1' } },
      'tools/list': { tools: [{ name: isModern ? 'modern' : 'legacy', inputSchema: { type: 'object' } }] },
      'tools/call': { content: [{ type: 'text', text: isModern ? 'modern' : 'legacy' }] },
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { ...(isModern ? { resultType: 'complete' } : {}), ...results[method] } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await servers.service.create(at(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`))
    await servers.until('far', 'running')
    const listed = async () => (await servers.published('far').variantFor?.({}, 'legacy'))?.tools.map(({ name }) => name)
    expect(await listed()).toEqual([first])
    expect(methods.includes('initialize')).toBe(first === 'legacy')
    expect(await servers.call('far', first, {}, { era: 'legacy', clientCapabilities: {} })).toBe('legacy')
    expect(await listed()).toEqual(['legacy'])
    expect(methods.filter((method) => method === 'initialize')).toHaveLength(1)
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
