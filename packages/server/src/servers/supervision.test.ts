import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Config } from '../config/settings.ts'
import { createTestDataDir, fixture, isRunning, openTestServers, removeTestDataDir, type TestServers } from './test-servers.ts'

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

async function openServers(config: Partial<Config> = {}): Promise<TestServers> {
  const servers = await openTestServers(dataDir, { config: { restartDelayMs: 100, ...config } })
  open.push(servers)
  return servers
}

const pidOf = async (servers: TestServers, namespace: string): Promise<number> => Number(await servers.call(namespace, 'pid'))
const goneSoon = (pid: number) => vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000, interval: 20 })
/** Pids that the fixture wrote when it started. */
const startedIn = async (path: string): Promise<number[]> => (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number)

it('a server that hangs at its start has failed at the deadline, with its processes gone, and delays nobody', async () => {
  const servers = await openServers({ startupTimeoutSeconds: 2 })
  const pids = join(dataDir, 'pids')
  await servers.service.create(fixture('hangs', 'silent', {}, pids))
  await servers.service.create(fixture('well'))
  await servers.until('well', 'running')
  expect(await servers.call('well', 'echo', { text: 'hello' })).toBe('hello')
  expect(servers.service.get('hangs').state).toBe('starting')
  const { reason } = await servers.until('hangs', 'failed')
  expect(reason).toContain('FASTMCP_STARTUP_TIMEOUT')
  const [pid] = await startedIn(pids)
  expect(pid !== undefined && isRunning(pid)).toBe(false)
})

it('a server that exits at its start has failed, with its exit code and its last lines', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('exits', 'exit'))
  const { reason, lastLines, lastExit, pid } = await servers.until('exits', 'failed')
  expect(reason).toBe('it exited with code 7')
  expect(lastExit?.reason).toBe('it exited with code 7')
  expect(lastLines).toContain('the configuration is missing')
  expect(pid).toBe(null)
  await expect(servers.call('exits', 'echo')).rejects.toMatchObject({ code: 'namespace_unavailable', message: expect.stringContaining('exited with code 7') })
})

it('a server that is killed is started again; its lists stay, and a call meanwhile reads when that will be', async () => {
  const servers = await openServers({ restartDelayMs: 1000 })
  await servers.service.create(fixture('well'))
  await servers.until('well', 'running')
  const pid = await pidOf(servers, 'well')
  process.kill(pid, 'SIGKILL')
  const { retryAt, restarts, reason } = await servers.until('well', 'backing_off')
  expect([restarts, reason, retryAt]).toEqual([0, 'it was ended by SIGKILL', expect.any(String)])
  expect(servers.published('well').tools.length).toBeGreaterThan(5)
  await expect(servers.call('well', 'echo')).rejects.toMatchObject({ code: 'namespace_unavailable', message: expect.stringMatching(/again in 1 s/) })
  expect(await servers.until('well', 'running')).toMatchObject({ restarts: 1, generation: 2 })
  expect(await pidOf(servers, 'well')).not.toBe(pid)
  expect(servers.stateEvents.map(({ state }) => state)).toEqual(['starting', 'running', 'backing_off', 'starting', 'running'])
})

it('a server that keeps crashing has failed after the last allowed time, with an alert', async () => {
  const servers = await openServers({ restartFailuresMax: 3, restartDelayMs: 20 })
  await servers.service.create(fixture('dies'))
  for (let generation = 1; generation <= 3; generation++) {
    await servers.until('dies', (status) => status.state === 'running' && status.generation === generation)
    await expect(servers.call('dies', 'die', { code: 9 })).rejects.toMatchObject({
      code: 'upstream_failed',
      message: expect.stringContaining('exited with code 9'),
    })
  }
  expect((await servers.until('dies', 'failed')).reason).toMatch(/3 times in a row/)
  expect(servers.warnings.filter((line) => line.includes('has failed') && line.includes('"level":50'))).toHaveLength(1)
})

