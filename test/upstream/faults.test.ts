import { spawn } from 'node:child_process'
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { type Gateway, type GatewayOptions, makeDataDir, startGateway } from '../system/gateway.ts'
import { modern } from '../system/mcp-http.ts'
import { descendantsOf, isAlive, memoryOf } from '../system/processes.ts'
import { until } from '../system/until.ts'
import { startHttpFixture, stdioFixture } from './fixture-process.ts'
import { addServer, createServer, getServer, PATIENT, serverIn } from './servers.ts'

const PROGRAM = resolve(import.meta.dirname, '../servers/fixture/server.mjs')
const behaving = (behaviour: string) => ({ kind: 'command', command: 'node', args: [PROGRAM, behaviour] })

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function start(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = await startGateway({ ...options, env: { ...PATIENT, ...options.env } })
  closing.push(() => gateway.dispose())
  return gateway
}

function keptDataDir(): string {
  const dataDir = makeDataDir()
  closing.push(() => rmSync(dataDir, { recursive: true, force: true }))
  return dataDir
}

const pidOf = async (gateway: Gateway, namespace: string): Promise<number> => (await getServer(gateway, namespace)).pid as number

test('three dead servers that are set to start delay nothing: live at once, ready when each has answered or failed', { timeout: 120_000 }, async () => {
  const dataDir = keptDataDir()
  const first = await start({ dataDir })
  await createServer(first, 'exits', { ...behaving('exit'), restart: 'never' })
  await createServer(first, 'hangs', { ...behaving('silent'), restart: 'never' })
  await createServer(first, 'away', { kind: 'remote', url: 'http://localhost:1/mcp', restart: 'never' })
  await addServer(first, 'well', behaving('well'))
  await first.stop()
  const startup = 5
  const gateway = await start({ dataDir, ready: false, env: { BEARER_TOKEN: first.token, FASTMCP_STARTUP_TIMEOUT: String(startup) } })
  expect((await gateway.http('/health/live')).status).toBe(200)
  // Lists come from what is stored, whatever runs.
  const { result } = await modern(gateway, '/well/mcp', 'tools/list')
  expect(result.tools.map(({ name }: { name: string }) => name)).toContain('echo')
  expect((await getServer(gateway, 'hangs')).state).toBe('starting')
  expect((await gateway.http('/health/ready')).status).toBe(503)
  await until('it to be ready', async () => (await gateway.http('/health/ready')).status === 200, startup * 10_000)
  for (const dead of ['exits', 'hangs', 'away']) expect((await getServer(gateway, dead)).state).toBe('failed')
  expect((await getServer(gateway, 'well')).state).toBe('running')
})

test('kill -9 of a server: its calls fail at once and honestly, and it is started again', async () => {
  const gateway = await start({ env: { SERVER_RESTART_DELAY_MS: '1000' } })
  await addServer(gateway, 'well', behaving('well'))
  const pid = await pidOf(gateway, 'well')
  const parallel = [gateway.rest('well', 'never'), modern(gateway, '/well/mcp', 'tools/call', { name: 'never', arguments: {} })] as const
  await until('both calls to be open', async () => (await getServer(gateway, 'well')).openCalls === 2)
  process.kill(pid, 'SIGKILL')
  const [rest, mcp] = await Promise.all(parallel)
  expect(rest.status).toBeGreaterThanOrEqual(500)
  expect(rest.json.error.message).toMatch(/SIGKILL|ended|killed/)
  expect(JSON.stringify(mcp.error ?? mcp.result)).toMatch(/SIGKILL|ended|killed/)
  const { state } = await getServer(gateway, 'well')
  expect(state).toBe('backing_off')
  const meanwhile = await gateway.rest('well', 'echo')
  expect(meanwhile.status).toBe(503)
  expect(meanwhile.json.error.message).toMatch(/started again/)
  const { restarts, lastExit } = await serverIn(gateway, 'well', 'running')
  expect(restarts).toBe(1)
  expect(lastExit?.reason).toContain('SIGKILL')
  expect(await pidOf(gateway, 'well')).not.toBe(pid)
  expect((await gateway.rest('well', 'echo', { text: 'again' })).status).toBe(200)
})

