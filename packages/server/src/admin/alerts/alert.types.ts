import type { AttentionItem } from '../attention/attention.types.ts'

/** What a webhook is told; the form is that of Standard Webhooks. */
export interface AlertMessage {
  readonly type: 'alert.begun' | 'alert.lasting' | 'alert.resolved' | 'alert.test'
  /** When it was found, ISO 8601 UTC. */
  readonly timestamp: string
  readonly data: Pick<AttentionItem, 'id' | 'severity' | 'title' | 'detail' | 'since' | 'subject'> & {
    readonly kind: AttentionItem['kind'] | 'test'
    /** Which gateway it is: PUBLIC_URL, or the name of its host. */
    readonly gateway: string
    /** Where it can be looked at; missing when no PUBLIC_URL is set. */
    readonly url?: string
  }
}

/** How one attempt to deliver a message ended. */
export interface AlertDelivery {
  readonly delivered: boolean
  /** HTTP status; null: no answer came. */
  readonly status: number | null
  readonly durationMs: number
  /** Why not; null when it was delivered. Never holds the address or a secret. */
  readonly error: string | null
}
