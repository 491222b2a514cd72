import { ownMemoryBytes } from '../process/memory-watch.ts'
import type { ManagedServer } from './managed-server.ts'
import { mayBeSecret } from './secrets/may-be-secret.ts'
import type { ServerConfig } from './server.types.ts'
import type { ServerStatus } from './server-service.types.ts'

const HIDDEN = '********'

/** Everything there is to say of a server; reads memory and /proc only. */
export function statusOf({ supervisor, output, createdAt, timeline, job, change }: ManagedServer): ServerStatus {
  const { machine, running, listing, version, lastExit } = supervisor
  const { config, installed } = version
  const pids = running?.pool.connections().flatMap(({ pid }) => pid ?? []) ?? []
  const catalogue = listing?.catalogue
  const isInTrouble = machine.state === 'failed' || machine.state === 'backing_off'
  return {
    namespace: config.namespace,
    kind: config.source.kind,
    title: config.title ?? null,
    state: machine.state,
    reason: machine.reason ?? null,
    since: toDate(machine.since),
    retryAt: machine.retryAt === undefined ? null : toDate(machine.retryAt),
    pid: running?.pool.main.pid ?? null,
    rssBytes: memoryOf(pids),
    connections: running?.pool.connections().length ?? 0,
    generation: supervisor.generation,
    restarts: machine.restarts,
    failures: machine.failures,
    lastExit: lastExit === undefined ? null : { reason: lastExit.reason, at: toDate(lastExit.at) },
    openCalls: running?.pool.inFlight ?? 0,
    parkedCalls: running?.pool.parked ?? 0,
    waitingCalls: supervisor.upstream.waiting,
    server:
      listing === undefined
        ? null
        : {
            era: listing.era,
            protocolVersion: listing.protocolVersion,
            info: listing.serverInfo,
            capabilities: listing.capabilities,
            instructions: listing.instructions ?? null,
          },
    tools: catalogue?.tools.length ?? 0,
    resources: catalogue === undefined ? 0 : catalogue.resources.length + catalogue.resourceTemplates.length,
    prompts: catalogue?.prompts.length ?? 0,
    config: shown(config),
    installed: installed === undefined ? null : { version: installed.version, installedAt: installed.installedAt },
    progress: job?.lines ?? [],
    lastLines: isInTrouble ? output.lastLines() : [],
    change: change ?? null,
    createdAt,
    timeline: [...timeline],
  }
}

/** A reference to a secret is shown, a value that may be one is not. */
function shown(config: ServerConfig): ServerConfig {
  const { source } = config
  return {
    ...config,
    env: hideSecrets(config.env),
    source: source.kind === 'remote' ? { ...source, url: withoutQueryValues(source.url), headers: hideSecrets(source.headers) } : source,
  }
}

function hideSecrets(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, mayBeSecret(name, value) ? HIDDEN : value]))
}

/** Some servers want their key in the address. */
function withoutQueryValues(url: string): string {
  const [address = '', query] = url.split('?', 2)
  if (query === undefined) return url
  const parts = query.split('&').map((part) => {
    const [name = '', value = ''] = part.split('=', 2)
    return mayBeSecret(name, value) ? `${name}=${HIDDEN}` : part
  })
  return `${address}?${parts.join('&')}`
}

function memoryOf(pids: readonly number[]): number | null {
  if (pids.length === 0 || process.platform !== 'linux') return null
  return pids.reduce((sum, pid) => sum + ownMemoryBytes(pid), 0)
}

const toDate = (ms: number): string => new Date(ms).toISOString()