test("a person's stop is not undone: not by a call, not by the next start of ToolDock", async () => {
  const dataDir = keptDataDir()
  const first = await start({ dataDir })
  await addServer(first, 'well', { ...behaving('well'), restart: 'always' })
  const pid = await pidOf(first, 'well')
  expect((await first.http('/api/servers/well/stop', { method: 'POST' })).status).toBe(202)
  await serverIn(first, 'well', 'stopped')
  await until('its process to be gone', () => !isAlive(pid))
  const refused = await first.rest('well', 'echo')
  expect(refused.status).toBe(503)
  expect(refused.json.error.message).toContain('stopped')
  await first.stop()
  const gateway = await start({ dataDir, env: { BEARER_TOKEN: first.token } })
  expect((await gateway.rest('well', 'echo')).status).toBe(503)
  expect((await getServer(gateway, 'well')).state).toBe('stopped')
})

test('kill -9 of ToolDock leaves no process of any server, stubborn ones and grandchildren included', async () => {
  const gateway = await start()
  for (const behaviour of ['well', 'stubborn', 'fork', 'flood']) await addServer(gateway, behaviour, behaving(behaviour))
  await addServer(gateway, 'sdk', stdioFixture({ era: 'dual' }))
  const before = descendantsOf(gateway.pid).map(({ pid }) => pid)
  expect(before.length).toBeGreaterThanOrEqual(6)
  await gateway.killHard()
  await until('every process to be gone', () => before.every((pid) => !isAlive(pid)), 50_000)
})

test('the next start of ToolDock ends what an earlier one left, and not the process of somebody else that has such a pid', requireOrSkip('linux'), async () => {
  const dataDir = keptDataDir()
  const first = await start({ dataDir })
  await addServer(first, 'well', behaving('well'))
  const pid = await pidOf(first, 'well')
  const grandchild = Number(/\d+/.exec((await first.rest('well', 'grandchild')).text)?.[0])
  // It never looks at its input again, so that only a signal ends it.
  void first.rest('well', 'hang').catch(() => undefined)
  await until('the call to be open', async () => (await getServer(first, 'well')).openCalls === 1)
  const [reaper] = descendantsOf(first.pid).filter(({ ppid, args }) => ppid === first.pid && args.includes('/bin/sh'))
  process.kill(reaper?.pid as number, 'SIGKILL')
  await first.killHard()
  expect([pid, grandchild].map(isAlive)).toEqual([true, true])
  const foreign = spawn('sleep', ['600'], { stdio: 'ignore', detached: true })
  closing.push(() => foreign.kill('SIGKILL'))
  writeFileSync(join(dataDir, 'run', String(foreign.pid)), 'another start time')
  const gateway = await start({ dataDir, env: { BEARER_TOKEN: first.token } })
  await until('what was left to be gone', () => [pid, grandchild].every((left) => !isAlive(left)))
  expect(isAlive(foreign.pid as number)).toBe(true)
  expect(await pidOf(gateway, 'well')).not.toBe(pid)
  expect((await gateway.rest('well', 'echo', { text: 'again' })).status).toBe(200)
})

test('the next start of ToolDock ends what a server had started, though the server itself is dead too', requireOrSkip('linux'), async () => {
  const dataDir = keptDataDir()
  const first = await start({ dataDir })
  await addServer(first, 'well', behaving('well'))
  const pid = await pidOf(first, 'well')
  const grandchild = Number(/\d+/.exec((await first.rest('well', 'grandchild')).text)?.[0])
  const [reaper] = descendantsOf(first.pid).filter(({ ppid, args }) => ppid === first.pid && args.includes('/bin/sh'))
  process.kill(reaper?.pid as number, 'SIGKILL')
  process.kill(first.pid, 'SIGSTOP') // It must not see its server die.
  process.kill(pid, 'SIGKILL')
  await first.killHard()
  await until('the server to be gone', () => !isAlive(pid))
  expect(isAlive(grandchild)).toBe(true)
  const foreign = spawn('sleep', ['600'], { stdio: 'ignore', detached: true, cwd: '/' })
  closing.push(() => foreign.kill('SIGKILL'))
  await start({ dataDir, env: { BEARER_TOKEN: first.token } })
  await until('what was left to be gone', () => !isAlive(grandchild))
  expect(isAlive(foreign.pid as number)).toBe(true)
})

