import type { Config } from '../config/settings.ts'
import type { Processes } from '../process/processes.ts'
import { messageOf } from './connection-pool.ts'
import type { RunningServer } from './start-server.ts'
import type { Care, Supervisor } from './supervisor.ts'

const TICK_MS = 500
/** After a replacement that did not answer. */
const RENEW_PAUSE_MS = 60_000
const MIB = 1024 * 1024

export interface CareDeps {
  readonly config: Pick<Config, 'serverHealthIntervalSeconds' | 'serverHealthTimeoutSeconds' | 'toolTimeoutSeconds'>
  readonly memory: Processes['memory']
}

/** Health checks, unused connections, idle stop, and the bounds after which a server is replaced. */
export function createCare({ config, memory }: CareDeps): (supervisor: Supervisor, running: RunningServer) => Care {
  return (supervisor, running) => {
    const { pool } = running
    const { idleStopMinutes, maxLifetimeMinutes, maxRssMb, timeoutSeconds } = supervisor.version.config
    const { pid, openedAt } = pool.main
    /** Why it is to be replaced, when its memory says so. */
    let overMemory: string | undefined
    let renewNotBefore = 0

    /** When the new one does not answer, this one stays, and is replaced some time later. */
    const renew = (reason: string): void => {
      const now = performance.now()
      if (now < renewNotBefore) return
      renewNotBefore = Number.POSITIVE_INFINITY
      void supervisor.renew(reason).finally(() => {
        renewNotBefore = performance.now() + RENEW_PAUSE_MS
      })
    }

    function tick(): void {
      const now = performance.now()
      pool.reap(now)
      if (overMemory !== undefined) renew(overMemory)
      else if (maxLifetimeMinutes !== undefined && now - openedAt > maxLifetimeMinutes * 60_000) renew(`it ran for ${maxLifetimeMinutes} minutes`)
      const isUsed = pool.inFlight + pool.parked + pool.listening + supervisor.upstream.waiting > 0 || supervisor.upstream.isWatched
      if (idleStopMinutes > 0 && !isUsed && now - pool.usedAt > idleStopMinutes * 60_000) supervisor.apply({ type: 'unused' })
    }

    const ticker = setInterval(tick, TICK_MS).unref()
    const health = watchHealth(supervisor, running, {
      intervalMs: config.serverHealthIntervalSeconds * 1000,
      timeoutMs: config.serverHealthTimeoutSeconds * 1000,
      callTimeoutMs: (timeoutSeconds ?? config.toolTimeoutSeconds) * 1000,
    })
    const unwatch =
      pid === undefined || maxRssMb === undefined
        ? () => undefined
        : memory.watch(pid, maxRssMb * MIB, (bytes) => {
            overMemory = `it uses ${Math.round(bytes / MIB)} MiB, more than its ${maxRssMb}`
          })
    return {
      stop() {
        clearInterval(ticker)
        health.stop()
        unwatch()
      },
    }
  }
}

interface HealthLimits {
  /** 0: no checks. */
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly callTimeoutMs: number
}

/**
 * Degraded after one check without an answer; ended after a further one. A server that computes for its calls answers
 * nothing else meanwhile: as long as one of them may still be running, it is only degraded.
 */
function watchHealth(supervisor: Supervisor, { pool }: RunningServer, { intervalMs, timeoutMs, callTimeoutMs }: HealthLimits): Care {
  let timer: NodeJS.Timeout | undefined
  let silentSince: number | undefined
  let isStopped = false

  async function check(): Promise<void> {
    const asked = performance.now()
    try {
      await pool.main.mcp.ping(timeoutMs)
      silentSince = undefined
      if (!isStopped) supervisor.apply({ type: 'healthy' })
    } catch (error) {
      if (isStopped) return
      const isFirst = silentSince === undefined
      silentSince ??= asked
      const mayCompute = pool.main.mcp.inFlight > 0 && performance.now() - silentSince < callTimeoutMs + timeoutMs
      if (isFirst || !mayCompute) supervisor.apply({ type: 'unhealthy', reason: `it did not answer a health check: ${messageOf(error)}` })
    }
    if (!isStopped) schedule(silentSince === undefined ? intervalMs : Math.min(intervalMs, timeoutMs))
  }

  function schedule(afterMs: number): void {
    timer = setTimeout(() => void check(), afterMs).unref()
  }

  if (intervalMs > 0) schedule(intervalMs)
  return {
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
