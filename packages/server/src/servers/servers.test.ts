import { access, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import {
  createTestDataDir,
  FIXTURE,
  fixture,
  isRunning,
  openTestServers,
  removeTestDataDir,
  type TestServers,
  type TestServersOptions,
} from './test-servers.ts'

vi.setConfig({ testTimeout: 60_000 })

let dataDir: string
let open: TestServers[]
beforeEach(async () => {
  dataDir = await createTestDataDir()
  open = []
})
afterEach(async () => {
  for (const servers of open) await servers.close()
  await removeTestDataDir(dataDir)
})

async function openServers(options: TestServersOptions = {}): Promise<TestServers> {
  const servers = await openTestServers(dataDir, options)
  open.push(servers)
  return servers
}

async function reopen(servers: TestServers, options: TestServersOptions = {}): Promise<TestServers> {
  await servers.close()
  open = []
  return openServers(options)
}

it('a command is started, says who it is, and its tools are listed and called', async () => {
  const servers = await openServers()
  expect(await servers.service.create(fixture('first'))).toMatchObject({ namespace: 'first', kind: 'command', state: 'starting' })
  const status = await servers.until('first', 'running')
  expect(status).toMatchObject({ server: { era: 'legacy', info: { name: 'fixture', version: '1.2.3' } }, generation: 1, restarts: 0, connections: 1 })
  expect(status.pid !== null && isRunning(status.pid)).toBe(true)
  const { kind, server, tools } = servers.published('first')
  expect([kind, server?.info.name, tools.some(({ name }) => name === 'echo')]).toEqual(['server', 'fixture', true])
  expect(await servers.call('first', 'echo', { text: 'hello' })).toBe('hello')
})

it('a server is given PATH, HOME, LANG, TMPDIR, TERM and its own variables, and nothing of the gateway', async () => {
  const servers = await openServers()
  await servers.secrets.set({ name: 'TOKEN', value: 'the-secret-value', namespace: 'first' })
  await servers.service.create(fixture('first', 'well', { env: { OWN: 'mine', TOKEN: 'Bearer ${secret:TOKEN}' } }))
  const status = await servers.until('first', 'running')
  const { cwd, ...env } = JSON.parse(await servers.call('first', 'env'))
  const home = join(dataDir, 'servers/first/home')
  expect(env).toEqual({
    PATH: expect.any(String),
    HOME: home,
    LANG: 'C.UTF-8',
    TMPDIR: join(home, 'tmp'),
    TERM: 'dumb',
    OWN: 'mine',
    TOKEN: 'Bearer the-secret-value',
  })
  expect(cwd).toBe(join(dataDir, 'servers/first/files'))
  expect(status.config.env).toEqual({ OWN: 'mine', TOKEN: 'Bearer ${secret:TOKEN}' })
})

it('a value that looks like a secret is not shown', async () => {
  const servers = await openServers()
  const { config } = await servers.service.create(fixture('first', 'well', { env: { API_KEY: 'abcdef', LEVEL: 'high' } }))
  expect(config.env).toEqual({ API_KEY: '********', LEVEL: 'high' })
})

it('what is refused never runs: a shell, inline code, a dangerous variable, a metadata address', async () => {
  const servers = await openServers()
  const sources = [
    { kind: 'command', command: 'bash', args: ['-c', 'id'] },
    { kind: 'command', command: '/bin/sh', args: [] },
    { kind: 'command', command: 'node', args: ['-e', '1'] },
    { kind: 'remote', url: 'http://169.254.169.254/', headers: {}, transport: 'auto' },
  ] as const
  for (const source of sources) await expect(servers.service.create(fixture('bad', 'well', { source }))).rejects.toMatchObject({ code: 'server_blocked' })
  await expect(servers.service.create(fixture('bad', 'well', { env: { NODE_OPTIONS: '--import=/x' } }))).rejects.toMatchObject({ code: 'server_blocked' })
  expect(servers.service.has('bad')).toBe(false)
  expect(await servers.store.servers.list()).toEqual([])
})

it('an administrator may answer for a blocked server, and that is kept', async () => {
  const servers = await openServers()
  const source = { kind: 'command', command: 'node', args: ['-e', `import(${JSON.stringify(FIXTURE)})`] } as const
  await servers.service.create({ ...fixture('first', 'well', { source }), override: { reason: 'I wrote it', by: 'token' } })
  expect((await servers.until('first', 'running')).config.override).toMatchObject({ reason: 'I wrote it', by: 'token', at: expect.any(String) })
})

it('a restored row is checked again: one that was changed behind our back does not run', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('first'))
  await servers.until('first', 'running')
  await servers.service.create(fixture('second'))
  await servers.until('second', 'running')
  const [row] = await servers.store.servers.list()
  await servers.store.servers.setConfig('first', { ...(row?.config as object), source: { kind: 'command', command: 'bash', args: ['-c', 'id'] } })
  await servers.store.servers.setConfig('second', { garbage: true })
  const again = await reopen(servers)
  expect(await again.until('first', 'failed')).toMatchObject({ reason: expect.stringContaining('bash'), pid: null })
  expect(again.service.has('second')).toBe(false)
  expect(again.warnings.join()).toContain('no configuration of a server')
})

