import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Access, openAccess } from '../access/open-access.ts'
import { createCatalog } from '../catalog/catalog.ts'
import { publishedLists } from '../catalog/published-lists.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import { createViews } from '../catalog/view.ts'
import { loadSources } from '../config/describe-settings.ts'
import { loadConfig } from '../config/load-config.ts'
import { createFindHolder } from '../http/auth.ts'
import { createClientLimits } from '../http/client-limits.ts'
import type { Frontend } from '../http/context.ts'
import { createEdge, type Edge } from '../http/edge.ts'
import { createHealth } from '../http/health.ts'
import { createPublicBaseUrl } from '../http/public-url.ts'
import { createMcpFrontend, type McpFrontend } from '../mcp/mcp-frontend.ts'
import { createOpenapi } from '../openapi/openapi-frontend.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import { createEventBus } from '../telemetry/event-bus.ts'
import { openAlerts } from './alerts/open-alerts.ts'
import { createApiDocument } from './api-document.ts'
import { createAttention } from './attention/attention.ts'
import { registerAccessAdmin } from './register-access-admin.ts'
import { readDocumented } from './test-documented.ts'

const ROOT = 'root-token-of-the-test'
const ENV = {
  ADMIN_PORT: '0',
  BEARER_TOKEN: ROOT,
  SIGN_IN_FAILURES_MAX: '3',
  STREAMS_PER_CLIENT_MAX: '2',
  NPM_REGISTRY: 'http://user:hunter2@registry.example',
}

/** Answers every call with the name of its tool. */
function namespace(name: string, tools: readonly string[]): PublishedNamespace {
  return {
    name,
    kind: 'native',
    generation: 'g1',
    ...publishedLists({
      tools: tools.map((tool) => ({ file: 'a.ts', name: tool, inputSchema: { type: 'object' } })),
      resources: [{ file: 'a.ts', name: 'readme', uri: `doc://${name}` }],
      resourceTemplates: [],
      prompts: [{ file: 'a.ts', name: 'hello' }],
      completions: false,
    }),
    upstream: {
      call: ({ params }) => ({
        result: Promise.resolve({ kind: 'complete', isError: false, json: `{"resultType":"complete","content":[{"type":"text","text":"${params.name}"}]}` }),
        cancel: () => {},
      }),
      abandon: () => {},
    },
  }
}

