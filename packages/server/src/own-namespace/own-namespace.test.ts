import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../../../../test/system/gateway.ts'
import { LegacySession } from '../../../../test/system/mcp-http.ts'
import { until } from '../../../../test/system/until.ts'

const FIXTURE = join(import.meta.dirname, '../../../../test/servers/fixture/server.mjs')
const SECRET = 'a-very-secret-value'
const ENTRY = {
  server: {
    name: 'io.example/weather',
    description: 'Tells the weather.',
    version: '1.0.0',
    packages: [
      {
        registryType: 'npm',
        identifier: 'weather',
        version: '1.0.0',
        transport: { type: 'stdio' },
        environmentVariables: [{ name: 'API_KEY', isRequired: true, isSecret: true }],
      },
    ],
  },
  _meta: { 'io.modelcontextprotocol.registry/official': { status: 'active', isLatest: true } },
}
const ASKING = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const ask = defineTool({ async handler(_args, ctx) {
  const { content } = await ctx.elicit({ message: 'Name?', schema: z.object({ name: z.string() }) })
  return \`hello \${content?.name}\`
} })
`
const ADD = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const add = defineTool({ description: 'Adds.', input: z.object({ a: z.number(), b: z.number() }), handler: ({ a, b }) => \`sum \${a + b}\` })
`

let registry: Server
let gateway: Gateway
beforeAll(async () => {
  registry = createServer(({ url = '' }, response) => {
    const found = url.startsWith('/v0.1/servers?') ? { servers: [ENTRY], metadata: {} } : url.includes('weather/versions') ? ENTRY : undefined
    response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? {}))
  })
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`
  gateway = await startGateway({
    namespaces: { demo: { 'ask.ts': ASKING } },
    env: { FASTMCP_INSTALLER_ENABLED: 'true', REGISTRY_URL: url, NPM_REGISTRY: url, ALLOW_CUSTOM_COMMANDS: 'true' },
  })
  await gateway.http('/api/secrets/WEATHER_KEY', { method: 'PUT', body: { value: SECRET } })
})
afterAll(async () => {
  registry.closeAllConnections()
  registry.close()
  try {
    await gateway.stop()
  } finally {
    await gateway.dispose()
  }
})

// biome-ignore lint/suspicious/noExplicitAny: a test asserts on what came, whatever it is
type Answer = Record<string, any>

interface Model {
  readonly client: Client
  readonly asked: string[]
  call(name: string, args?: object): Promise<Answer>
  /** @throws unless the tool did it */
  done(name: string, args?: object): Promise<Answer>
}

/** @param answer what a person says when asked; undefined: the client cannot ask. */
async function connect(answer: object | undefined, mode: 'auto' | 'legacy' = 'auto'): Promise<Model> {
  const asked: string[] = []
  const client = new Client({ name: 'model', version: '1' }, { capabilities: answer === undefined ? {} : { elicitation: {} }, versionNegotiation: { mode } })
  if (answer !== undefined)
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      asked.push(params.message)
      return answer as { action: 'accept' }
    })
  const headers = { authorization: `Bearer ${gateway.token}` }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.url}/tooldock/mcp`), { requestInit: { headers } }))
  const call = async (name: string, args: object = {}): Promise<Answer> => (await client.callTool({ name, arguments: { ...args } })) as Answer
  return {
    client,
    asked,
    call,
    async done(name, args) {
      const result = await call(name, args)
      if (result.isError === true) throw new Error(`${name}: ${result.content[0].text}`)
      return result.structuredContent ?? result
    },
  }
}
const YES = { action: 'accept', content: { confirm: true } }

describe.each(['auto', 'legacy'] as const)('a model whose client speaks the %s era', (mode) => {
  const space = `made_${mode}`

  // Each step loads the folder in a worker of its own.
  test('writes a tool: template, validate, dry run, write, reload, call', { timeout: 120_000 }, async () => {
    const model = await connect(undefined, mode)
    const { tools } = await model.client.listTools()
    expect(tools[0]?.name).toBe('get_instructions')
    expect(tools.find(({ name }) => name === 'list_servers')?.annotations).toMatchObject({ readOnlyHint: true })
    expect(tools.find(({ name }) => name === 'remove_server')?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true })
    expect((await model.done('get_instructions')).instructions).toContain('validate_tool')

    const { templates } = await model.done('get_template')
    expect((await model.done('get_template', { id: templates[0].id })).files.length).toBeGreaterThan(0)
    await model.done('create_namespace', { name: space })
    const broken = await model.done('validate_tool', { namespace: space, files: [{ path: 'add.ts', content: 'export const a = = 1\n' }] })
    expect(broken.problems).toMatchObject([{ file: 'add.ts', line: 1, code: 'syntax_error' }])
    const file = { namespace: space, path: 'add.ts', content: ADD }
    expect((await model.done('validate_tool', { namespace: space, files: [{ path: 'add.ts', content: ADD }] })).problems).toEqual([])
    expect(JSON.stringify(await model.done('dry_run', file))).toContain('"added":["add"]')
    expect((await model.done('list_files', { namespace: space })).files.map(({ path }: Answer) => path)).not.toContain('add.ts')
    await model.done('write_file', file)
    await model.done('reload_namespace', { namespace: space })
    const { namespaces } = await model.done('list_namespaces')
    expect(namespaces.find(({ name }: Answer) => name === 'tooldock')).toMatchObject({ kind: 'own', endpoints: { mcp: `${gateway.url}/tooldock/mcp` } })
    expect((await gateway.http('/api/namespaces/tooldock')).json).toMatchObject({ kind: 'own', manifest: null, title: 'ToolDock' })
    expect(namespaces.find(({ name }: Answer) => name === space).endpoints.mcp).toBe(`${gateway.url}/${space}/mcp`)
    expect((await model.call('call_tool', { namespace: space, tool: 'add', arguments: { a: 2, b: 3 } })).content).toMatchObject([{ text: 'sum 5' }])

    const recorded = await until('both calls in the log', async () => {
      const { calls } = (await gateway.http(`/api/calls?search=add&namespace=${space}`)).json
      return calls.length > 0 ? calls[0] : undefined
    })
    expect(recorded).toMatchObject({ name: 'add', outcome: 'ok', protocol: 'mcp', era: mode === 'auto' ? 'modern' : 'legacy', client: 'tooldock' })
    expect((await gateway.http(`/api/calls?requestId=${recorded.requestId}&tool=call_tool`)).json.calls).toMatchObject([{ namespace: 'tooldock' }])

    // Nobody overwrites what he has not read.
    expect(await model.call('write_file', file)).toMatchObject({ isError: true })
    const { etag, content } = await model.done('read_file', { namespace: space, path: 'add.ts' })
    expect(content).toBe(ADD)
    await model.done('write_file', { ...file, content: ADD.replace('sum', 'total'), etag })
    expect((await model.call('call_tool', { namespace: space, tool: 'add', arguments: { a: 2, b: 3 } })).content).toMatchObject([{ text: 'total 5' }])
    expect((await model.call('read_file', { namespace: space, path: '../../token' })).isError).toBe(true)
    await model.client.close()
  })

  test('finds, checks and installs a server; a person is asked before, and before it is removed', async () => {
    const model = await connect(YES, mode)
    const namespace = `fixture_${mode}`
    expect(JSON.stringify(await model.done('search_registry', { search: 'weather' }))).toContain('io.example/weather')
    const source = { kind: 'command', command: 'node', args: [FIXTURE] }
    expect(await model.done('check_server_safety', source)).toMatchObject({ blocked: false })
    await model.done('install_server', { ...source, namespace })
    expect(model.asked).toEqual([expect.stringContaining(`as "${namespace}"`)])
    await until('the server to run', async () => (await model.done('get_server', { namespace })).state === 'running')
    expect((await model.done('list_tools', { namespace })).tools.length).toBeGreaterThan(0)
    await model.done('stop_server', { namespace })
    await until('the server to stop', async () => (await model.done('get_server', { namespace })).state === 'stopped')
    expect(await model.done('read_output', { namespace })).toMatchObject({ namespace })
    expect(model.asked).toHaveLength(1)
    await model.done('remove_server', { namespace })
    expect(model.asked[1]).toBe(`Remove the server "${namespace}" with its configuration and files?`)
    expect((await model.done('list_servers')).servers).toEqual([])
    await model.client.close()
  })

  test('passes the questions of a tool on, and refuses what a person did not agree to or cannot be asked', async () => {
    const person = await connect({ action: 'accept', content: { name: 'Ada' } }, mode)
    expect((await person.call('call_tool', { namespace: 'demo', tool: 'ask' })).content).toMatchObject([{ text: 'hello Ada' }])
    await person.client.close()
    for (const answer of [{ action: 'decline' }, { action: 'accept', content: { confirm: false } }, undefined]) {
      const model = await connect(answer, mode)
      const { etag } = await model.done('read_file', { namespace: 'demo', path: 'ask.ts' })
      expect(await model.call('delete_file', { namespace: 'demo', path: 'ask.ts', etag })).toMatchObject({ isError: true })
      await model.client.close()
    }
    expect((await gateway.http('/api/namespaces/demo')).json.tools).toBe(1)
  })
})

