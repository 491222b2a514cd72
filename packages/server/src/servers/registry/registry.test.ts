import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createGetJson, type GetJsonConfig } from './get-json.ts'
import { installForm } from './install-form.ts'
import { createRegistryClient, type RegistryClient } from './registry-client.ts'
import { SERVER_JSON } from './server-json.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function client(
  registryUrl: string,
  change: Partial<GetJsonConfig> = {},
  cache = { registryCacheMinutes: 10, registryCacheMax: 100 },
  now?: () => number,
): RegistryClient {
  const getJson = createGetJson({
    httpProxy: undefined,
    httpsProxy: undefined,
    noProxy: undefined,
    registryTimeoutSeconds: 15,
    registryBytesMax: 1_000_000,
    ...change,
  })
  closing.push(() => getJson.close())
  return createRegistryClient({ config: { registryUrl, ...cache }, getJson, ...(now === undefined ? {} : { now }) })
}

const official = (isLatest: boolean) => ({ 'io.modelcontextprotocol.registry/official': { status: 'active', publishedAt: '2026-01-01T00:00:00Z', isLatest } })
const entry = (name: string, version = '1.0.0', isLatest = true) => ({ server: { name, description: 'd', version, packages: [] }, _meta: official(isLatest) })
const json =
  (value: unknown): RequestListener =>
  (_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(value))

it('searches for latest versions only, page by page', async () => {
  const asked: string[] = []
  const url = await serve((request, response) => {
    asked.push(request.url ?? '')
    json({
      servers: [entry('a/one', '2.0.0'), entry('a/one', '1.0.0', false), entry('a/two'), { server: { description: 'no name' } }, 7],
      metadata: { nextCursor: 'a/two:1.0.0', count: 5 },
    })(request, response)
  })
  const page = await client(url).search({ query: ' files & more ', limit: 5, cursor: 'x y' })
  expect(page).toMatchObject({ servers: [{ name: 'a/one', version: '2.0.0' }, { name: 'a/two' }], nextCursor: 'a/two:1.0.0', skipped: 2 })
  expect(asked).toEqual(['/v0.1/servers?version=latest&limit=5&search=files+%26+more&cursor=x+y'])
})

it('takes no more entries than it asked for, and asks for at most 100', async () => {
  const asked: string[] = []
  const url = await serve((request, response) => {
    asked.push(request.url ?? '')
    json({ servers: Array.from({ length: 500 }, (_, index) => entry(`a/${index}`)), metadata: {} })(request, response)
  })
  expect((await client(url).search({ limit: 10_000 })).servers).toHaveLength(100)
  expect(asked[0]).toContain('limit=100')
})

it('finds one server by its whole name, or none', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/v0.1/servers/io.github.a%2Fb%3F/versions/latest') return json(entry('io.github.a/b?'))(request, response)
    response.writeHead(404).end('{}')
  })
  expect(await client(url).find('io.github.a/b?')).toMatchObject({ name: 'io.github.a/b?' })
  expect(await client(url).find('io.github.a/none')).toBeUndefined()
})

it('keeps answers for REGISTRY_CACHE_MINUTES, shares what is under way, and keeps no failure', async () => {
  let asked = 0
  let status = 500
  const url = await serve((request, response) => {
    asked++
    if (status !== 200) return response.writeHead(status).end()
    json({ servers: [entry('a/b')] })(request, response)
  })
  let now = 0
  const registry = client(url, {}, { registryCacheMinutes: 1, registryCacheMax: 2 }, () => now)
  await expect(registry.search({})).rejects.toMatchObject({ code: 'registry_unavailable' })
  status = 200
  await Promise.all([registry.search({}), registry.search({}), registry.search({})])
  expect(asked).toBe(2)
  now = 60_001
  await registry.search({})
  expect(asked).toBe(3)
  for (const query of ['x', 'y', 'z']) await registry.search({ query })
  await registry.search({})
  expect(asked).toBe(7)
})

