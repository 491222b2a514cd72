import { canSee, type Principal } from '../kernel/principal.ts'
import type { Frontend } from './context.ts'
import { createReadiness, type ReadinessSources } from './readiness.ts'
import type { CertificateInfo } from './tls/certificate.ts'

export interface NamespaceHealth {
  readonly name: string
  readonly state: string
  readonly worker: string
  readonly problems: readonly { readonly message: string }[]
}

/** What the probes look at; app.ts fills it. Everything but `pingStore` and `probeListeners` reads memory. */
export interface HealthSources extends ReadinessSources {
  readonly version: string
  readonly store: { readonly kind: string; readonly pending: number; ping(): Promise<void> }
  namespaces(): readonly NamespaceHealth[]
  /** Undefined: plain HTTP. */
  readonly certificate?: { readonly info: CertificateInfo } | undefined
  /** What goes on now: sessions, streams, parkedCalls, callsInFlight, … */
  counts(): Readonly<Record<string, number>>
  /** The registry of prom-client. */
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> }
}

export interface HealthConfig {
  readonly metricsPublic: boolean
}

/**
 * The probes of every listener: `/health/live` (the process is up), `/health/ready` (calls can be served), `/health`
 * (the whole picture) and `/metrics`. Callers without a token see states and counts, never names or reasons.
 */
export function createHealth(config: HealthConfig, sources: HealthSources): Frontend {
  const readiness = createReadiness(sources)
  const probe = { config: { public: true }, exposeHeadRoute: true }
  return {
    part: 'health',
    register: (app) => {
      app.addHook('onRequest', (_request, reply, done) => {
        reply.header('cache-control', 'no-store')
        done()
      })
      app.get('/health/live', probe, (_request, reply) => reply.send({ status: 'live' }))
      app.get('/health/ready', probe, async (request, reply) => {
        const { ready, checks, reasons } = await readiness()
        reply.code(ready ? 200 : 503)
        return { status: ready ? 'ready' : 'not_ready', checks, ...(request.authenticated ? { reasons } : {}) }
      })
      app.get('/health', probe, async (request, reply) => {
        const { ready, checks, reasons } = await readiness()
        reply.code(ready ? 200 : 503)
        return { ...picture(sources, ready), checks, ...(request.authenticated ? { reasons, ...named(sources, request.principal) } : {}) }
      })
      // They name every namespace.
      app.get('/metrics', { config: { public: config.metricsPublic, role: 'admin' } }, async (_request, reply) => {
        reply.header('content-type', sources.metrics.contentType)
        return sources.metrics.metrics()
      })
    },
  }
}

function picture(sources: HealthSources, ready: boolean): Record<string, unknown> {
  const namespaces = sources.namespaces()
  const { rss, heapUsed } = process.memoryUsage()
  const degraded = namespaces.some(({ state, worker, problems }) => state !== 'published' || worker === 'failed' || problems.length > 0)
  return {
    status: !ready ? 'unavailable' : degraded ? 'degraded' : 'healthy',
    uptimeSeconds: Math.floor(process.uptime()),
    namespaces: { total: namespaces.length, ...tally(namespaces.map(({ state }) => state)) },
    workers: tally(namespaces.map(({ worker }) => worker)),
    store: { kind: sources.store.kind, pending: sources.store.pending },
    now: sources.counts(),
    memory: { rssBytes: rss, heapUsedBytes: heapUsed },
  }
}

/** What only the holder of a token or key may know, and of namespaces what exists for it. */
function named(sources: HealthSources, principal: Principal): Record<string, unknown> {
  const seen = sources.namespaces().filter(({ name }) => canSee(principal, name))
  const details = seen.map(({ name, state, worker, problems }) => ({ name, state, worker, problems: problems.map(({ message }) => message) }))
  const { version, certificate } = sources
  return { version, ...(certificate === undefined ? {} : { certificate: certificate.info }), details: { namespaces: details } }
}

function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
