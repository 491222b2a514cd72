/** Runs `probe` again and again until stopped, and tells how long it took. */
export interface LatencyProbe {
  /** Ends the probing; latencies in milliseconds, sorted. */
  stop(): Promise<{ readonly count: number; readonly p99Ms: number; readonly maxMs: number }>
}

const PAUSE_MS = 20

export function probeLatency(probe: () => Promise<unknown>): LatencyProbe {
  const latencies: number[] = []
  let stopped = false
  const running = (async () => {
    while (!stopped) {
      const begin = performance.now()
      await probe()
      latencies.push(performance.now() - begin)
      await new Promise((done) => setTimeout(done, PAUSE_MS))
    }
  })()
  return {
    async stop() {
      stopped = true
      await running
      latencies.sort((a, b) => a - b)
      const at = (share: number) => Math.round(latencies[Math.min(Math.floor(latencies.length * share), latencies.length - 1)] ?? 0)
      return { count: latencies.length, p99Ms: at(0.99), maxMs: at(1) }
    },
  }
}
