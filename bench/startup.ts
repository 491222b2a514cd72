import { rmSync } from 'node:fs'
import { type Gateway, makeDataDir, startGateway } from '../test/system/gateway.ts'
import { memoryOf } from '../test/system/processes.ts'
import { ECHO, namespacesOf } from './namespaces.ts'

export interface StartupResult {
  readonly coldStartMs: number
  readonly firstColdCallMs: number
  readonly idleMb: number
  readonly idleHundredNamespacesMb: number
}

const SETTLE_MS = 3000

/** Starts once to publish, stops, and starts again: what a start without changes costs. */
async function restarted(namespaces: Readonly<Record<string, Record<string, string>>>, measure: (gateway: Gateway) => Promise<void>): Promise<void> {
  const dataDir = makeDataDir()
  try {
    const first = await startGateway({ dataDir, namespaces, env: { LOG_FORMAT: 'text' }, readyTimeoutMs: 180_000 })
    await first.stop()
    const gateway = await startGateway({ dataDir, env: { LOG_FORMAT: 'text', BEARER_TOKEN: first.token } })
    try {
      await measure(gateway)
    } finally {
      await gateway.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Memory is read after a few seconds at rest, when the start's garbage may be gone. */
async function idleMemory(gateway: Gateway): Promise<number> {
  await new Promise((done) => setTimeout(done, SETTLE_MS))
  return memoryOf(gateway.pid).nowMb
}

export async function measureStartup(): Promise<StartupResult> {
  const measured = { coldStartMs: 0, firstColdCallMs: 0, idleMb: 0, idleHundredNamespacesMb: 0 }
  await restarted({ bench: ECHO, second: ECHO }, async (gateway) => {
    measured.coldStartMs = Math.round(gateway.listeningMs)
    measured.idleMb = await idleMemory(gateway)
    const begin = performance.now()
    const reply = await gateway.rest('bench', 'echo', { text: 'first' })
    if (reply.status !== 200) throw new Error(`the first call answered ${reply.status} ${reply.text}`)
    measured.firstColdCallMs = Math.round(performance.now() - begin)
  })
  await restarted(namespacesOf(100, 10), async (gateway) => {
    measured.idleHundredNamespacesMb = await idleMemory(gateway)
  })
  return measured
}
