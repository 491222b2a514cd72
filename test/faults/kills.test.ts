import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres } from '../postgres.ts'
import { requireOrSkip } from '../skips.ts'
import { ECHO } from '../system/echo-tools.ts'
import { type Gateway, type GatewayOptions, makeDataDir, startGateway } from '../system/gateway.ts'
import { startNginx } from '../system/nginx.ts'
import { isAlive, processesNaming, workersOf } from '../system/processes.ts'
import { until } from '../system/until.ts'
import { addServer, getServer } from '../upstream/servers.ts'
import { secondsOr } from './bounds.ts'
import { note } from './figures.ts'
import { CLOSES_IDLE, type Footprint, returnsTo, settledFootprint } from './footprint.ts'
import { faultLines } from './judge.ts'
import { type Load, startLoad, sumOf, type Tally, wordsOf } from './load.ts'

const PROGRAM = resolve(import.meta.dirname, '../servers/fixture/server.mjs')
const ECHO_SERVER = { kind: 'command', command: 'node', args: [PROGRAM, 'well'] }
/** A server starts again at once, however often it was killed. */
const ENV = {
  ...CLOSES_IDLE,
  ...{ SERVER_RESTART_DELAY_MS: '50', SERVER_RESTART_DELAY_MAX_SECONDS: '1', SERVER_RESTART_FAILURES_MAX: '1000', FASTMCP_STARTUP_TIMEOUT: '60' },
}
const DEADLINE_MS = secondsOr(0) * 2000 + 120_000

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function start(options: GatewayOptions): Promise<Gateway> {
  const gateway = await startGateway({ ...options, env: { ...ENV, ...options.env } })
  closing.push(() => gateway.dispose())
  return gateway
}

interface Kills {
  readonly what: string
  /** Kills it once; the load finds out whether it comes back. */
  readonly kill: () => Promise<unknown>
  readonly seconds: number
  /** What calls that were under way may be answered; everything else is a finding. */
  readonly mayLose: readonly string[]
}

/** Kills again and again under the load; each time every caller must be answered again. */
async function killUnderLoad(load: Load, { what, kill, seconds, mayLose }: Kills): Promise<Tally> {
  const backMs: number[] = []
  await load.recovered()
  const end = performance.now() + seconds * 1000
  do {
    const begin = performance.now()
    await kill()
    await load.recovered(60_000)
    backMs.push(performance.now() - begin)
  } while (performance.now() < end)
  const tally = await load.stop()
  const { tried, survived, lost, wrong } = tally
  const row = { 'kill -9 of': what, kills: backMs.length, tried, survived, lost: sumOf(lost), 'as what': wordsOf(lost), wrong: wrong.length }
  note('Killed under load', { ...row, 'ms until every caller is answered, worst': Math.round(Math.max(...backMs)) })
  expect(wrong, 'neither the right answer nor an honest error').toEqual([])
  expect(tried).toBe(survived + sumOf(lost))
  expect(
    Object.keys(lost).filter((code) => !mayLose.includes(code)),
    JSON.stringify(lost),
  ).toEqual([])
  return tally
}

describe('kill -9 under a load of calls over MCP of both eras and REST', { timeout: DEADLINE_MS }, () => {
  let gateway: Gateway
  let before: Footprint
  beforeAll(async () => {
    gateway = await startGateway({ namespaces: { demo: ECHO }, env: { ...ENV, TRUST_PROXY: '127.0.0.1' } })
    await gateway.rest('demo', 'echo', { text: 'warm' })
    await addServer(gateway, 'well', ECHO_SERVER)
    before = await settledFootprint(gateway)
  })
  afterAll(async () => {
    try {
      await gateway?.stop()
    } finally {
      await gateway?.dispose()
    }
  })

  test('of workers: calls under way are answered worker_crashed, all others by the next worker', async () => {
    const kill = async () => process.kill((await until('a worker', () => workersOf(gateway.pid)[0])).pid, 'SIGKILL')
    const mayLose = ['worker_crashed', 'worker_start_failed', 'namespace_unavailable']
    await killUnderLoad(startLoad(gateway, 'demo'), { what: 'a worker', kill, seconds: secondsOr(1), mayLose })
  })

  test('of an external server: calls are refused in words until it has started again', async () => {
    const kill = async () => process.kill(await until('its process', async () => (await getServer(gateway, 'well')).pid), 'SIGKILL')
    const mayLose = ['upstream_failed', 'namespace_unavailable']
    await killUnderLoad(startLoad(gateway, 'well'), { what: 'an external server', kill, seconds: secondsOr(1), mayLose })
  })

  test('of nginx: nothing but connections is lost', requireOrSkip('nginx'), async () => {
    const nginx = await startNginx({ gatewayPort: gateway.port })
    closing.push(() => nginx.stop())
    const serves = () =>
      fetch(`${nginx.url}/health/live`).then(
        ({ ok }) => ok,
        () => false,
      )
    await until('nginx to serve', serves)
    const kill = async () => {
      await nginx.killHard()
      nginx.restart()
      await until('nginx to serve again', serves)
    }
    await killUnderLoad(startLoad({ url: nginx.url, token: gateway.token }, 'demo'), { what: 'nginx', kill, seconds: secondsOr(1), mayLose: ['connection'] })
  })

  test('leaves as many processes and descriptors as there were, and no fault in the log', requireOrSkip('linux'), async () => {
    await returnsTo(gateway, before)
    expect(faultLines(gateway.output())).toEqual([])
  })
})

