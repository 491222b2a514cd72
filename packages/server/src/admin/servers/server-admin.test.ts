import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createEdge, type Edge } from '../../http/edge.ts'
import { TEST_EDGE } from '../../http/test-edge.ts'
import { createTestDataDir, FIXTURE, openTestServers, removeTestDataDir, type TestServers } from '../../servers/test-servers.ts'
import { createEventBus } from '../../telemetry/event-bus.ts'
import { createApiDocument } from '../api-document.ts'
import { registerEventRoutes } from '../events/event-routes.ts'
import { tellChanges } from '../events/tell-changes.ts'
import { createLiveStreams, type LiveStreams } from '../live-streams.ts'
import { type FindUndocumented, readDocumented } from '../test-documented.ts'
import { registerServerAdmin } from './register-server-admin.ts'

vi.setConfig({ testTimeout: 60_000 })

const REGISTERED = {
  server: {
    name: 'io.example/weather',
    description: 'Tells the weather',
    version: '1.0.0',
    packages: [{ registryType: 'npm', identifier: 'weather', version: '1.0.0', environmentVariables: [{ name: 'API_KEY', isRequired: true, isSecret: true }] }],
  },
}

let dataDir: string
let servers: TestServers
let edge: Edge
let liveStreams: LiveStreams
let registry: Server
let findUndocumented: FindUndocumented
beforeEach(async () => {
  dataDir = await createTestDataDir()
  registry = createServer(({ url = '' }, response) => {
    const found = url.startsWith('/v0.1/servers?') ? { servers: [REGISTERED], metadata: {} } : url.includes('weather/versions') ? REGISTERED : undefined
    response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? {}))
  })
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  const registryUrl = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`
  servers = await openTestServers(dataDir, { config: { registryUrl, npmRegistry: registryUrl } })
  liveStreams = createLiveStreams({ streamBufferBytesMax: 1 << 20 })
  const { service, assessor, files, registry: client } = servers.opened
  const deps = {
    config: { jsonDepthMax: 64, keepAliveSeconds: 15, outputLogBytesMax: 1 << 20, upstreamAllowPrivate: true },
    servers: service,
    assessor,
    files,
    registry: client,
    secrets: servers.secrets,
    liveStreams,
    readOutput: servers.output.read,
  }
  const events = createEventBus((error) => {
    throw error
  })
  tellChanges(events, { servers: service, catalog: servers.catalog, keys: { subscribe: () => () => {} } })
  const register = (app: FastifyInstance): void => {
    createApiDocument('0.0.0').register(app)
    registerServerAdmin(app, deps)
    registerEventRoutes(app, { config: deps.config, events, liveStreams })
  }
  edge = createEdge(TEST_EDGE, {
    token: 'test-token',
    frontends: [{ part: 'web', register, onShutdown: liveStreams.close }],
    log: pino({ level: 'silent' }),
    requestLog: () => {},
  })
  await edge.listen()
  findUndocumented = await readDocumented(edge.addresses[0]?.url ?? '', 'test-token')
})
afterEach(async () => {
  await edge.close(0)
  await servers.close()
  registry.closeAllConnections()
  registry.close()
  await removeTestDataDir(dataDir)
})

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on what came, whatever it is
  readonly json: any
}

const urlOf = (path: string): string => `${edge.addresses[0]?.url}/api/${path}`
const HEADERS = { authorization: 'Bearer test-token', 'content-type': 'application/json' }

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(urlOf(path), { method, headers: HEADERS, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  const json: unknown = await response.json()
  expect(findUndocumented(method, `/api/${path}`, response.status, json), `${method} ${path}`).toEqual([])
  return { status: response.status, json }
}

const first = { namespace: 'first', kind: 'command', command: 'node', args: [FIXTURE], env: { LEVEL: 'high', API_TOKEN: 'abcdef' } }

it('creates, shows, stops, starts, changes and removes a server', async () => {
  expect(await ask('POST', 'servers', first)).toMatchObject({ status: 202, json: { namespace: 'first', state: 'starting' } })
  await servers.until('first', 'running')
  expect(await ask('GET', 'servers/first')).toMatchObject({
    status: 200,
    json: {
      state: 'running',
      generation: 1,
      tools: 10,
      config: {
        kind: 'command',
        command: 'node',
        env: { LEVEL: 'high', API_TOKEN: '********' },
        start: true,
        idleStop: 0,
        sharing: 'shared',
        restart: 'on-failure',
      },
    },
  })
  expect(await ask('GET', 'servers')).toMatchObject({ status: 200, json: { servers: [{ namespace: 'first' }] } })
  expect((await ask('GET', 'servers/first/tools')).json.tools.map(({ name }: { name: string }) => name)).toContain('echo')
  expect(await ask('POST', 'servers/first/stop')).toMatchObject({ status: 202, json: { state: 'stopped', config: { start: false } } })
  expect(await ask('POST', 'servers/first/start', {})).toMatchObject({ status: 202, json: { state: 'starting' } })
  await servers.until('first', 'running')
  expect(await ask('PATCH', 'servers/first', { title: 'First', idleStop: 5 })).toMatchObject({ status: 200, json: { title: 'First', config: { idleStop: 5 } } })
  expect(await ask('PATCH', 'servers/first', { title: null, env: { LEVEL: null, MORE: 'x' } })).toMatchObject({
    status: 202,
    json: { change: { state: 'running' } },
  })
  await servers.until('first', ({ change }) => change?.state === 'done')
  const { MORE, LEVEL, API_TOKEN } = JSON.parse(await servers.call('first', 'env'))
  expect([MORE, LEVEL, API_TOKEN]).toEqual(['x', undefined, 'abcdef'])
  expect(await ask('POST', 'servers/first/restart')).toMatchObject({ status: 202 })
  await servers.until('first', 'running')
  expect(await ask('DELETE', 'servers/first')).toEqual({ status: 200, json: { removed: 'first' } })
  expect(await ask('GET', 'servers/first')).toMatchObject({ status: 404, json: { error: { code: 'namespace_not_found' } } })
})

it('says what is wrong with a request: 400, 403 with the checks, 404, 409', async () => {
  const refused: readonly (readonly [number, string, string, unknown?])[] = [
    [400, 'POST', 'servers', { namespace: 'x' }],
    [400, 'POST', 'servers', { ...first, kind: 'magic' }],
    [400, 'POST', 'servers', { ...first, unknown: 1 }],
    [400, 'POST', 'servers', { ...first, env: { A: 1 } }],
    [400, 'POST', 'servers', { ...first, namespace: '../etc' }],
    [400, 'POST', 'servers', { namespace: 'x', kind: 'npm', package: 'https://evil.example/x.tgz' }],
    [403, 'POST', 'servers', { ...first, command: 'bash', args: ['-c', 'id'] }],
    [403, 'POST', 'servers', { ...first, env: { LD_PRELOAD: '/x.so' } }],
    [403, 'POST', 'servers', { namespace: 'x', kind: 'remote', url: 'http://169.254.169.254/mcp' }],
    [404, 'POST', 'servers/none/start'],
    [404, 'GET', 'servers/none/output'],
    [404, 'GET', 'servers/none/files'],
    [404, 'DELETE', 'servers/none'],
    [400, 'POST', 'servers/check', {}],
  ]
  for (const [status, method, path, body] of refused) {
    const answer = await ask(method, path, body)
    expect([answer.status, method, path, body]).toEqual([status, method, path, body])
    expect(answer.json.error.message.length).toBeGreaterThan(10)
  }
  expect((await ask('POST', 'servers', { ...first, command: 'bash' })).json.error.details.checks[0]).toMatchObject({ id: 'runtime_command', status: 'fail' })
  await ask('POST', 'servers', { ...first, start: false })
  expect(await ask('POST', 'servers', first)).toMatchObject({ status: 409, json: { error: { code: 'conflict' } } })
  expect(await ask('POST', 'servers/first/upgrade')).toMatchObject({ status: 400 })
  expect(await ask('PATCH', 'servers/first', { kind: 'remote' })).toMatchObject({ status: 400 })
})

it('gives the output of a server and follows it, and no stream keeps the gateway open', async () => {
  await ask('POST', 'servers', { ...first, args: [FIXTURE, 'exit'], restart: 'never' })
  await servers.until('first', 'failed')
  expect((await ask('GET', 'servers/first')).json.timeline).toMatchObject([{ state: 'starting' }, { state: 'failed', reason: expect.any(String) }])
  await vi.waitFor(async () => expect((await ask('GET', 'servers/first/output')).json.text).toContain('the configuration is missing'))
  const response = await fetch(urlOf('servers/first/output?follow=true'), { headers: HEADERS })
  expect(response.headers.get('content-type')).toContain('text/plain')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let read = ''
  const readUntil = async (text: string): Promise<void> => {
    while (!read.includes(text)) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: '' }
      if (done) throw new Error(`the stream ended without ${text}: ${read}`)
      read += value
    }
  }
  await readUntil('the configuration is missing')
  read = ''
  await ask('POST', 'servers/first/start')
  await readUntil('the configuration is missing')
  const closing = edge.close(10_000)
  while (!(await reader?.read())?.done);
  await closing
})

it('tells state changes as they happen, and ends the stream when the gateway stops', async () => {
  const response = await fetch(urlOf('events'), { headers: HEADERS })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const text = response.text()
  await ask('POST', 'servers', first)
  await servers.until('first', 'running')
  await ask('DELETE', 'servers/first')
  await edge.close(10_000)
  const events = (await text).split('\n').filter((line) => line.startsWith('data: '))
  const told = events.map((line) => JSON.parse(line.slice(6))).filter(({ type }) => type.startsWith('server.'))
  expect(told.map(({ type, state }) => state ?? type)).toEqual(['server.added', 'starting', 'running', 'stopped', 'server.removed'])
})

it('reads and writes the files of a server, and nothing outside of its folder', async () => {
  await ask('POST', 'servers', { ...first, start: false })
  expect(await ask('PUT', 'servers/first/files/config.yaml', { content: 'a: 1\n' })).toMatchObject({ status: 200, json: { name: 'config.yaml', bytes: 5 } })
  expect(await ask('PUT', 'servers/first/files/deep/data.bin', { content: '//8=', encoding: 'base64' })).toMatchObject({ status: 200 })
  expect((await ask('GET', 'servers/first/files')).json.files.map(({ name }: { name: string }) => name)).toEqual(['config.yaml', 'deep/data.bin'])
  expect(await ask('GET', 'servers/first/files/config.yaml')).toEqual({ status: 200, json: { name: 'config.yaml', encoding: 'utf8', content: 'a: 1\n' } })
  expect(await ask('GET', 'servers/first/files/deep/data.bin')).toMatchObject({ json: { encoding: 'base64', content: '//8=' } })
  for (const name of ['..%2f..%2f..%2fsecret.key', '%2fetc%2fpasswd', 'a%00b']) expect((await ask('GET', `servers/first/files/${name}`)).status, name).toBe(400)
  expect(await ask('DELETE', 'servers/first/files/config.yaml')).toMatchObject({ status: 200 })
  expect(await ask('GET', 'servers/first/files/config.yaml')).toMatchObject({ status: 404 })
})

it('imports what a desktop client keeps, one by one, and gives it back', async () => {
  const config = `{ // mine
    "mcpServers": { "well": { "command": "node", "args": [${JSON.stringify(FIXTURE)}] }, "bad": { "command": "bash", "args": ["-c", "id"] }, },
  }`
  expect(await ask('POST', 'servers/import', { config, dryRun: true })).toMatchObject({
    status: 200,
    json: { results: [{ namespace: 'well', state: 'ready' }, {}] },
  })
  expect(await ask('POST', 'servers/import', { config })).toMatchObject({
    status: 202,
    json: {
      results: [
        { namespace: 'well', state: 'created' },
        { name: 'bad', state: 'failed', problems: [expect.stringContaining('bash')] },
      ],
    },
  })
  await servers.until('well', 'running')
  expect((await ask('GET', 'servers?as=client-config')).json).toMatchObject({ mcpServers: { well: { command: 'node', args: [FIXTURE] } } })
})

it('assesses a server, searches the registry, and keeps secrets that never come out', async () => {
  expect(await ask('POST', 'servers/check', first)).toMatchObject({ status: 200, json: { blocked: false, checks: expect.any(Array) } })
  expect(await ask('POST', 'servers/check', { ...first, command: 'bash' })).toMatchObject({ status: 200, json: { blocked: true, risk_level: 'medium' } })
  expect(await ask('POST', 'servers/check', { registryName: 'io.example/weather' })).toMatchObject({
    status: 200,
    json: { suggested_namespace: expect.any(String) },
  })
  const { json } = await ask('GET', 'registry/servers?search=weather')
  expect(json.servers).toMatchObject([{ name: 'io.example/weather', options: [{ kind: 'npm', inputs: [{ id: 'env.API_KEY', secret: true }] }] }])
  expect(await ask('GET', 'registry/servers/io.example%2Fweather')).toMatchObject({ status: 200, json: { suggestedNamespace: 'weather' } })
  expect(await ask('GET', 'registry/servers/none')).toMatchObject({ status: 404 })
  const install = { name: 'io.example/weather', namespace: 'weather', start: false }
  expect(await ask('POST', 'registry/install', install)).toMatchObject({ status: 400, json: { error: { details: { missing: ['env.API_KEY'] } } } })
  const installed = await ask('POST', 'registry/install', { ...install, answers: { 'env.API_KEY': 'the-key' } })
  expect(installed).toMatchObject({
    status: 202,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference to a secret
    json: { config: { kind: 'npm', package: 'weather', version: '1.0.0', env: { API_KEY: '${secret:API_KEY}' } } },
  })
  expect((await ask('GET', 'secrets')).json.secrets).toMatchObject([{ name: 'API_KEY', namespace: 'weather' }])
  expect(await ask('PUT', 'secrets/GLOBAL', { value: 'the-global-value' })).toMatchObject({ status: 200, json: { name: 'GLOBAL' } })
  expect(JSON.stringify((await ask('GET', 'secrets')).json)).not.toMatch(/the-key|the-global-value/)
  expect(await ask('DELETE', 'secrets/GLOBAL')).toMatchObject({ status: 200 })
  expect(await ask('DELETE', 'secrets/GLOBAL')).toMatchObject({ status: 404 })
  expect(await ask('PUT', 'secrets/GLOBAL', { value: 'long enough', namespace: '../x' })).toMatchObject({ status: 400 })
})