it('a stop by a person is never undone: not by the policy, not by a call, not by a new start of ToolDock', async () => {
  const servers = await openServers({ restartDelayMs: 20 })
  await servers.service.create(fixture('well', 'well', { restart: 'always' }))
  await servers.until('well', 'running')
  const pid = await pidOf(servers, 'well')
  expect(await servers.service.stopServer('well')).toMatchObject({ state: 'stopped', pid: null })
  expect(isRunning(pid)).toBe(false)
  await expect(servers.call('well', 'pid')).rejects.toMatchObject({ code: 'namespace_unavailable', message: expect.stringContaining('stopped') })
  // While it waits for its restart, too.
  await servers.service.startServer('well')
  await servers.until('well', 'running')
  process.kill(await pidOf(servers, 'well'), 'SIGKILL')
  await servers.until('well', ({ state }) => state !== 'running')
  await servers.service.stopServer('well')
  await servers.close()
  open = []
  const again = await openServers()
  expect(again.service.loaded).toBe(true)
  expect(again.service.get('well')).toMatchObject({ state: 'stopped', tools: 10 })
  expect(again.processes.size).toBe(0)
})

it('a stop ends a server that ignores SIGTERM, and everything a server started', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('stubborn', 'stubborn'))
  await servers.service.create(fixture('forks', 'fork'))
  await Promise.all([servers.until('stubborn', 'running'), servers.until('forks', 'running')])
  const stubborn = await pidOf(servers, 'stubborn')
  const grandchild = Number(await servers.call('forks', 'grandchild'))
  expect(isRunning(grandchild)).toBe(true)
  await Promise.all([servers.service.stopServer('stubborn'), servers.service.stopServer('forks')])
  expect(isRunning(stubborn)).toBe(false)
  await goneSoon(grandchild)
  expect(servers.processes.size).toBe(0)
})

it('grandchildren of a server that was killed are ended before it is started again', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('forks'))
  await servers.until('forks', 'running')
  const grandchild = Number(await servers.call('forks', 'grandchild'))
  process.kill(await pidOf(servers, 'forks'), 'SIGKILL')
  await servers.until('forks', ({ restarts, state }) => restarts === 1 && state === 'running')
  await goneSoon(grandchild)
})

it('a server that floods stderr or writes garbage to stdout is served, and its output is bounded', async () => {
  const servers = await openServers({ outputLogBytesMax: 100_000 })
  await servers.service.create(fixture('floods', 'flood'))
  await servers.service.create(fixture('garbage', 'garbage'))
  await Promise.all([servers.until('floods', 'running'), servers.until('garbage', 'running')])
  for (let round = 0; round < 20; round++) {
    expect(await servers.call('floods', 'echo', { text: `round ${round}` })).toBe(`round ${round}`)
    expect(await servers.call('garbage', 'echo', { text: `round ${round}` })).toBe(`round ${round}`)
  }
  expect((await servers.output.read('floods', 1_000_000)).length).toBeLessThanOrEqual(100_000)
  expect(await servers.output.read('garbage', 1_000_000)).toContain('garbage {"not": json')
})

it('a server that answers twice, or never, fails nobody but the call that waits', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('twice', 'twice', { timeoutSeconds: 1 }))
  await servers.until('twice', 'running')
  const silent = expect(servers.call('twice', 'never')).rejects.toMatchObject({ code: 'tool_timeout' })
  for (let round = 0; round < 20; round++) expect(await servers.call('twice', 'echo', { text: `${round}` })).toBe(`${round}`)
  await silent
  expect(servers.service.get('twice')).toMatchObject({ state: 'running', restarts: 0 })
})

it('a server that hangs is degraded, then ended and started again', async () => {
  const servers = await openServers({ serverHealthIntervalSeconds: 0.2, serverHealthTimeoutSeconds: 0.3 })
  await servers.service.create(fixture('hangs', 'well', { timeoutSeconds: 0.5 }))
  await servers.until('hangs', 'running')
  const pid = await pidOf(servers, 'hangs')
  await expect(servers.call('hangs', 'hang')).rejects.toMatchObject({ code: 'tool_timeout' })
  await servers.until('hangs', ({ restarts, state }) => restarts === 1 && state === 'running')
  const states = servers.stateEvents.map(({ state }) => state)
  expect(states.indexOf('degraded')).toBeGreaterThan(0)
  expect(states.indexOf('backing_off')).toBeGreaterThan(states.indexOf('degraded'))
  expect(await pidOf(servers, 'hangs')).not.toBe(pid)
  await goneSoon(pid)
})