describe('kill -9 under load', { timeout: DEADLINE_MS }, () => {
  test('of the gateway: connections end, nothing it started survives it, and the next one serves the same', async () => {
    const dataDir = makeDataDir()
    closing.push(() => rmSync(dataDir, { recursive: true, force: true }))
    let gateway = await start({ dataDir, namespaces: { demo: ECHO } })
    await gateway.rest('demo', 'echo', { text: 'warm' })
    const env = { ADMIN_PORT: String(gateway.port), BEARER_TOKEN: gateway.token }
    const left: number[] = []
    const kill = async () => {
      left.push(...(await gateway.killHard()))
      gateway = await start({ dataDir, env })
    }
    await killUnderLoad(startLoad(gateway, 'demo'), { what: 'the gateway', kill, seconds: secondsOr(0), mayLose: ['connection', 'session_not_found'] })
    await until('every process of those that were killed to be gone', () => !left.some(isAlive))
    expect(faultLines(gateway.output())).toEqual([])
    await gateway.stop()
    expect(processesNaming(dataDir)).toEqual([])
  })

  test('of PostgreSQL: no call notices, no acknowledged write is lost, refused ones say so', requireOrSkip('postgresql'), async () => {
    const postgres = await startPostgres()
    closing.push(() => postgres.stop())
    const gateway = await start({ namespaces: { demo: ECHO }, env: { DATABASE_URL: postgres.url, DATABASE_TIMEOUT_MS: '2000', API_KEYS_MAX: '100000' } })
    await gateway.rest('demo', 'echo', { text: 'warm' })
    const writes = startWrites(gateway)
    closing.push(() => writes.stop())
    const kill = async () => {
      const { acknowledged } = writes
      await postgres.killHard()
      await postgres.restart()
      await until('a write to be accepted again', () => writes.acknowledged > acknowledged + 1)
    }
    await killUnderLoad(startLoad(gateway, 'demo'), { what: 'PostgreSQL', kill, seconds: secondsOr(1), mayLose: [] })
    const { names, refused, tried, wrong } = await writes.stop()
    note('Killed under load', { 'kill -9 of': 'PostgreSQL: new API keys', tried, survived: names.length, lost: refused, wrong: wrong.length })
    expect(wrong).toEqual([])
    await until('ready', async () => (await gateway.http('/health/ready')).status === 200)
    const kept = new Set((await gateway.http('/api/keys')).json.keys.map(({ name }: { name: string }) => name))
    expect(names.filter((name) => !kept.has(name))).toEqual([])
    expect(faultLines(gateway.output())).toEqual([])
    await gateway.stop()
  })
})

/** Makes keys, one after the other, until stopped. */
function startWrites(gateway: Gateway) {
  const names: string[] = []
  const wrong: string[] = []
  let refused = 0
  let tried = 0
  let stopped = false
  const running = (async () => {
    while (!stopped && wrong.length === 0) {
      const name = `key-${tried++}`
      const reply = await gateway
        .http('/api/keys', { body: { name, role: 'caller' } })
        .catch((error: Error) => ({ status: 0, text: String(error.cause), json: {} }))
      if (reply.status === 201) names.push(name)
      else if (reply.status === 503 && reply.json.error.code === 'store_unavailable') refused++
      else wrong.push(`${reply.status} ${reply.text}`)
    }
  })()
  return {
    get acknowledged() {
      return names.length
    },
    async stop() {
      stopped = true
      await running
      return { names, refused, tried, wrong }
    },
  }
}
