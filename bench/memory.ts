/** What a large result needs on its way through the gateway, and what is left of many sessions that nobody ends. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../test/system/gateway.ts'
import { LegacySession, modern } from '../test/system/mcp-http.ts'
import { descendantsOf, memoryOf, openFiles } from '../test/system/processes.ts'
import { until } from '../test/system/until.ts'
import { addServer } from '../test/upstream/servers.ts'
import { endPeer, startPeer } from './processes.ts'

const MIB = 1 << 20
const RESULT_MB = 10
const STDIO = join(import.meta.dirname, 'targets/upstream-stdio.ts')
/** After this a session that nobody uses is ended. */
const IDLE_SECONDS = 45
/** Sessions that are opened at once. */
const AT_ONCE = 50

interface Footprint {
  readonly processes: number
  readonly files: number
  /** What is alive, after a collection. */
  readonly heapMb: number
  /** Resident, garbage included that nobody had to collect. */
  readonly mb: number
}

/** Lets a signal collect garbage: what is left is alive, and growth from round to round is a leak. */
export const COLLECT_ON_SIGNAL = ['--expose-gc', '--import', 'data:text/javascript,process.on("SIGUSR2",()=>gc())']

export interface MemoryResult {
  readonly results: readonly { readonly name: string; readonly sizeMb: number; readonly extraMb: number }[]
  readonly sessions: { readonly opened: number; readonly footprints: readonly (Footprint & { readonly when: string })[] }
}

/** Linux only. */
export async function measureMemory(): Promise<MemoryResult> {
  return { results: await measureResults(), sessions: await measureSessions(10_000) }
}

/** Each in a gateway of its own, which has served small calls before: what it needs for a large one is then the large one's. */
async function measureResults(): Promise<MemoryResult['results']> {
  const { child, port } = await startPeer('upstream-http.ts')
  const servers = {
    'a shared stdio server': { kind: 'command', command: 'node', args: [STDIO] },
    'an HTTP upstream': { kind: 'remote', url: `http://127.0.0.1:${port}/mcp` },
  }
  try {
    const results: MemoryResult['results'][number][] = []
    for (const [name, server] of Object.entries(servers)) {
      const gateway = await startGateway()
      try {
        await addServer(gateway, 'bench', server)
        results.push({ name, sizeMb: RESULT_MB, extraMb: await extraOf(gateway) })
      } finally {
        await gateway.dispose()
      }
    }
    return results
  } finally {
    await endPeer(child)
  }
}

async function extraOf(gateway: Gateway): Promise<number> {
  const call = async (bytes: number) => {
    const { result } = await modern(gateway, '/bench/mcp', 'tools/call', { name: 'echo', arguments: { bytes } })
    if (result.content[0].text.length !== bytes) throw new Error(`${bytes} bytes were asked for`)
  }
  for (let warmUp = 0; warmUp < 200; warmUp++) await call(100)
  const { nowMb } = memoryOf(gateway.pid)
  writeFileSync(`/proc/${gateway.pid}/clear_refs`, '5') // the highest is now
  await call(RESULT_MB * MIB)
  return Math.round(memoryOf(gateway.pid).peakMb - nowMb)
}

/** Sessions that list and call, and are never heard of again; twice, for a second round must find the room of the first. */
async function measureSessions(count: number): Promise<MemoryResult['sessions']> {
  const env = { SESSIONS_MAX: String(count), SESSION_IDLE_MINUTES: String(IDLE_SECONDS / 60) }
  const gateway = await startGateway({ env, nodeArgs: COLLECT_ON_SIGNAL })
  try {
    await addServer(gateway, 'bench', { kind: 'command', command: 'node', args: [STDIO] })
    const footprints: MemoryResult['sessions']['footprints'][number][] = []
    const note = async (when: string) => void footprints.push({ when, ...(await footprintOf(gateway)) })
    const ended = () => until('the sessions to end', async () => (await metricOf(gateway, 'tooldock_sessions')) === 0, IDLE_SECONDS * 10_000)
    // What the first requests of a process leave behind is no session's.
    await openAndLeave(gateway, count / 10)
    await ended()
    await note('before')
    for (const round of ['first', 'second']) {
      await openAndLeave(gateway, count)
      await note(`open, ${round} round`)
      await ended()
      await note(`ended for idleness, ${round} round`)
    }
    return { opened: count, footprints }
  } finally {
    await gateway.dispose()
  }
}

async function openAndLeave(gateway: Gateway, count: number): Promise<void> {
  let left = count
  const worker = async () => {
    while (left-- > 0) {
      const session = await LegacySession.open(gateway, '/bench/mcp')
      await session.request('tools/call', { name: 'echo', arguments: { text: 'hello' } })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

export async function metricOf(gateway: Gateway, name: string): Promise<number> {
  const { text } = await gateway.http('/metrics')
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1])
}

async function footprintOf(gateway: Gateway): Promise<Footprint> {
  const { pid } = gateway
  gateway.process.kill('SIGUSR2')
  const heapMb = Math.round((await metricOf(gateway, 'nodejs_heap_size_used_bytes')) / MIB)
  return { processes: descendantsOf(pid).length, files: openFiles(pid), heapMb, mb: Math.round(memoryOf(pid).nowMb) }
}