it('a server that takes too much memory is replaced: the call under way ends well, new calls go to the new one', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('leaks', 'well', { maxRssMb: 120 }))
  await servers.until('leaks', 'running')
  const pid = await pidOf(servers, 'leaks')
  const waiting = servers.call('leaks', 'slow', { ms: 3000 })
  for (let mb = 0; mb < 200; mb += 40) await servers.call('leaks', 'leak', { mb: 40 })
  await servers.until('leaks', ({ generation }) => generation === 2)
  expect(await pidOf(servers, 'leaks')).not.toBe(pid)
  expect(await waiting).toBe('done')
  await goneSoon(pid)
  expect(servers.service.get('leaks')).toMatchObject({ state: 'running', restarts: 0 })
})

it('a server that reached its age is replaced without a moment in which calls fail', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('ages', 'well', { maxLifetimeMinutes: 0.01 }))
  await servers.until('ages', 'running')
  const pids = new Set<string>()
  for (const until = performance.now() + 3000; performance.now() < until; ) pids.add(await servers.call('ages', 'pid'))
  expect(pids.size).toBeGreaterThan(1)
  expect(servers.stateEvents.map(({ state }) => state)).toEqual(['starting', 'running'])
})

it('a server that is not used is stopped; its tools stay listed and the next call starts it', async () => {
  const servers = await openServers()
  await servers.service.create(fixture('rests', 'well', { idleStopMinutes: 0.005 }))
  await servers.until('rests', 'idle')
  await vi.waitFor(() => expect(servers.processes.size).toBe(0), { timeout: 10_000 })
  expect(servers.published('rests').tools.map(({ name }) => name)).toContain('echo')
  const answers = await Promise.all([servers.call('rests', 'echo', { text: 'a' }), servers.call('rests', 'echo', { text: 'b' })])
  expect(answers).toEqual(['a', 'b'])
  expect(servers.service.get('rests').generation).toBe(2)
})

it('200 starts and stops leave as many descriptors as there were, and no process', { timeout: 300_000 }, async () => {
  const servers = await openServers()
  await servers.service.create(fixture('cycles'))
  await servers.until('cycles', 'running')
  await servers.service.stopServer('cycles')
  const descriptors = async (): Promise<number> => (await readdir('/proc/self/fd')).length
  const before = await descriptors()
  for (let cycle = 0; cycle < 200; cycle++) {
    await servers.service.startServer('cycles')
    await servers.until('cycles', 'running')
    await servers.service.stopServer('cycles')
  }
  expect(servers.processes.size).toBe(0)
  await vi.waitFor(async () => expect(await descriptors()).toBeLessThanOrEqual(before + 2), { timeout: 5000, interval: 50 })
})

it('a server with a process for each set of capabilities has the next one ready, within its bound, and ends it with the others', async () => {
  const servers = await openServers({ serverConnectionsMax: 2 })
  const pids = join(dataDir, 'pids')
  const started = (count: number): Promise<number[]> =>
    vi.waitFor(
      async () => {
        const all = await startedIn(pids)
        expect(all).toHaveLength(count)
        return all
      },
      { timeout: 20_000, interval: 20 },
    )
  await servers.service.create(fixture('caps', 'well', { sharing: 'per-capabilities' }, pids))
  await servers.until('caps', 'running')
  const pidFor = async (clientCapabilities: object): Promise<number> =>
    Number(await servers.call('caps', 'pid', {}, { clientCapabilities: { ...clientCapabilities } }))
  expect(await pidFor({})).toBe((await started(2))[1])
  expect(await pidFor({ sampling: {} })).toBe((await started(3))[2])
  // As many as are allowed: none is ready, and the oldest makes room.
  const [, oldest] = await started(3)
  await pidFor({ roots: {} })
  await goneSoon(Number(oldest))
  await vi.waitFor(() => expect(servers.processes.size).toBe(3))
  await servers.service.stopServer('caps')
  expect(servers.processes.size).toBe(0)

  // One that nobody took ends likewise, and one that ended by itself is in nobody's way.
  await servers.service.startServer('caps')
  await servers.until('caps', 'running')
  const spare = (await started(6))[5]
  process.kill(Number(spare), 'SIGKILL')
  await vi.waitFor(() => expect(servers.processes.size).toBe(1), { timeout: 10_000, interval: 20 })
  expect(await pidFor({})).toBe((await started(8)).find((pid, index) => index > 5 && isRunning(pid)))
  await servers.service.stopServer('caps')
  expect(servers.processes.size).toBe(0)
})
