import { expect, it } from 'vitest'
import type { ServerConfig } from '../server.types.ts'
import { exportClientConfig } from './export-client-config.ts'
import { parseClientConfig } from './parse-client-config.ts'

const read = (value: unknown, options: Partial<Parameters<typeof parseClientConfig>[1]> = {}) =>
  parseClientConfig(typeof value === 'string' ? value : JSON.stringify(value), { allowPrivate: true, ...options })
const sourceOf = (entry: object, options = {}) => read({ mcpServers: { one: entry } }, options).servers[0]?.config?.source

it('reads Claude Desktop, VS Code and Cursor: wrapped or bare, with comments, trailing commas and a byte order mark', () => {
  const text = '\uFEFF{ // comment\n "mcpServers": { "one": { "command": "node", "args": ["a.js",], /* b */ }, },\n}'
  expect(read(text).servers).toMatchObject([
    { name: 'one', problems: [], config: { namespace: 'one', source: { kind: 'command', command: 'node', args: ['a.js'] }, autoStart: true } },
  ])
  const entry = { command: 'node', args: ['a.js'] }
  for (const value of [{ mcpServers: { one: entry } }, { servers: { one: entry }, inputs: [] }, { mcp: { servers: { one: entry } } }, { one: entry }])
    expect(read(value).servers, JSON.stringify(value)).toMatchObject([{ name: 'one', config: { source: entry } }])
  expect(read(entry).servers).toMatchObject([{ name: 'server', config: { source: entry } }])
})

it('says on which line a text breaks, and when there are no servers in it', () => {
  expect(read('{\n  "mcpServers": {\n    "one": oops\n').problems[0]).toMatch(/^Line 3: /)
  for (const text of ['', '[]', '{}', '1', '{"mcpServers": []}', '{"a": 1}']) {
    expect(read(text).problems, text).toHaveLength(1)
    expect(read(text).servers).toEqual([])
  }
  expect(read('x'.repeat(2_000_000)).problems).toHaveLength(1)
})

it.each([
  [
    { command: 'npx', args: ['-y', '@scope/server@1.2.3', '/srv'] },
    { kind: 'npm', package: '@scope/server', version: '1.2.3', args: ['/srv'] },
  ],
  [
    { command: 'npx', args: ['server'] },
    { kind: 'npm', package: 'server', args: [] },
  ],
  [
    { command: 'cmd', args: ['/c', 'npx', '-y', 'server'] },
    { kind: 'npm', package: 'server', args: [] },
  ],
  [
    { command: 'npx.cmd', args: ['-y', 'server'] },
    { kind: 'npm', package: 'server', args: [] },
  ],
  [
    { command: 'uvx', args: ['--from', 'pkg==1.0', 'prog', '--x'] },
    { kind: 'pypi', package: 'pkg', version: '1.0', bin: 'prog', args: ['--x'] },
  ],
  [
    { command: 'uvx', args: ['mcp-server-time', 1] },
    { kind: 'pypi', package: 'mcp-server-time', args: ['1'] },
  ],
  [
    { command: 'uvx', args: ['git+https://host/a'] },
    { kind: 'command', command: 'uvx', args: ['git+https://host/a'] },
  ],
  [
    { type: 'sse', url: 'https://host/sse', headers: { 'X-Key': 'a' } },
    { kind: 'remote', url: 'https://host/sse', headers: { 'X-Key': 'a' }, transport: 'sse' },
  ],
  [
    { type: 'http', url: 'https://host/mcp' },
    { kind: 'remote', url: 'https://host/mcp', headers: {}, transport: 'streamable-http' },
  ],
  [{ serverUrl: 'https://host/mcp' }, { kind: 'remote', url: 'https://host/mcp', headers: {}, transport: 'auto' }],
])('%j becomes %j', (entry, source) => {
  expect(sourceOf(entry)).toEqual(source)
})

it('runs npx and uvx as they are when asked', () => {
  expect(sourceOf({ command: 'npx', args: ['-y', 'server'] }, { keepRunners: true })).toEqual({ kind: 'command', command: 'npx', args: ['-y', 'server'] })
})