test('secrets do not pass, in either direction', async () => {
  const model = await connect(YES)
  const source = { kind: 'command', command: 'node', args: [FIXTURE], namespace: 'keyed' }
  expect((await model.call('install_server', { ...source, env: { API_KEY: 'plain' } })).content[0].text).toContain('looks like a secret')
  const answers = { 'env.API_KEY': 'plain' }
  expect((await model.call('install_server', { registryName: 'io.example/weather', namespace: 'weather', answers })).content[0].text).toContain('is a secret')
  expect(await model.done('list_secrets')).toMatchObject({ secrets: [{ name: 'WEATHER_KEY' }] })
  gateway.write('demo', { '_note.ts': `export const note = '${SECRET}'\n` })
  const { content } = await model.done('read_file', { namespace: 'demo', path: '_note.ts' })
  expect(content).not.toContain(SECRET)
  await model.client.close()
})

test('it exists for administrators alone, and what is changed through it is audited', async () => {
  for (const role of ['caller', 'author']) {
    const { json } = await gateway.http('/api/keys', { body: { name: role, role, namespaces: null, expiresAt: null } })
    const token = json.secret
    expect((await gateway.http('/tooldock/openapi/openapi.json', { token })).status).toBe(404)
    expect((await gateway.http('/mcp/namespaces', { token })).json.namespaces.map(({ name }: Answer) => name)).not.toContain('tooldock')
    expect((await gateway.http('/api/tools?namespace=tooldock', { token })).json.total).toBe(0)
    await gateway.http('/api/bundles', { body: { namespace: `leak_${role}`, entries: [{ namespace: 'tooldock', tools: 'all' }], prefix: false } })
    expect((await gateway.rest(`leak_${role}`, 'list_servers', {}, { token })).status).toBe(403)
  }
  const session = await LegacySession.open(gateway, '/mcp')
  expect((await session.request('tools/list')).result.tools.map(({ name }: Answer) => name)).toContain('tooldock__get_instructions')
  const audit = await gateway.http('/api/audit?limit=200')
  expect(JSON.stringify(audit.json)).toContain('made_auto/add.ts')
})
