import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, makeDataDir, startGateway } from '../../../../../test/system/gateway.ts'
import { facesOf } from '../../../../../test/system/mcp-faces.ts'
import { LegacySession, modern } from '../../../../../test/system/mcp-http.ts'
import { until } from '../../../../../test/system/until.ts'
import { EXAMPLES_RESPONSE, TOOL_RESPONSE, TOOLS_RESPONSE } from './tool-responses.ts'

const TOOLS = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const add = defineTool({ title: 'Add', description: 'Adds two numbers.', annotations: { readOnlyHint: true }, input: z.object({ a: z.number(), b: z.number() }), handler: ({ a, b }) => \`sum \${a + b}\` })
export const drop = defineTool({ description: 'Loses everything.', handler: () => 'dropped' })
`

const dataDir = makeDataDir()
const ENV = { TOOL_EXAMPLES_MAX: '2', TOOL_EXAMPLE_BYTES_MAX: '100', TOOL_SETTINGS_MAX: '2' }
let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ dataDir, namespaces: { demo: { 'tools.ts': TOOLS }, other: { 'tools.ts': TOOLS } }, env: ENV })
  await gateway.http('/api/bundles', { body: { namespace: 'both', entries: [{ namespace: 'demo', tools: 'all' }], prefix: false } })
})
afterAll(async () => {
  try {
    await gateway.stop()
  } finally {
    await gateway.dispose()
  }
})

const api = (method: string, path: string, body?: unknown) => gateway.http(`/api/tools${path}`, { method, ...(body === undefined ? {} : { body }) })
const names = (json: { tools: { namespace: string; name: string }[] }) => json.tools.map(({ namespace, name }) => `${namespace}/${name}`)

test('lists the tools of all namespaces, finds them by words, and pages', async () => {
  const { json } = await api('GET', '')
  expect(TOOLS_RESPONSE.parse(json).total).toBe(6)
  expect(names(json)).toEqual(['both/add', 'both/drop', 'demo/add', 'demo/drop', 'other/add', 'other/drop'])
  expect(json.tools[2]).toMatchObject({
    kind: 'native',
    combinedName: 'demo__add',
    title: 'Add',
    annotations: { readOnlyHint: true },
    inputSchema: { required: ['a', 'b'] },
    enabled: true,
    override: null,
    origin: { file: 'tools.ts' },
    usage: { calls: 0, errors: 0, p95Ms: null },
  })
  expect(json.tools[0]).toMatchObject({ kind: 'bundle', combinedName: null, origin: { bundle: 'both' } })
  expect(names((await api('GET', '?search=loses+DEMO')).json)).toEqual(['demo/drop'])
  expect(names((await api('GET', '?namespace=other&search=add')).json)).toEqual(['other/add'])

  const first = (await api('GET', '?limit=4')).json
  const second = (await api('GET', `?limit=4&cursor=${first.nextCursor}`)).json
  expect([...names(first), ...names(second)]).toEqual(names(json))
  expect([second.nextCursor, second.total]).toEqual([null, 6])
  expect((await api('GET', '?cursor=nonsense')).status).toBe(400)
  expect((await api('GET', '/demo/nothing')).json.error.code).toBe('tool_not_found')
})

describe('a disabled tool', () => {
  test('does not exist on any face, is listed here, and comes back', async () => {
    const session = await LegacySession.open(gateway, '/demo/mcp')
    const faces = async () => (await Promise.all((await facesOf(gateway, 'demo')).map((face) => face.tools()))).map((tools) => [...tools])
    expect(TOOL_RESPONSE.parse((await api('PATCH', '/demo/drop', { enabled: false })).json)).toMatchObject({ name: 'drop', enabled: false })

    expect(await faces()).toEqual([['add'], ['add'], ['add']])
    for (const face of await facesOf(gateway, 'demo')) await expect(face.call('drop')).rejects.toThrow('drop')
    expect((await modern(gateway, '/mcp', 'tools/list')).result.tools.map(({ name }: { name: string }) => name)).not.toContain('demo__drop')
    expect((await modern(gateway, '/mcp', 'tools/call', { name: 'demo__drop', arguments: {} })).error.code).toBe(-32602)
    expect((await gateway.rest('both', 'drop')).status).toBe(404)
    expect(names((await api('GET', '?search=drop')).json)).toEqual(['demo/drop', 'other/drop'])
    expect((await session.request('tools/call', { name: 'drop', arguments: {} })).error.message).toContain('no tool "drop"')

    // A reload is published in the same way.
    gateway.write('demo', { 'more.ts': "import { defineTool } from 'tooldock'\nexport const more = defineTool({ handler: () => 'more' })\n" })
    expect((await gateway.reload('demo')).status).toBe(200)
    expect(await faces()).toEqual([
      ['add', 'more'],
      ['add', 'more'],
      ['add', 'more'],
    ])
    gateway.remove('demo', 'more.ts')
    await gateway.reload('demo')

    await api('PATCH', '/demo/drop', { enabled: true })
    expect(await faces()).toEqual([
      ['add', 'drop'],
      ['add', 'drop'],
      ['add', 'drop'],
    ])
    expect((await gateway.rest('both', 'drop')).status).toBe(200)
  })
})