let folder: string
let store: Store
let access: Access
let mcp: McpFrontend
let edge: Edge
let url: string
let nowMs: number
const lines: string[] = []

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const config = loadConfig({ ...ENV, ...env }, '/nonexistent')
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  store = await openStore({ ...config, dataDir: folder, databaseUrl: undefined }, log)
  const now = () => nowMs
  access = await openAccess({ config, store, token: ROOT, log, now })
  const catalog = createCatalog((error) => {
    throw error
  })
  catalog.publish(new Map([['open', namespace('open', ['add', 'sub'])] as const, ['hidden', namespace('hidden', ['add'])] as const]))
  const clientLimits = createClientLimits(config, now)
  const views = createViews(catalog, config.keyViewsMax)
  const publicBaseUrl = createPublicBaseUrl(config)
  const recorder = { record: () => {} }
  mcp = createMcpFrontend(
    { config, catalog, views, recorder, onClientSeen: () => {}, clientStreams: clientLimits.streams, log, version: '0', requestStateKey: randomBytes(32) },
    publicBaseUrl,
  )
  access.onEnd(mcp.endSessionsOf)
  const apiDocument = createApiDocument('0')
  const admin: Frontend = {
    part: 'web',
    register: (app) => {
      apiDocument.register(app)
      registerAccessAdmin(app, {
        ...{ config, views, ...access, version: '0', startedAt: new Date(nowMs).toISOString(), dataDir: folder, database: store.kind },
        sources: loadSources({ ...ENV, ...env }, '/nonexistent'),
        listeners: () => edge.addresses,
        rates: clientLimits.rates,
        findHolder: createFindHolder(ROOT, access.keys.find),
        publicBaseUrl,
        alerts: openAlerts(config, (value) => value, log),
        attention: createAttention({
          events: createEventBus(() => {}),
          log,
          checkMs: 30_000,
          sources: [
            () => [
              { id: 'a', kind: 'draft_waiting', severity: 'warning', title: 'a', detail: '', since: null, subject: { kind: 'namespace', name: 'hidden' } },
              { id: 'b', kind: 'draft_waiting', severity: 'warning', title: 'b', detail: '', since: null, subject: { kind: 'namespace', name: 'open' } },
              { id: 'c', kind: 'draft_waiting', severity: 'error', title: 'c', detail: '', since: null, subject: { kind: 'disk', name: '/' } },
            ],
          ],
        }),
      })
      app.get('/api/namespaces/:ns', { config: { api: { summary: 'looks', role: 'caller' } } }, () => ({ ok: true }))
      app.put('/api/namespaces/:ns/files/a.ts', { config: { api: { summary: 'writes', role: 'author' } } }, () => ({ ok: true }))
      app.post('/api/servers/:ns/stop', { config: { api: { summary: 'administers' } } }, () => ({ ok: true }))
      app.get('/api/tools/:ns/:tool', { config: { api: { summary: 'looks at a tool', role: 'caller' } } }, () => ({ ok: true }))
      app.get('/api/live', { config: { api: { summary: 'goes on', role: 'caller', contentType: 'text/event-stream' } } }, (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
        reply.raw.write(': open\n\n')
      })
    },
  }
  const health = createHealth(config, {
    version: '0',
    store,
    namespacesLoaded: () => true,
    namespaces: () => ['open', 'hidden'].map((name) => ({ name, state: 'published', worker: 'idle', problems: [] })),
    probeListeners: async () => [],
    counts: () => ({}),
    metrics: { contentType: 'text/plain', metrics: async () => 'tooldock_up{namespace="hidden"} 1\n' },
  })
  const openapi = createOpenapi({ config, views, recorder, version: '0' })
  edge = createEdge(config, {
    token: ROOT,
    access: { findKey: access.keys.find, findSignIn: access.signIns.find, onEnd: access.onEnd },
    clientLimits,
    frontends: [mcp, openapi, admin, health],
    log,
  })
  await edge.listen()
  url = edge.addresses[0]?.url ?? ''
}

