/** What one more of each thing costs the gateway: what docs/operating/capacity.md tells whoever sizes a machine. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { Agent, type ClientRequest, request } from 'node:http'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../test/system/gateway.ts'
import { LegacySession } from '../test/system/mcp-http.ts'
import { workersOf } from '../test/system/processes.ts'
import { until } from '../test/system/until.ts'
import { COLLECT_ON_SIGNAL, metricOf } from './memory.ts'
import { ECHO, namespacesOf } from './namespaces.ts'
import { load } from './processes.ts'
import { modernRequest } from './requests.ts'

const NAMESPACES = 100
const SESSIONS = 2000
const STREAMS = 1000
const LOAD_MS = 8000
const KIB = 1024
const WAIT_MS = 60_000

export interface CapacityRow {
  readonly what: string
  readonly kib: number
}

/** Linux only. */
export async function measureCapacity(): Promise<readonly CapacityRow[]> {
  return [...(await measureNamespaces()), ...(await measureClients()), ...(await measureRecords())]
}

async function withGateway<T>(options: Parameters<typeof startGateway>[0], measure: (gateway: Gateway) => Promise<T>): Promise<T> {
  const gateway = await startGateway({ nodeArgs: COLLECT_ON_SIGNAL, readyTimeoutMs: 300_000, ...options })
  try {
    return await measure(gateway)
  } finally {
    await gateway.dispose()
  }
}

/** Bytes that are alive in the gateway's heap. */
async function alive(gateway: Gateway): Promise<number> {
  // What the first collection finalizes is freed by the second.
  for (let collection = 0; collection < 2; collection++) {
    gateway.process.kill('SIGUSR2')
    await gateway.http('/health/live')
  }
  return metricOf(gateway, 'nodejs_heap_size_used_bytes')
}

const row = (what: string, bytes: number, count = 1): CapacityRow => ({ what, kib: Math.round((bytes / count / KIB) * 10) / 10 })

async function measureNamespaces(): Promise<CapacityRow[]> {
  const one = await withGateway({ namespaces: { bench: ECHO } }, async (gateway) => {
    await gateway.rest('bench', 'echo', { text: 'hello' })
    const [worker] = workersOf(gateway.pid)
    return { alive: await alive(gateway), worker: proportionalBytes(worker?.pid ?? 0) }
  })
  const many = await withGateway({ namespaces: namespacesOf(NAMESPACES, 10) }, alive)
  return [row('a namespace of ten tools that nobody calls', many - one.alive, NAMESPACES), row('a worker that serves a namespace', one.worker)]
}

/** Memory of a process, shared pages divided among those that share them. */
function proportionalBytes(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) * KIB
}

function measureClients(): Promise<CapacityRow[]> {
  return withGateway({ namespaces: { bench: ECHO } }, async (gateway) => {
    // What the first leave behind in a process, such as compiled code, is no session's.
    await openSessions(gateway, SESSIONS)
    const before = await alive(gateway)
    await openSessions(gateway, SESSIONS)
    const withSessions = await alive(gateway)
    const agent = new Agent()
    const streams = await openStreams(gateway, agent)
    const withStreams = await alive(gateway)
    for (const stream of streams) stream.destroy()
    agent.destroy()
    return [
      row('an open session (revisions before 2026-07-28)', withSessions - before, SESSIONS),
      row('an open event stream', withStreams - withSessions, STREAMS),
    ]
  })
}

async function openSessions(gateway: Gateway, count: number): Promise<void> {
  for (let opened = 0; opened < count; opened++) {
    const session = await LegacySession.open(gateway, '/bench/mcp')
    await session.request('tools/list')
  }
}

/** Requests of `subscriptions/listen`, each on a connection of its own. */
async function openStreams(gateway: Gateway, agent: Agent): Promise<ClientRequest[]> {
  const text = modernRequest('/bench/mcp', gateway.token, 'subscriptions/listen', { notifications: { toolsListChanged: true } })
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(': ') as [string, string]),
  )
  const streams = Array.from({ length: STREAMS }, () => request({ port: gateway.port, path: '/bench/mcp', method: 'POST', headers, agent }).end(body))
  for (const stream of streams) stream.once('response', (response) => response.resume())
  await until('the streams to be open', async () => (await metricOf(gateway, 'tooldock_streams')) >= STREAMS, WAIT_MS)
  return streams
}

function measureRecords(): Promise<CapacityRow[]> {
  return withGateway({ namespaces: { bench: ECHO }, env: { LOG_LEVEL: 'info' } }, async (gateway) => {
    const call = modernRequest('/bench/mcp', gateway.token, 'tools/call', { name: 'echo', arguments: { text: 'hello' } })
    const sizes = () => ({ database: sizeOf(join(gateway.dataDir, 'db')), logs: sizeOf(join(gateway.dataDir, 'logs')) })
    const before = sizes()
    const path = { name: 'calls', port: gateway.port, requests: Array.from({ length: 32 }, () => call), expect: 'hello', processes: () => [] }
    const { requestsWithWarmup } = await load(path, 0, LOAD_MS)
    await until('every record to be stored', async () => (await metricOf(gateway, 'tooldock_call_records_stored_total')) >= requestsWithWarmup, WAIT_MS)
    await gateway.stop()
    const after = sizes()
    return [
      row('a call in the database (SQLite, with its indexes)', after.database - before.database, requestsWithWarmup),
      row('a call in the daily log', after.logs - before.logs, requestsWithWarmup),
    ]
  })
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