it.each<[string, RequestListener, Partial<GetJsonConfig>, RegExp]>([
  ['is silent', () => {}, { registryTimeoutSeconds: 1 }, /did not answer within 1 s/],
  ['stops in the middle', (_, response) => void response.write('{"servers": ['), { registryTimeoutSeconds: 1 }, /did not answer within 1 s/],
  ['breaks off', (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy()), {}, /cannot be reached/],
  ['is too large', json({ servers: ['x'.repeat(5000)] }), { registryBytesMax: 1024 }, /more than 1024 bytes/],
  ['is no JSON', (_, response) => void response.end('<html>'), {}, /not JSON/],
  ['is no list', json({ error: 'x' }), {}, /no list of servers/],
  ['is an error', (_, response) => void response.writeHead(503).end(), {}, /answered 503/],
  ['leads elsewhere', (_, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end(), {}, /answered 302/],
])('an answer that %s is registry_unavailable in clear words', async (_, listener, change, words) => {
  await expect(client(await serve(listener), change).search({})).rejects.toMatchObject({ code: 'registry_unavailable', message: expect.stringMatching(words) })
})

it('a registry that cannot be reached is named, without a password', async () => {
  const url = await serve(() => {})
  closing.splice(0)[0]?.()
  await expect(client(url.replace('//', '//user:pass-word@')).search({})).rejects.toMatchObject({
    message: expect.stringMatching(/^The registry 127\.0\.0\.1:\d+ cannot be reached: ECONNREFUSED\.$/),
  })
})

it('goes through the proxy of the settings, except to the hosts of NO_PROXY', async () => {
  const url = await serve(json({ servers: [entry('a/b')] }))
  const seen: string[] = []
  const proxy = createServer((request, response) => {
    seen.push(request.url ?? '')
    json({ servers: [entry('by/proxy')] })(request, response)
  })
  proxy.on('connect', (request, socket) => {
    seen.push(request.url ?? '')
    const [host, port] = (request.url ?? '').split(':')
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(socket).pipe(target)
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  closing.push(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const httpProxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  expect((await client(url, { httpProxy }).search({})).servers).toHaveLength(1)
  expect(seen).toHaveLength(1)
  await client(url, { httpProxy, noProxy: '127.0.0.1' }).search({})
  expect(seen).toHaveLength(1)
})

const SERVER = SERVER_JSON.parse({
  name: 'io.github.someone/Weather_Server',
  description: 'Weather',
  version: '3.0.0',
  repository: { url: 'https://github.com/someone/weather', source: 'github' },
  packages: [
    {
      registryType: 'npm',
      identifier: '@someone/weather',
      version: '1.2.3',
      transport: { type: 'stdio' },
      runtimeArguments: [{ type: 'named', name: '-y' }],
      packageArguments: [
        { type: 'positional', value: 'serve' },
        { type: 'positional', valueHint: 'folder', isRequired: true },
        { type: 'named', name: '--units', choices: ['metric', 'imperial'], default: 'metric' },
        { type: 'named', name: '--region', description: 'optional' },
        { type: 'named', name: '--verbose', value: '' },
        { type: 'named', name: '--safe', format: 'boolean', default: 'true' },
        { type: 'named', name: '--wild', format: 'boolean', default: 'false' },
        { type: 'named', name: '--db', value: 'file:{path}/{name}.db', variables: { path: { isRequired: true }, name: { default: 'main' } } },
      ],
      environmentVariables: [
        { name: 'API_KEY', description: 'Your key', isRequired: true, isSecret: true },
        { name: 'MODE', value: 'fixed' },
        { name: 'OPTIONAL' },
      ],
    },
    { registryType: 'pypi', identifier: 'weather', version: 'latest', transport: { type: 'stdio' } },
    { registryType: 'oci', identifier: 'someone/weather' },
    {
      registryType: 'npm',
      identifier: 'git+https://host/x',
      runtimeArguments: [{ type: 'named', name: '--registry', value: 'http://x' }],
      transport: { type: 'sse', url: 'http://localhost' },
    },
  ],
  remotes: [
    {
      type: 'streamable-http',
      url: 'https://{tenant}.weather.example/mcp',
      variables: { tenant: { isRequired: true } },
      headers: [{ name: 'Authorization', value: 'Bearer {token}', variables: { token: { isSecret: true, isRequired: true } } }],
    },
    { type: 'websocket', url: 'wss://weather.example' },
  ],
})

it('makes a form of server.json: packages, arguments, required and secret variables, remotes and headers', () => {
  const form = installForm(SERVER)
  expect(form).toMatchObject({
    title: 'io.github.someone/Weather_Server',
    suggestedNamespace: 'weather-server',
    repository: 'https://github.com/someone/weather',
  })
  expect(form.options.map(({ kind, problems }) => [kind, problems.length])).toEqual([
    ['npm', 0],
    ['pypi', 0],
    ['oci', 1],
    ['npm', 3],
    ['remote', 0],
    ['remote', 1],
  ])
  expect(form.options[0]?.inputs.map(({ id, required, secret }) => [id, required, secret])).toEqual([
    ['env.API_KEY', true, true],
    ['env.OPTIONAL', false, false],
    ['argument.1', true, false],
    ['argument.2', false, false],
    ['argument.3', false, false],
    ['argument.5', false, false],
    ['argument.6', false, false],
    ['argument.7.path', true, false],
    ['argument.7.name', false, false],
  ])
})

it('fills the form: answers become arguments and variables as they are, never more than one argument', () => {
  const [npm, pypi, , , remote] = installForm(SERVER).options
  expect(npm?.fill({ 'env.API_KEY': '' })).toEqual({ missing: ['env.API_KEY', 'argument.1', 'argument.7.path'] })
  expect(npm?.fill({ 'env.API_KEY': '${secret:KEY}', 'argument.1': '/srv; rm -rf / --x', 'argument.7.path': '/db {name}' })).toEqual({
    source: {
      kind: 'npm',
      package: '@someone/weather',
      version: '1.2.3',
      args: ['serve', '/srv; rm -rf / --x', '--units', 'metric', '--verbose', '--safe', '--db', 'file:/db {name}/main.db'],
    },
    env: { API_KEY: '${secret:KEY}', MODE: 'fixed' },
  })
  expect(pypi?.fill({})).toEqual({ source: { kind: 'pypi', package: 'weather', args: [] }, env: {} })
  expect(remote?.fill({ 'url.tenant': 'acme' })).toEqual({ missing: ['header.Authorization.token'] })
  expect(remote?.fill({ 'url.tenant': 'acme', 'header.Authorization.token': '${secret:T}' })).toMatchObject({
    source: { kind: 'remote', url: 'https://acme.weather.example/mcp', headers: { Authorization: 'Bearer ${secret:T}' }, transport: 'streamable-http' },
  })
})
