import type { AuditEntry } from './audit.types.ts'
import type { CallEntry } from './calls.types.ts'

/** What each event says besides its type and time. Small and free of secrets: every administrator who listens is told. */
export interface EventMembers {
  'server.state': { readonly namespace: string; readonly state: string; readonly reason: string | null }
  'server.added': { readonly namespace: string }
  /** Its configuration or its version is another, or a change of them has begun or failed. */
  'server.changed': { readonly namespace: string }
  'server.removed': { readonly namespace: string }
  /** A new generation is served. */
  'namespace.published': { readonly namespace: string; readonly generation: string | null }
  /** What it lists, or what is known of it, is another: look again. */
  'namespace.changed': { readonly namespace: string; readonly lists?: readonly string[] }
  'namespace.removed': { readonly namespace: string }
  /** What was published is still served. */
  'namespace.reload_failed': { readonly namespace: string; readonly message: string }
  /** It was made, removed (its state says so), or shows something else. */
  'bundle.changed': { readonly namespace: string; readonly state: string }
  'tool.changed': { readonly namespace: string; readonly tool: string }
  /** Finished calls since the last event of this type, oldest first; `more`: how many others there were. */
  'call.finished': { readonly calls: readonly CallEntry[]; readonly more: number }
  /** A client connected or listed, at the address of a namespace or (null) of all. */
  'client.seen': { readonly namespace: string | null; readonly client: string; readonly did: string }
  'job.progress': { readonly id: string; readonly kind: string; readonly subject: string; readonly message: string; readonly progress: number | null }
  'job.finished': { readonly id: string; readonly kind: string; readonly subject: string; readonly state: string; readonly message: string | null }
  'key.changed': { readonly id: string; readonly change: 'created' | 'updated' | 'removed' }
  audit: { readonly entry: AuditEntry }
  /** What needs a person is another: ask /api/attention. */
  attention: { readonly items: number }
}

export type EventType = keyof EventMembers
/** An event as it is published; `at` (ISO 8601 UTC) is filled in when it is missing. */
export type GatewayEventBody = { [T in EventType]: { readonly type: T; readonly at?: string } & EventMembers[T] }[EventType]
export type GatewayEvent = { [T in EventType]: { readonly type: T; readonly at: string } & EventMembers[T] }[EventType]

export interface EventBus {
  /** Tells every listener, in the order of subscription; never throws. */
  publish(event: GatewayEventBody): void
  /** Returns the unsubscribe function. */
  subscribe(listener: (event: GatewayEvent) => void): () => void
  /** Listeners now: what is costly to tell need not be made for nobody. */
  readonly listeners: number
}

/** @param onTrouble told of a listener that threw; the others are told the event nevertheless */
export function createEventBus(onTrouble: (error: unknown) => void): EventBus {
  const listeners = new Set<(event: GatewayEvent) => void>()
  return {
    publish(body) {
      const event = { ...body, at: body.at ?? new Date().toISOString() } as GatewayEvent
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (error) {
          onTrouble(error)
        }
      }
    },
    subscribe(listener) {
      // Its own function, so that one listener subscribed twice is two subscriptions.
      const own = (event: GatewayEvent) => listener(event)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    get listeners() {
      return listeners.size
    },
  }
}