test('an override is what every face shows; clients are told; it outlives a restart and can be taken back', async () => {
  const stop = new AbortController()
  const told: string[] = []
  const listening = modern(
    gateway,
    '/demo/mcp',
    'subscriptions/listen',
    { notifications: { toolsListChanged: true } },
    {
      signal: stop.signal,
      onMessage: ({ method }) => told.push(method),
    },
  ).catch(() => undefined)
  await until('the subscription', () => told.length > 0)
  const override = { title: 'Sum', description: 'Sums up.', annotations: { destructiveHint: false } }
  expect((await api('PATCH', '/demo/add', { override })).json).toMatchObject({
    ...override,
    override,
    original: { title: 'Add', description: 'Adds two numbers.' },
  })
  await until('the client to be told', () => told.includes('notifications/tools/list_changed'))
  stop.abort()
  await listening

  const shown = { title: 'Sum', description: 'Sums up.', annotations: { readOnlyHint: true, destructiveHint: false } }
  const check = async (): Promise<void> => {
    for (const path of ['/demo/mcp', '/mcp', '/both/mcp']) {
      const { tools } = (await modern(gateway, path, 'tools/list')).result
      expect(tools.find(({ name }: { name: string }) => name.endsWith('add') && !name.startsWith('other'))).toMatchObject(shown)
    }
    expect((await gateway.http('/demo/openapi/openapi.json')).json.paths['/tools/add'].post).toMatchObject({ summary: 'Sum', description: 'Sums up.' })
    expect((await gateway.rest('demo', 'add', { a: 1, b: 1 })).status).toBe(200)
    expect(names((await api('GET', '?search=sums')).json)).toContain('demo/add')
  }
  await check()
  await api('PATCH', '/demo/drop', { enabled: false })
  expect((await api('PATCH', '/other/drop', { enabled: false })).json.error.message).toContain('TOOL_SETTINGS_MAX')
  expect((await api('PATCH', '/demo/drop', { enabled: true, extra: 1 })).status).toBe(400)

  await gateway.stop()
  gateway = await startGateway({ dataDir, env: ENV })
  await check()
  expect((await gateway.rest('demo', 'drop')).status).toBe(404)
  expect((await api('PATCH', '/demo/add', { override: null })).json).toMatchObject({ title: 'Add', override: null })
  expect((await api('PATCH', '/demo/drop', { enabled: true })).json).toMatchObject({ enabled: true })
  expect((await modern(gateway, '/demo/mcp', 'tools/list')).result.tools[0].title).toBe('Add')
})

test('keeps examples of a tool, so many and so large, under their names', async () => {
  const put = (name: string, args: object) => api('PUT', `/demo/add/examples/${encodeURIComponent(name)}`, { arguments: args })
  expect((await put('small one', { a: 1, b: 2 })).status).toBe(200)
  expect((await put('small one', { a: 2, b: 2 })).status).toBe(200)
  expect((await put('b', { a: 0 })).status).toBe(200)
  expect((await put('c', {})).status).toBe(409)
  expect((await put('b', { text: 'x'.repeat(100) })).status).toBe(413)
  const { json } = await api('GET', '/demo/add/examples')
  expect(EXAMPLES_RESPONSE.parse(json).examples).toMatchObject([
    { name: 'b', arguments: { a: 0 } },
    { name: 'small one', arguments: { a: 2, b: 2 } },
  ])
  expect((await api('GET', '/demo/add/examples/small%20one')).json.arguments).toEqual({ a: 2, b: 2 })
  expect((await api('DELETE', '/demo/add/examples/b')).status).toBe(200)
  expect((await api('DELETE', '/demo/add/examples/b')).status).toBe(404)
  expect((await api('GET', '/demo/nothing/examples')).status).toBe(404)
})

test('counts the calls of the last day', async () => {
  await gateway.rest('other', 'add', { a: 1, b: 1 })
  await gateway.rest('other', 'add', { a: 'wrong' })
  const usage = await until(
    'the calls to be counted',
    async () => {
      const { json } = await api('GET', '/other/add')
      return json.usage.calls === 2 ? json.usage : undefined
    },
    30_000,
  )
  expect(usage).toMatchObject({ errors: 1 })
})

test('a key sees the tools it may call, and changes none', async () => {
  const { json } = await gateway.http('/api/keys', { body: { name: 'narrow', role: 'caller', namespaces: ['other'], tools: ['other__add'], expiresAt: null } })
  const token = json.secret
  expect(names((await gateway.http('/api/tools', { token })).json)).toEqual(['other/add'])
  expect((await gateway.http('/api/tools/demo/add', { token })).status).toBe(404)
  expect((await gateway.http('/api/tools/other/add', { method: 'PATCH', body: { enabled: false }, token })).status).toBe(403)
})
