import { setTimeout as delay } from 'node:timers/promises'
import type { Listing } from './server-listing.ts'
import type { RunningServer } from './start-server.ts'

export type ListName = 'tools' | 'prompts' | 'resources'

/** Some servers announce a change whenever they are listed. */
const PAUSE_MS = 500

export interface RelisterDeps {
  readonly isCurrent: (running: RunningServer) => boolean
  /** `announced`: the lists that the server said have changed; it is believed even when they look the same. */
  readonly onListing: (listing: Listing, announced: readonly ListName[]) => void
  readonly onFailed: (error: unknown) => void
}

/** Lists a server again when it says so: one at a time, and once more afterwards for what changed meanwhile. */
export function createRelister({ isCurrent, onListing, onFailed }: RelisterDeps): (running: RunningServer, list: ListName) => void {
  /** Announced a change that is not listed yet. */
  let stale: RunningServer | undefined
  const announced = new Set<ListName>()
  let isListing = false

  async function listAgain(): Promise<void> {
    isListing = true
    while (stale !== undefined) {
      const running = stale
      stale = undefined
      const lists = [...announced]
      announced.clear()
      if (!isCurrent(running)) continue
      try {
        const catalogue = await running.pool.main.mcp.list()
        if (isCurrent(running)) onListing({ ...running.listing, catalogue }, lists)
      } catch (error) {
        if (isCurrent(running)) onFailed(error)
      }
      await delay(PAUSE_MS, undefined, { ref: false })
    }
    isListing = false
  }

  return (running, list) => {
    stale = running
    announced.add(list)
    if (!isListing) void listAgain()
  }
}
