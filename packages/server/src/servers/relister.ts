import { setTimeout as delay } from 'node:timers/promises'
import type { Listing } from './server-listing.ts'
import type { RunningServer } from './start-server.ts'

/** Some servers announce a change whenever they are listed. */
const PAUSE_MS = 500

export interface RelisterDeps {
  readonly isCurrent: (running: RunningServer) => boolean
  readonly onListing: (listing: Listing) => void
  readonly onFailed: (error: unknown) => void
}

/** Lists a server again when it says so: one at a time, and once more afterwards for what changed meanwhile. */
export function createRelister({ isCurrent, onListing, onFailed }: RelisterDeps): (running: RunningServer) => void {
  /** Announced a change that is not listed yet. */
  let stale: RunningServer | undefined
  let isListing = false

  async function list(): Promise<void> {
    isListing = true
    while (stale !== undefined) {
      const running = stale
      stale = undefined
      if (!isCurrent(running)) continue
      try {
        const catalogue = await running.pool.main.mcp.list()
        if (isCurrent(running)) onListing({ ...running.listing, catalogue })
      } catch (error) {
        if (isCurrent(running)) onFailed(error)
      }
      await delay(PAUSE_MS, undefined, { ref: false })
    }
    isListing = false
  }

  return (running) => {
    stale = running
    if (!isListing) void list()
  }
}