it('who listens is told of what is added, changed and removed', async () => {
  const servers = await openServers()
  const told = () => servers.events.flatMap(({ type, namespace }) => (type === 'state' ? [] : [`${type} ${namespace}`]))
  await servers.service.create(fixture('first', 'well', { autoStart: false }))
  await servers.service.update('first', { title: 'First' })
  expect(told()).toEqual(['added first', 'changed first'])
  await servers.service.remove('first')
  expect(told()).toEqual(['added first', 'changed first', 'removed first'])
})

it('a secret that is missing is said, and the start is not tried again and again', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('first', 'well', { env: { A: '${secret:NOT_SET}' } }))
  expect((await servers.until('first', 'failed')).reason).toContain('NOT_SET')
  const again = await reopen(servers)
  expect(await again.until('first', 'failed')).toMatchObject({ restarts: 0, retryAt: null })
  await again.secrets.set({ name: 'NOT_SET', value: 'value' })
  await again.service.startServer('first')
  await again.until('first', 'running')
})

it('a name is a namespace or a server, is never reserved, and is given once however many ask', async () => {
  const servers = await openServers({ native: ['tools-folder'], config: { serversMax: 2 } })
  for (const name of ['api', 'mcp', 'a__b', 'A', '', '../x', 'import', 'check']) {
    await expect(servers.service.create(fixture(name)), name).rejects.toMatchObject({ code: 'invalid_params' })
  }
  await expect(servers.service.create(fixture('tools-folder'))).rejects.toMatchObject({ code: 'conflict' })
  const results = await Promise.allSettled([servers.service.create(fixture('one')), servers.service.create(fixture('one'))])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(results.find((result) => result.status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } })
  await servers.service.create(fixture('two'))
  await expect(servers.service.create(fixture('three'))).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('SERVERS_MAX') })
})

it('servers that are dead do not delay the start: it is over at once, and ready when each has answered or failed', async () => {
  const servers = await openServers()
  for (const name of ['a', 'b', 'c']) await servers.service.create(fixture(name, 'silent', { autoStart: false }))
  for (const name of ['a', 'b', 'c']) {
    const row = (await servers.store.servers.list()).find(({ namespace }) => namespace === name)
    await servers.store.servers.setConfig(name, { ...(row?.config as object), autoStart: true })
  }
  await servers.service.create(fixture('well'))
  await servers.until('well', 'running')
  await servers.close()
  open = []
  const begin = performance.now()
  const again = await openServers({ config: { startupTimeoutSeconds: 3 } })
  expect(performance.now() - begin).toBeLessThan(3000)
  expect(again.service.loaded).toBe(false)
  expect(again.published('well').tools).toHaveLength(10)
  await again.until('well', 'running')
  for (const name of ['a', 'b', 'c']) await again.until(name, ({ state }) => state === 'backing_off' || state === 'failed')
  expect(again.service.loaded).toBe(true)
})

it('what a server lists is published while it is stopped and after a new start of ToolDock, and forgotten with another program', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('first'))
  await servers.until('first', 'running')
  await servers.service.stopServer('first')
  expect(servers.published('first').tools).toHaveLength(10)
  const again = await reopen(servers)
  expect(again.published('first').tools).toHaveLength(10)
  await again.service.update('first', { env: { OTHER: 'x' } })
  await again.until('first', ({ change }) => change?.state === 'done')
  const third = await reopen(again)
  expect(third.published('first').tools).toHaveLength(0)
})

it('a list that changes at run time is published, told to clients and stored', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('first'))
  await servers.until('first', 'running')
  servers.catalogEvents.length = 0
  await servers.call('first', 'grow')
  await servers.until('first', ({ tools }) => tools === 11)
  expect(servers.catalogEvents).toEqual([{ type: 'listChanged', namespace: 'first', lists: new Set(['tools']) }])
  await servers.service.stopServer('first')
  expect((await reopen(servers)).published('first').tools).toHaveLength(11)
})