beforeEach(async () => {
  lines.length = 0
  nowMs = Date.now()
  folder = await mkdtemp(join(tmpdir(), 'tooldock-access-admin-'))
  await mkdir(join(folder, 'db'))
})
afterEach(async () => {
  await edge.close(0)
  mcp.close()
  await access.close()
  await store.close()
  await rm(folder, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on what came, whatever it is
  readonly json: any
}
interface Asked {
  readonly method?: string
  readonly token?: string | undefined
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

async function ask(path: string, { method, token, headers = {}, body }: Asked = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined }
}
async function makeKey(given: object): Promise<{ readonly id: string; readonly secret: string }> {
  const { status, json } = await ask('/api/keys', { token: ROOT, body: { name: 'k', ...given } })
  expect([status, json.error]).toEqual([201, undefined])
  return { id: json.key.id, secret: json.secret }
}
const rpc = (method: string, params: object = {}) => ({ jsonrpc: '2.0', id: 1, method, params })

describe('what a key sees', () => {
  beforeEach(() => start())

  it('is all there is for it: in lists, documents, calls, health and errors', async () => {
    const { id, secret } = await makeKey({ role: 'caller', namespaces: ['open'] })
    const get = async (path: string, token = secret) => {
      const { status, text } = await ask(path, { token })
      expect(status, path).toBe(200)
      return text
    }
    for (const path of ['/mcp/namespaces', '/mcp/info', '/openapi/openapi.json', '/openapi/tools', '/health', '/open/mcp/info', '/api/attention'])
      expect(await get(path), path).not.toContain('hidden')
    expect(await get('/mcp/namespaces', ROOT)).toContain('hidden')
    const list = await ask('/mcp', { token: secret, body: rpc('tools/list') })
    expect(list.json.result.tools.map(({ name }: { name: string }) => name)).toEqual(['open__add', 'open__sub'])
    expect((await ask('/openapi/tools/open__add', { token: secret, body: {} })).json).toEqual({ content: [{ type: 'text', text: 'add' }] })
    expect((await ask('/api/attention', { token: secret })).json.items.map((item: { id: string }) => item.id)).toEqual(['b'])
    expect((await ask(`/api/keys/${id}/visible`, { token: ROOT })).json).toEqual({ namespaces: [{ name: 'open', kind: 'native', tools: ['add', 'sub'] }] })
  })

  it('is told apart from what does not exist by nobody', async () => {
    const { secret } = await makeKey({ role: 'author', namespaces: ['open'] })
    const strip = ({ status, text }: Answer, name: string) => [status, text.replaceAll(name, '?').replace(/"requestId":"[^"]*"/, '')]
    const asks: [string, Asked][] = [
      ['/NAME/mcp', { body: rpc('tools/list') }],
      ['/NAME/openapi/openapi.json', {}],
      ['/NAME/openapi/tools/add', { body: {} }],
      ['/openapi/tools/NAME__add', { body: {} }],
      ['/mcp', { body: rpc('tools/call', { name: 'NAME__add' }) }],
      ['/mcp', { body: rpc('resources/read', { uri: 'tooldock://NAME/doc://NAME' }) }],
      ['/api/namespaces/NAME', {}],
      ['/api/namespaces/NAME/files/a.ts', { method: 'PUT', body: {} }],
      ['/api/servers/NAME/stop', { body: {} }],
    ]
    for (const [path, asked] of asks) {
      const of = async (name: string) =>
        strip(
          await ask(path.replace('NAME', name), {
            ...asked,
            token: secret,
            body: asked.body && JSON.parse(JSON.stringify(asked.body).replaceAll('NAME', name)),
          }),
          name,
        )
      const hidden = await of('hidden')
      expect(hidden, path).toEqual(await of('nobody'))
      expect(JSON.stringify(hidden), path).toMatch(/not_found/)
    }
  })

  it('can be single tools; then neither prompts nor resources of their namespace exist', async () => {
    const { secret } = await makeKey({ role: 'caller', tools: ['open__add'] })
    const list = async (path: string, method: string) => (await ask(path, { token: secret, body: rpc(method) })).json.result
    for (const [path, name] of [
      ['/mcp', 'open__add'],
      ['/open/mcp', 'add'],
    ] as const) {
      expect((await list(path, 'tools/list')).tools).toMatchObject([{ name }])
      expect(await list(path, 'prompts/list')).toEqual({ prompts: [] })
      expect(await list(path, 'resources/list')).toEqual({ resources: [] })
    }
    expect((await ask('/open/openapi/tools/sub', { token: secret, body: {} })).status).toBe(404)
    expect((await ask('/open/openapi/tools/add', { token: secret, body: {} })).status).toBe(200)
    expect((await ask('/open/mcp', { token: secret, body: rpc('resources/read', { uri: 'doc://open' }) })).json.error.data.code).toBe('resource_not_found')
    expect((await ask('/hidden/mcp', { token: secret, body: rpc('tools/list') })).status).toBe(404)
    expect([(await ask('/api/tools/open/add', { token: secret })).status, (await ask('/api/tools/open/sub', { token: secret })).status]).toEqual([200, 404])
  })
})

describe('roles', () => {
  beforeEach(() => start())

  it('allow what they say, on what is seen', async () => {
    const keys = {
      caller: (await makeKey({ role: 'caller' })).secret,
      author: (await makeKey({ role: 'author' })).secret,
      narrow: (await makeKey({ role: 'author', namespaces: ['open'] })).secret,
      admin: (await makeKey({ role: 'admin' })).secret,
      root: ROOT,
      nobody: undefined,
    }
    const write: Asked = { method: 'PUT', body: {} }
    const table: [string, Asked, Record<keyof typeof keys, number>][] = [
      ['/open/mcp', { body: rpc('tools/list') }, { caller: 200, author: 200, narrow: 200, admin: 200, root: 200, nobody: 401 }],
      ['/openapi/openapi.json', {}, { caller: 200, author: 200, narrow: 200, admin: 200, root: 200, nobody: 401 }],
      ['/api/session', {}, { caller: 200, author: 200, narrow: 200, admin: 200, root: 200, nobody: 401 }],
      ['/api/attention', {}, { caller: 200, author: 200, narrow: 200, admin: 200, root: 200, nobody: 401 }],
      ['/api/namespaces/open', {}, { caller: 200, author: 200, narrow: 200, admin: 200, root: 200, nobody: 401 }],
      ['/api/namespaces/hidden', {}, { caller: 200, author: 200, narrow: 404, admin: 200, root: 200, nobody: 401 }],
      ['/api/namespaces/open/files/a.ts', write, { caller: 403, author: 200, narrow: 200, admin: 200, root: 200, nobody: 401 }],
      ['/api/namespaces/hidden/files/a.ts', write, { caller: 403, author: 200, narrow: 404, admin: 200, root: 200, nobody: 401 }],
      ['/api/servers/open/stop', { body: {} }, { caller: 403, author: 403, narrow: 403, admin: 200, root: 200, nobody: 401 }],
      ['/api/keys', {}, { caller: 403, author: 403, narrow: 403, admin: 200, root: 200, nobody: 401 }],
      ['/api/settings', {}, { caller: 403, author: 403, narrow: 403, admin: 200, root: 200, nobody: 401 }],
      ['/api/about', {}, { caller: 403, author: 403, narrow: 403, admin: 200, root: 200, nobody: 401 }],
      ['/metrics', {}, { caller: 403, author: 403, narrow: 403, admin: 200, root: 200, nobody: 401 }],
    ]
    for (const [path, asked, expected] of table) {
      const actual: Record<string, number> = {}
      for (const [who, token] of Object.entries(keys)) actual[who] = (await ask(path, { ...asked, token })).status
      expect(actual, path).toEqual(expected)
    }
    const refused = await ask('/api/keys', { token: keys.author })
    expect(refused.json.error).toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/role admin.*role author/),
      details: { role: 'author', needed: 'admin' },
    })
  })
})

