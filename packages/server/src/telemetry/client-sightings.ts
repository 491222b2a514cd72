import type { EventBus } from './event-bus.ts'

/** A client that came, or looked around: not a call, so no record is kept of it. */
export interface ClientSighting {
  /** Of the address; null: all namespaces. */
  readonly namespace: string | null
  /** As it names itself in the handshake or the envelope. */
  readonly info: Readonly<Record<string, unknown>> | undefined
  /** In words: "connected", "14 tools listed". */
  readonly did: string
}

const WINDOW_MS = 1000
/** What a person who waits for a client can read; the rest is not told. */
const TOLD_MAX = 4

/** Tells who listens to events of clients that come; costs a comparison when nobody does. */
export function createClientSightings(events: EventBus, now: () => number = performance.now.bind(performance)): (sighting: ClientSighting) => void {
  let windowEndsMs = 0
  let told = 0
  return ({ namespace, info, did }) => {
    if (events.listeners === 0) return
    const nowMs = now()
    if (nowMs >= windowEndsMs) {
      windowEndsMs = nowMs + WINDOW_MS
      told = 0
    }
    if (++told > TOLD_MAX) return
    const client = [info?.name, info?.version].filter((part) => typeof part === 'string').join(' ')
    events.publish({ type: 'client.seen', namespace, client: client === '' ? 'a client that gives no name' : client.slice(0, 200), did })
  }
}