it('an update takes over when the new version has answered; one that does not answer changes nothing', async () => {
  const servers = await openServers({ config: { startupTimeoutSeconds: 5 } })
  await servers.service.create(fixture('first'))
  await servers.until('first', 'running')
  const pid = await servers.call('first', 'pid')
  const updated = await servers.service.update('first', { env: { NEW: 'yes' } })
  expect(updated.change).toMatchObject({ kind: 'update', state: 'running' })
  await servers.until('first', ({ change }) => change?.state === 'done')
  expect(JSON.parse(await servers.call('first', 'env'))).toMatchObject({ NEW: 'yes' })
  expect(await servers.call('first', 'pid')).not.toBe(pid)
  expect(servers.stateEvents.map(({ state }) => state)).toEqual(['starting', 'running'])

  await servers.service.update('first', { source: { args: [FIXTURE, 'exit'] } })
  const { change } = await servers.until('first', (status) => status.change?.state === 'failed')
  expect(change?.message).toMatch(/exited with code 7; what there was is kept/)
  expect(await servers.call('first', 'echo', { text: 'still here' })).toBe('still here')
  expect(servers.service.get('first').config.source).toMatchObject({ args: [FIXTURE, 'well'] })
  await expect(servers.service.update('first', { source: { kind: 'npm', package: 'x' } })).rejects.toMatchObject({ code: 'invalid_params' })
  await expect(servers.service.update('first', { source: { command: 'bash' } })).rejects.toMatchObject({ code: 'server_blocked' })
})

it('a removed server leaves nothing: no process, folder, row, secret or name', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('first'))
  await servers.until('first', 'running')
  await servers.secrets.set({ name: 'TOKEN', value: 'value', namespace: 'first' })
  await servers.service.remove('first')
  expect(servers.processes.size).toBe(0)
  expect(await readdir(join(dataDir, 'servers'))).toEqual([])
  expect(await servers.store.servers.list()).toEqual([])
  expect(await servers.secrets.list()).toEqual([])
  expect(servers.catalog.current.namespaces.has('first')).toBe(false)
  expect(() => servers.service.get('first')).toThrow('no external server')
  await servers.service.create(fixture('first'))
  await servers.until('first', 'running')
})

it('a removal that was interrupted is completed at the next start', async () => {
  const doomed = join(dataDir, 'servers/.removed-first-1')
  await mkdir(doomed, { recursive: true })
  await writeFile(join(doomed, 'file'), '')
  await openServers()
  await expect(access(doomed)).rejects.toMatchObject({ code: 'ENOENT' })
})

it('a client with other capabilities sees what the server lists to it, when its processes are kept apart by them', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('caps', 'capabilities', { sharing: 'per-capabilities' }))
  await servers.until('caps', 'running')
  const published = servers.published('caps')
  const listed = async (capabilities: object): Promise<boolean> =>
    (await published.variantFor?.({ ...capabilities }, 'modern'))?.tools.some(({ name }) => name === 'sampled') ?? false
  expect(await listed({})).toBe(false)
  expect(await listed({ sampling: {} })).toBe(true)
  // Another order of the same capabilities is the same set.
  expect(await listed({ roots: {}, sampling: {} })).toBe(true)
  expect(await listed({ sampling: {}, roots: {} })).toBe(true)
  expect(servers.service.get('caps').connections).toBe(4)
  expect(await servers.call('caps', 'pid', {}, { clientCapabilities: { sampling: {} } })).not.toBe(await servers.call('caps', 'pid'))
  await servers.service.stopServer('caps')
  expect(await listed({})).toBe(true)
  expect(servers.processes.size).toBe(0)
})

it('each session has a process of its own when a server has state, as many as allowed, and it ends with the session', async () => {
  const servers = await openServers({ config: { serverConnectionsMax: 2 } })
  await servers.service.create(fixture('state', 'well', { sharing: 'per-session' }))
  await servers.until('state', 'running')
  const pidFor = (session?: string): Promise<string> => servers.call('state', 'pid', {}, session === undefined ? {} : { session, era: 'legacy' })
  const [first, second] = await Promise.all([pidFor('one'), pidFor('two')])
  expect(first).not.toBe(second)
  expect(await pidFor('one')).toBe(first)
  expect(await pidFor()).not.toBe(first)
  await expect(pidFor('three')).rejects.toMatchObject({ code: 'too_many_sessions' })
  servers.published('state').upstream.endSession?.('one')
  await vi.waitFor(() => expect(isRunning(Number(first))).toBe(false), { timeout: 10_000 })
  expect(await pidFor('three')).not.toBe(second)
  expect(isRunning(Number(second))).toBe(true)
})
