import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { createCatalog, type PublishingCatalog } from '../catalog/catalog.ts'
import type { CatalogEvent, PublishedNamespace } from '../catalog/snapshot.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { TOKEN_HOLDER } from '../kernel/principal.ts'
import { createProcesses, type Processes } from '../process/processes.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import { createOutputLogs, type OutputLogs } from '../telemetry/output-logs.ts'
import type { UpstreamCall } from '../upstream/upstream.ts'
import { type OpenedServers, openServers } from './open-servers.ts'
import { createSecrets, type Secrets } from './secrets/secrets.ts'
import type { ServerState } from './server.types.ts'
import type { CreateServer, ServerEvent, ServerStatus } from './server-service.types.ts'

/** A server that behaves as its arguments say; see there. */
export const FIXTURE = resolve(import.meta.dirname, '../../../../test/servers/fixture/server.mjs')

type StateEvent = Extract<ServerEvent, { type: 'state' }>

/** A DATA_DIR of its own, on which the real servers are opened and closed as a gateway would. */
export interface TestServers {
  readonly dataDir: string
  readonly opened: OpenedServers
  readonly service: OpenedServers['service']
  readonly catalog: PublishingCatalog
  readonly processes: Processes
  readonly store: Store
  readonly secrets: Secrets
  readonly output: OutputLogs
  readonly catalogEvents: CatalogEvent[]
  readonly events: ServerEvent[]
  readonly stateEvents: StateEvent[]
  /** Lines of the log at level warn and above. */
  readonly warnings: string[]
  published(namespace: string): PublishedNamespace
  /** Calls a tool of what is published now; answers its text. */
  call(namespace: string, tool: string, args?: object, more?: Partial<UpstreamCall>): Promise<string>
  /** @throws with the whole status when it does not come to that */
  until(namespace: string, condition: ServerState | ((status: ServerStatus) => boolean), withinMs?: number): Promise<ServerStatus>
  /** Ends everything but the folder. */
  close(): Promise<void>
}

export interface TestServersOptions {
  readonly config?: Partial<Config>
  /** Folders of tools with these names. */
  readonly native?: readonly string[]
}

export async function createTestDataDir(): Promise<string> {
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'tooldock-servers-')))
  await mkdir(join(dataDir, 'db'))
  return dataDir
}

export async function removeTestDataDir(dataDir: string): Promise<void> {
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
}

/** A server of this behaviour, as a request would describe it. */
export function fixture(namespace: string, behaviour = 'well', more: Partial<CreateServer['config']> = {}, parameter?: string): CreateServer {
  const args = [FIXTURE, behaviour, ...(parameter === undefined ? [] : [parameter])]
  return { config: { namespace, source: { kind: 'command', command: 'node', args }, env: {}, sharing: 'shared', autoStart: true, idleStopMinutes: 0, ...more } }
}

export async function openTestServers(dataDir: string, options: TestServersOptions = {}): Promise<TestServers> {
  const warnings: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) })
  const config: Config = { ...loadConfig({ DATA_DIR: dataDir, FASTMCP_STARTUP_TIMEOUT: '30' }, dataDir), ...options.config }
  const store = await openStore(config, log)
  const processes = createProcesses({ log, dataDir })
  await processes.endLeftovers()
  const output = createOutputLogs(join(dataDir, 'output'), config.outputLogBytesMax, log)
  const catalog = createCatalog((error) => log.error({ err: error }, 'listener'))
  const catalogEvents: CatalogEvent[] = []
  catalog.subscribe((event) => catalogEvents.push(event))
  const secrets = createSecrets({ store: store.secrets, key: Buffer.alloc(32, 7), config, addSecret: () => {}, log })
  const opened = openServers({
    config,
    dataDir,
    store,
    catalog,
    processes,
    secrets,
    writeOutput: output.write,
    isTaken: async (namespace) => options.native?.includes(namespace) ?? false,
    askSession: async () => ({ error: { code: -32603, message: 'There are no sessions here.' } }),
    version: '0.0.0',
    log,
  })
  const { service } = opened
  const events: ServerEvent[] = []
  const stateEvents: StateEvent[] = []
  service.subscribe((event) => {
    events.push(event)
    if (event.type === 'state') stateEvents.push(event)
  })
  await service.start()

  const published = (namespace: string): PublishedNamespace => {
    const found = catalog.current.namespaces.get(namespace)
    if (found === undefined) throw new Error(`${namespace} is not published`)
    return found
  }
  return {
    dataDir,
    opened,
    service,
    catalog,
    processes,
    store,
    secrets,
    output,
    catalogEvents,
    events,
    stateEvents,
    warnings,
    published,
    async call(namespace, tool, args = {}, more = {}) {
      const call: UpstreamCall = {
        method: 'tools/call',
        params: { name: tool, arguments: args },
        requestId: 'test',
        principal: TOKEN_HOLDER,
        clientCapabilities: {},
        ...more,
      }
      const result = await published(namespace).upstream.call(call).result
      if (result.kind !== 'complete') throw new Error(`the call waits for input: ${JSON.stringify(result)}`)
      return (JSON.parse(result.json) as { content: { text: string }[] }).content.map(({ text }) => text).join('')
    },
    async until(namespace, condition, withinMs = 30_000) {
      const isMet = typeof condition === 'string' ? (status: ServerStatus) => status.state === condition : condition
      const deadline = performance.now() + withinMs
      for (;;) {
        const status = service.get(namespace)
        if (isMet(status)) return status
        if (performance.now() > deadline) throw new Error(`"${namespace}" did not come to it: ${JSON.stringify(status)}`)
        await delay(20)
      }
    },
    async close() {
      await opened.close()
      await processes.close()
      await output.close()
      await store.close()
    },
  }
}

/** Does a process run? A zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