test('a server that floods its output is served, and neither its file nor the gateway grows without bound', async () => {
  const gateway = await start({ env: { OUTPUT_LOG_BYTES_MAX: String(1 << 20) } })
  await addServer(gateway, 'flood', behaving('flood'))
  const seen = () => filesBelow(gateway.dataDir).filter((path) => path.includes('flood') && /output|\.log/.test(path))
  await until('its output to be kept', () => seen().length > 0)
  for (let call = 0; call < 50; call++) expect((await gateway.rest('flood', 'echo', { text: String(call) })).status).toBe(200)
  expect(seen().reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThan(100 << 20)
  expect(memoryOf(gateway.pid).nowMb).toBeLessThan(600)
})

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? join(entry.parentPath, entry.name) : []))
}

const ELICITS = { elicitation: {} }

describe('a modern client, a legacy server', () => {
  test('when the server dies while a call waits for its user, the answer is refused in words and nothing stays parked', async () => {
    const gateway = await start({ env: { SERVER_RESTART_DELAY_MS: '100' } })
    await addServer(gateway, 'asks', { ...stdioFixture({ era: 'legacy', offer: 'clients' }), sharing: 'shared' })
    const params = { name: 'ask', arguments: { question: 'How much?' } }
    const asked = await modern(gateway, '/asks/mcp', 'tools/call', params, { capabilities: ELICITS })
    expect(asked.result.resultType).toBe('input_required')
    const [key, question] = Object.entries(asked.result.inputRequests)[0] as [string, { params: { message: string } }]
    expect(question.params.message).toBe('How much?')
    expect((await getServer(gateway, 'asks')).parkedCalls).toBe(1)
    process.kill(await pidOf(gateway, 'asks'), 'SIGKILL')
    await until('it to be started again', async () => (await getServer(gateway, 'asks')).restarts === 1)
    await serverIn(gateway, 'asks', 'running')
    const answers = { requestState: asked.result.requestState, inputResponses: { [key]: { action: 'accept', content: { answer: '42' } } } }
    const late = await modern(gateway, '/asks/mcp', 'tools/call', { ...params, ...answers }, { capabilities: ELICITS })
    expect(late.result?.content).toBeUndefined()
    expect(late.error?.message).toMatch(/\w+ \w+/)
    expect((await getServer(gateway, 'asks')).parkedCalls).toBe(0)
    // A new call is asked anew.
    const anew = await modern(gateway, '/asks/mcp', 'tools/call', params, { capabilities: ELICITS })
    expect(anew.result.resultType).toBe('input_required')
  })

  test('two clients with different capabilities at once are each asked only what they can answer', async () => {
    const gateway = await start()
    const fixture = await startHttpFixture({ era: 'legacy' })
    closing.push(() => fixture.stop())
    await addServer(gateway, 'http', { kind: 'remote', url: fixture.url })
    await addServer(gateway, 'stdio', { ...stdioFixture({ era: 'legacy' }), sharing: 'per-capabilities' })
    const methods = async (namespace: string, capabilities: Record<string, unknown>) => {
      const { result } = await modern(
        gateway,
        `/${namespace}/mcp`,
        'tools/call',
        { name: 'test_input_required_result_capabilities', arguments: {} },
        { capabilities },
      )
      return Object.values((result.inputRequests ?? {}) as Record<string, { method: string }>).map(({ method }) => method)
    }
    for (const namespace of ['http', 'stdio']) {
      const [elicits, samples, neither] = await Promise.all([methods(namespace, ELICITS), methods(namespace, { sampling: {} }), methods(namespace, {})])
      expect(elicits).toEqual(['elicitation/create'])
      expect(samples).toEqual(['sampling/createMessage'])
      expect(neither).toEqual([])
    }
  })
})