it('a disabled server is imported but not started', () => {
  expect(read({ mcpServers: { one: { command: 'node', args: ['a.js'], disabled: true } } }).servers[0]?.config?.autoStart).toBe(false)
})

it('variables: given values, defaults, and for the others a secret to set; never the environment of the gateway', () => {
  const env = { A: '${GIVEN}', B: '${env:GIVEN}-${input:api-key}', C: '${NONE:-fallback}', D: '${NONE:-}', E: '${PATH}', F: '${secret:KEPT}', G: '$HOME ${' }
  const [server] = read({ mcpServers: { one: { command: 'node', args: ['a.js', '${GIVEN}'], env } } }, { values: { GIVEN: 'value' } }).servers
  expect(server?.config?.env).toEqual({
    A: 'value',
    B: 'value-${secret:api_key}',
    C: 'fallback',
    D: '',
    E: '${secret:PATH}',
    F: '${secret:KEPT}',
    G: '$HOME ${',
  })
  expect(server?.config?.source).toMatchObject({ args: ['a.js', 'value'] })
  expect(server?.notes).toEqual(['set the secret api_key', 'set the secret PATH'])
  expect(JSON.stringify(server)).not.toContain(process.env.PATH)
})

it('problems are told per entry, and the others are imported', () => {
  const { servers } = read({
    mcpServers: {
      good: { command: 'node', args: ['a.js'] },
      nothing: {},
      both: { command: 'a', url: 'https://host' },
      environment: { command: 'node', args: ['a.js'], env: { LD_PRELOAD: '/evil.so', NODE_OPTIONS: '--import x' } },
      metadata: { url: 'http://169.254.169.254/' },
      argument: { command: 'node', args: ['a.js', '--token=${TOKEN}'] },
      types: { command: 1, args: 'a' },
      list: [],
      '***': { command: 'node', args: ['a.js'] },
      'Good!': { command: 'node', args: ['b.js'] },
    },
  })
  expect(servers.map(({ name, problems, config }) => [name, config?.namespace ?? problems.length])).toEqual([
    ['good', 'good'],
    ['nothing', 1],
    ['both', 1],
    ['environment', 2],
    ['metadata', 1],
    ['argument', 1],
    ['types', 2],
    ['list', 1],
    ['***', 1],
    ['Good!', 1],
  ])
})

it('makes namespaces of names', () => {
  const names = ['My Server', 'a__b', 'api', '-x-', 'Ünïcode', 'x'.repeat(100)]
  const made = read({ mcpServers: Object.fromEntries(names.map((name) => [name, { command: 'node', args: ['a.js'] }])) }).servers.map(
    ({ config }) => config?.namespace,
  )
  expect(made).toEqual(['my-server', 'a_b', 'api-server', 'x', 'n-code', 'x'.repeat(63)])
})

it('what is exported imports again as it was, without secrets', () => {
  const base = { env: {}, sharing: 'shared', restart: 'on-failure', autoStart: true, idleStopMinutes: 0 } as const
  const servers: ServerConfig[] = [
    { ...base, namespace: 'a', title: 'A', source: { kind: 'npm', package: '@s/a', version: '1.0.0', args: ['x'] }, env: { KEY: '${secret:KEY}' } },
    { ...base, namespace: 'b', title: 'b', source: { kind: 'npm', package: 'b', bin: 'c', args: [] }, autoStart: false },
    { ...base, namespace: 'c', title: 'c', source: { kind: 'pypi', package: 'c', version: '2', bin: 'd', args: ['-v'] } },
    { ...base, namespace: 'd', title: 'd', source: { kind: 'command', command: 'node', args: ['a.js'] } },
    {
      ...base,
      namespace: 'e',
      title: 'e',
      source: { kind: 'remote', url: 'https://host/mcp', headers: { Authorization: 'Bearer ${secret:KEY}' }, transport: 'sse' },
    },
    { ...base, namespace: 'f', title: 'f', source: { kind: 'pypi', package: 'f', args: [] } },
  ]
  const text = JSON.stringify(exportClientConfig(servers))
  expect(text).toContain('${KEY}')
  expect(text).not.toContain('secret:')
  expect(read(text).servers.map(({ config }) => config)).toEqual(servers)
})
