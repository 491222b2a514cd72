import { resolve } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { requireOrSkip } from '../skips.ts'
import { ECHO } from '../system/echo-tools.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { LegacySession } from '../system/mcp-http.ts'
import { memoryOf, workersOf } from '../system/processes.ts'
import { until } from '../system/until.ts'
import { addServer } from '../upstream/servers.ts'
import { createRandom } from './_random.ts'
import { toolFile } from './admin-writes.ts'
import { anySeed, inFull, secondsOr } from './bounds.ts'
import { note } from './figures.ts'
import { CLOSES_IDLE, footprintOf, returnsTo, settledFootprint } from './footprint.ts'
import { faultLines } from './judge.ts'
import { startLoad, sumOf } from './load.ts'
import { type NpmRegistry, startNpmRegistry } from './npm-registry.ts'

const SECONDS = secondsOr(5)
/** At first, and not measured: what a process allocates once is no growth. */
const WARM_SECONDS = Math.min(SECONDS / 2, 60)
/** What a collection that has not happened yet may hide, and what ten minutes may add to it. */
const GROWTH_MB_MAX = 60
const PROGRAM = resolve(import.meta.dirname, '../servers/fixture/server.mjs')

let gateway: Gateway
let registry: NpmRegistry
afterEach(async () => {
  await gateway?.dispose()
  registry?.stop()
})

test('reloads, crashes, new and removed servers and namespaces, and sessions without end leave memory, descriptors and processes as they were', {
  ...requireOrSkip('linux'),
  timeout: 240_000 + SECONDS * 4000,
}, async () => {
  const random = createRandom(anySeed())
  registry = await startNpmRegistry()
  gateway = await startGateway({
    namespaces: { demo: ECHO, other: { 'one.ts': toolFile('one', 'first') } },
    env: { ...CLOSES_IDLE, NPM_REGISTRY: registry.url, SESSION_IDLE_MINUTES: '0.05', GENERATIONS_KEPT: '3', FASTMCP_STARTUP_TIMEOUT: '60' },
    nodeArgs: ['--expose-gc', '--import', 'data:text/javascript,process.on("SIGUSR2",()=>gc())'],
    readyTimeoutMs: 120_000,
  })
  await gateway.rest('demo', 'echo', { text: 'warm' })
  const done: Record<string, number> = {}
  let turn = 0

  const acts: Readonly<Record<string, () => Promise<unknown>>> = {
    async reload() {
      gateway.write('other', { 'one.ts': toolFile('one', `turn ${turn}`) })
      expect((await gateway.reload('other')).status).toBe(200)
    },
    async 'crash of a worker'() {
      const worker = workersOf(gateway.pid)[0]
      if (worker !== undefined) process.kill(worker.pid, 'SIGKILL')
    },
    async 'server added, called and removed'() {
      const name = `server-${turn}`
      await addServer(gateway, name, { kind: 'command', command: 'node', args: [PROGRAM, random.pick(['well', 'fork'])] })
      expect((await gateway.rest(name, 'echo', { text: 'x' })).status).toBe(200)
      expect((await gateway.http(`/api/servers/${name}`, { method: 'DELETE' })).status).toBeLessThan(300)
    },
    async 'namespace made and deleted'() {
      const name = `made-${turn}`
      expect((await gateway.http('/api/namespaces', { body: { name } })).status).toBe(201)
      expect((await gateway.http(`/api/namespaces/${name}?force=true`, { method: 'DELETE' })).status).toBeLessThan(300)
    },
    async 'sessions left alone'() {
      for (let count = 0; count < 20; count++) await (await LegacySession.open(gateway, '/demo/mcp')).request('tools/list')
    },
    ...(inFull && {
      async 'package installed and removed'() {
        for (const change of ['install', 'uninstall']) {
          const { status, json } = await gateway.http(`/api/namespaces/other/dependencies/${change}`, { body: { packages: ['word'] } })
          expect(status).toBe(202)
          const job = await until(
            `the job "${change}" to end`,
            async () => {
              const found = (await gateway.http(`/api/jobs/${json.id}`)).json
              return found.state !== 'running' && found
            },
            600_000,
          )
          expect(job).toMatchObject({ state: 'done' })
        }
      },
    }),
    async 'key made and revoked'() {
      const { json } = await gateway.http('/api/keys', { body: { name: `key-${turn}`, role: 'caller' } })
      expect((await gateway.http(`/api/keys/${json.key.id}`, { method: 'DELETE' })).status).toBeLessThan(300)
    },
  }

  async function churn(seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000
    // Each at least once, however slow the machine.
    for (const act of Object.keys(acts)) await run(act)
    while (performance.now() < end) await run(random.pick(Object.keys(acts)))
  }
  async function run(act: string): Promise<void> {
    turn++
    done[act] = (done[act] ?? 0) + 1
    await acts[act]?.()
  }
  /** No session, one worker for each namespace, no garbage. */
  async function atRest(): Promise<{ readonly rssMb: number; readonly heapMb: number }> {
    await until(
      'a worker of each namespace',
      async () => (await gateway.rest('demo', 'echo', { text: 'x' })).status === 200 && (await gateway.rest('other', 'one')).status === 200,
    )
    await until('the sessions to end', async () => /^tooldock_sessions 0$/m.test((await gateway.http('/metrics')).text), 60_000)
    gateway.process.kill('SIGUSR2')
    const heap = /^nodejs_heap_size_used_bytes (\d+)/m.exec((await gateway.http('/metrics')).text)?.[1]
    return { rssMb: memoryOf(gateway.pid).nowMb, heapMb: Number(heap) / (1 << 20) }
  }

  // With the load too: V8 gives the young objects of a busy process more room, and keeps it.
  const warming = startLoad(gateway, 'demo')
  await churn(WARM_SECONDS)
  await warming.stop()
  const first = await atRest()
  const before = await settledFootprint(gateway)

  const load = startLoad(gateway, 'demo')
  await churn(SECONDS)
  const { tried, survived, lost, wrong } = await load.stop()
  expect(wrong).toEqual([])
  // The callers' own sessions may be idle for so short a time too, on a busy machine.
  expect(Object.keys(lost).filter((code) => code !== 'worker_crashed' && code !== 'session_not_found')).toEqual([])

  const last = await atRest()
  note('Churn', {
    seconds: SECONDS,
    ...done,
    'calls tried': tried,
    survived,
    lost: sumOf(lost),
    'MiB resident before': first.rssMb,
    after: last.rssMb,
    'MiB of heap before': Math.round(first.heapMb),
    'heap after': Math.round(last.heapMb),
    'descriptors before': before.files,
    processes: before.processes,
  })
  await returnsTo(gateway, before).catch((error: Error) => {
    throw new Error(`FAULTS_SEED=${random.seed}: ${error.message} ${JSON.stringify(footprintOf(gateway))}`)
  })
  expect(last.rssMb - first.rssMb).toBeLessThan(GROWTH_MB_MAX)
  expect(faultLines(gateway.output())).toEqual([])
})