describe('keys over the API', () => {
  beforeEach(() => start())

  it('are made, changed and revoked as the document says, and the secret is in no later answer and no log line', async () => {
    const undocumented = await readDocumented(url, ROOT)
    const answers: string[] = []
    const step = async (method: string, path: string, body?: unknown): Promise<Answer> => {
      const answer = await ask(path, { method, token: ROOT, ...(body === undefined ? {} : { body }) })
      expect(undocumented(method, path, answer.status, answer.json), `${method} ${path}`).toEqual([])
      answers.push(answer.text)
      return answer
    }
    const created = await ask('/api/keys', {
      token: ROOT,
      body: { name: 'ci', role: 'caller', rateLimit: { perSecond: 5, burst: 5 }, expiresAt: '2100-01-01T00:00:00Z' },
    })
    expect([created.status, created.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const { key, secret } = created.json
    expect((await ask('/mcp/namespaces', { token: secret })).status).toBe(200)
    expect((await step('GET', '/api/keys')).json.keys).toMatchObject([
      { id: key.id, prefix: secret.slice(0, 9), role: 'caller', lastUsedAt: expect.any(String) },
    ])
    expect((await step('PATCH', `/api/keys/${key.id}`, { name: 'renamed', namespaces: ['open'] })).json).toMatchObject({
      name: 'renamed',
      namespaces: ['open'],
      role: 'caller',
    })
    await step('GET', `/api/keys/${key.id}`)
    await step('GET', `/api/keys/${key.id}/visible`)
    expect((await step('DELETE', `/api/keys/${key.id}`)).json).toEqual({ removed: key.id })
    expect((await ask('/mcp/namespaces', { token: secret })).status).toBe(401)
    expect((await ask(`/api/keys/${key.id}`, { token: ROOT })).json.error.code).toBe('not_found')
    for (const body of [
      { role: 'caller' },
      { name: 'x', role: 'god' },
      { name: 'x', role: 'caller', namespaces: ['../etc'] },
      { name: 'x', role: 'caller', tools: ['add'] },
    ])
      expect((await ask('/api/keys', { token: ROOT, body })).json.error.code).toBe('invalid_params')
    expect([...answers, ...lines].join('\n')).not.toContain(secret)
    expect(lines.join('\n')).not.toContain(ROOT)
  })

  it('can change and revoke themselves, and are answered', async () => {
    const { id, secret } = await makeKey({ role: 'admin' })
    const change = { method: 'PATCH', token: secret, body: { expiresAt: '2100-01-01T00:00:00Z' } }
    expect((await ask(`/api/keys/${id}`, change)).json).toMatchObject({ id, expiresAt: '2100-01-01T00:00:00Z' })
    expect((await ask(`/api/keys/${id}`, { method: 'DELETE', token: secret })).json).toEqual({ removed: id })
    expect((await ask('/api/keys', { token: secret })).status).toBe(401)
  })

  it('that are revoked or changed end what is open for them; others stay', async () => {
    const { id, secret } = await makeKey({ role: 'caller', namespaces: ['open'] })
    const other = await makeKey({ role: 'caller' })
    const open = async (path: string, token: string, init: RequestInit = {}) => {
      const response = await fetch(`${url}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream, application/json', ...init.headers },
      })
      expect(response.status, path).toBe(200)
      // What comes before the end does not matter; a connection that is cut fails.
      return {
        ended: response.text().then(
          () => 'ended',
          () => 'ended',
        ),
        headers: response.headers,
      }
    }
    const initialize = (token: string) =>
      ask('/open/mcp', { token, body: rpc('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '0' } }) })
    const session = { 'mcp-session-id': (await initialize(secret)).headers.get('mcp-session-id') ?? '' }
    const mine = [await open('/open/mcp', secret, { headers: session }), await open('/api/live', secret)]
    const theirs = await open('/open/sse', other.secret)
    expect(mcp.sessions).toBe(2)
    await ask(`/api/keys/${id}`, { method: 'PATCH', token: ROOT, body: { namespaces: ['hidden'] } })
    expect(await Promise.all(mine.map(({ ended }) => ended))).toEqual(['ended', 'ended'])
    expect(mcp.sessions).toBe(1)
    expect((await ask('/open/mcp', { token: secret, body: rpc('tools/list') })).status).toBe(404)

    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} }
    const listen = rpc('subscriptions/listen', { notifications: { toolsListChanged: true }, _meta: meta })
    const modern = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' }
    const later = [await open('/mcp', secret, { method: 'POST', body: JSON.stringify(listen), headers: modern }), await open('/sse', secret)]
    await ask(`/api/keys/${id}`, { method: 'DELETE', token: ROOT })
    expect(await Promise.all(later.map(({ ended }) => ended))).toEqual(['ended', 'ended'])
    expect([mcp.sessions, mcp.streams]).toEqual([1, 1])
    await ask(`/api/keys/${other.id}`, { method: 'DELETE', token: ROOT })
    expect(await theirs.ended).toBe('ended')
    await expect.poll(() => [mcp.sessions, mcp.streams]).toEqual([0, 0])
  })
})

describe('signing in', () => {
  const cookieOf = (answer: Answer): string => answer.headers.get('set-cookie')?.split(';')[0] ?? ''

  it('gives a cookie for the admin API alone, that scripts and other sites cannot use', async () => {
    await start()
    const answer = await ask('/api/session', { body: { token: ROOT } })
    expect(answer.json).toMatchObject({ principal: { id: 'token', role: 'admin' }, csrfToken: expect.any(String), authDisabled: false })
    expect(answer.headers.get('set-cookie')).toMatch(/^tooldock_session=[\w-]{43}; Path=\/api; HttpOnly; SameSite=Strict; Max-Age=86400$/)
    const cookie = cookieOf(answer)
    expect((await ask('/api/session', { headers: { cookie } })).json).toEqual(answer.json)
    for (const path of ['/mcp/namespaces', '/openapi/openapi.json', '/metrics']) expect((await ask(path, { headers: { cookie } })).status, path).toBe(401)
    for (const site of ['cross-site', 'same-site']) expect((await ask('/api/keys', { headers: { cookie, 'sec-fetch-site': site } })).status).toBe(401)
    expect((await ask('/api/keys', { headers: { cookie, authorization: 'Bearer wrong' } })).status).toBe(401)
    expect((await ask('/api/session', { body: { token: ROOT }, headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
  })

  it('lets a change through with the CSRF token only, and is over after signing out, open streams included', async () => {
    await start()
    const answer = await ask('/api/session', { body: { token: ROOT } })
    const cookie = cookieOf(answer)
    const body = { name: 'by cookie', role: 'caller' }
    for (const headers of [{ cookie }, { cookie, 'x-csrf-token': 'wrong' }, { cookie, 'x-csrf-token': answer.json.csrfToken.toLowerCase() }])
      expect((await ask('/api/keys', { body, headers })).json.error.code).toBe('csrf_failed')
    const headers = { cookie, 'x-csrf-token': answer.json.csrfToken }
    expect((await ask('/api/keys', { body, headers })).status).toBe(201)
    const live = await fetch(`${url}/api/live`, { headers: { cookie } })
    expect((await ask('/api/session', { method: 'DELETE', headers: { cookie } })).status).toBe(403)
    const out = await ask('/api/session', { method: 'DELETE', headers })
    expect([out.json, out.headers.get('set-cookie')]).toEqual([{ signedOut: true }, expect.stringMatching(/^tooldock_session=; .*Max-Age=0$/)])
    await live.text().catch(() => '')
    expect((await ask('/api/session', { headers: { cookie } })).status).toBe(401)
    expect(lines.join('\n')).not.toContain(cookie.split('=')[1])
  })

  it('works with a key, as who the key is for', async () => {
    await start()
    const { id, secret } = await makeKey({ role: 'author', namespaces: ['open'] })
    const answer = await ask('/api/session', { body: { token: secret } })
    expect(answer.json.principal).toEqual({ kind: 'key', id, name: 'k', role: 'author' })
    const cookie = cookieOf(answer)
    expect([(await ask('/api/keys', { headers: { cookie } })).status, (await ask('/api/namespaces/hidden', { headers: { cookie } })).status]).toEqual([
      403, 404,
    ])
    await ask(`/api/keys/${id}`, { method: 'DELETE', token: ROOT })
    expect((await ask('/api/session', { headers: { cookie } })).status).toBe(401)
  })

  it('works by a link once, and not after five minutes', async () => {
    await start()
    const code = access.codes.create()
    expect((await ask('/api/session', { body: { code } })).json.principal.role).toBe('admin')
    expect((await ask('/api/session', { body: { code } })).json.error).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('5 minutes') })
    const late = access.codes.create()
    nowMs += 5 * 60_000
    expect((await ask('/api/session', { body: { code: late } })).status).toBe(401)
  })

  it('is refused with 429 for a while after some failures, right or wrong, while tokens go on working', async () => {
    await start()
    for (let failure = 0; failure < 3; failure++) expect((await ask('/api/session', { body: { token: 'wrong' } })).status).toBe(401)
    const refused = await ask('/api/session', { body: { token: ROOT } })
    expect([refused.status, refused.json.error.code, refused.headers.get('retry-after')]).toEqual([429, 'rate_limited', '20'])
    expect((await ask('/api/session', { token: ROOT })).status).toBe(200)
    nowMs += 20_000
    expect((await ask('/api/session', { body: { token: ROOT } })).status).toBe(200)
  })

  it('is not needed when authentication is off', async () => {
    await start({ AUTH_DISABLED: 'true' })
    expect((await ask('/api/session')).json).toEqual({
      principal: { kind: 'anonymous', id: 'anonymous', name: 'anonymous', role: 'admin' },
      csrfToken: null,
      expiresAt: null,
      authDisabled: true,
    })
    expect((await ask('/api/keys')).status).toBe(200)
  })
})

describe('limits', () => {
  it('of rate hold for a key and for an address, in the shape of the address, health excepted', async () => {
    await start({ RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_PER_SECOND: '1', RATE_LIMIT_BURST: '4' })
    const { secret } = await makeKey({ role: 'caller', rateLimit: { perSecond: 0.5, burst: 2 } })
    const list = { token: secret, body: rpc('tools/list') }
    expect([(await ask('/mcp', list)).status, (await ask('/mcp', list)).status]).toEqual([200, 200])
    const refused = await ask('/mcp', list)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
    expect(refused.json).toMatchObject({ jsonrpc: '2.0', error: { code: -32600, data: { code: 'rate_limited', retryAfterSeconds: 2 } } })
    // Of the address three are left: one made the key.
    for (let request = 0; request < 3; request++) expect((await ask('/no-such-page')).status).toBe(404)
    const anonymous = await ask('/no-such-page')
    expect([anonymous.status, anonymous.json.error.code, anonymous.headers.get('retry-after')]).toEqual([429, 'rate_limited', '1'])
    expect((await ask('/openapi/tools', { token: ROOT })).status).toBe(429)
    expect((await ask('/health')).status).toBe(200)
    nowMs += 2000
    expect((await ask('/mcp', list)).status).toBe(200)
    expect((await ask('/openapi/tools', { token: ROOT })).status).toBe(200)
  })

  it('of rate are off unless they are asked for, but for a key that has its own', async () => {
    await start({ RATE_LIMIT_PER_SECOND: '1', RATE_LIMIT_BURST: '1' })
    for (let request = 0; request < 5; request++) expect((await ask('/openapi/tools', { token: ROOT })).status).toBe(200)
    const { secret } = await makeKey({ role: 'caller', rateLimit: { perSecond: 1, burst: 1 } })
    expect([(await ask('/openapi/tools', { token: secret })).status, (await ask('/openapi/tools', { token: secret })).status]).toEqual([200, 429])
  })

  it('of event streams hold for each client, over all addresses together', async () => {
    await start()
    const key = await makeKey({ role: 'caller' })
    const open = (path: string, token: string) => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' } })
    const streams = [await open('/open/sse', key.secret), await open('/api/live', key.secret)]
    expect(streams.map(({ status }) => status)).toEqual([200, 200])
    for (const path of ['/open/sse', '/api/live']) expect((await open(path, key.secret)).status).toBe(429)
    const other = await open('/api/live', ROOT)
    expect(other.status).toBe(200)
    await streams[1]?.body?.cancel()
    await expect.poll(async () => (await open('/api/live', key.secret)).status).toBe(200)
  })

  it('of connections hold for each address', async () => {
    await start({ CONNECTIONS_PER_ADDRESS_MAX: '2' })
    const live = () => fetch(`${url}/api/live`, { headers: { authorization: `Bearer ${ROOT}` } })
    const open = [await live(), await live()]
    await expect(live()).rejects.toThrow()
    await open[0]?.body?.cancel()
    await expect
      .poll(() =>
        live().then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200)
  })
})

it('shows settings with their source, secrets masked, and what this ToolDock is', async () => {
  await start({ BODY_BYTES_MAX: '5000' })
  const undocumented = await readDocumented(url, ROOT)
  const { json, text } = await ask('/api/settings', { token: ROOT })
  expect(undocumented('GET', '/api/settings', 200, json)).toEqual([])
  const of = (env: string) => json.settings.find((setting: { env: string }) => setting.env === env)
  expect(of('BODY_BYTES_MAX')).toMatchObject({ value: '5000', default: '4194304', source: 'environment', unit: 'bytes' })
  expect(of('HOST')).toMatchObject({ value: '127.0.0.1', source: 'default' })
  expect(of('BEARER_TOKEN')).toMatchObject({ value: '••••••••', source: 'environment', secret: true })
  expect(of('DATABASE_URL')).toMatchObject({ value: null, source: 'default' })
  expect(text).not.toMatch(new RegExp(`${ROOT}|hunter2`))
  const about = await ask('/api/about', { token: ROOT })
  expect(undocumented('GET', '/api/about', 200, about.json)).toEqual([])
  expect(about.json).toMatchObject({ version: '0', dataDir: folder, urls: { listeners: [{ name: 'main', url }] }, limits: { BODY_BYTES_MAX: 5000 } })
  const attention = await ask('/api/attention', { token: ROOT })
  expect(undocumented('GET', '/api/attention', 200, attention.json)).toEqual([])
  expect(attention.json.items.map(({ id }: { id: string }) => id)).toEqual(['c', 'a', 'b'])
})
