/** Something an administrator changed, or was refused to. */
export interface AuditEntry {
  /** Grows with time. */
  readonly id: string
  /** ISO 8601 UTC. */
  readonly at: string
  readonly principal: string
  /** The `operationId` in the document of the admin API. */
  readonly action: string
  /** What it was done to, such as `demo` or `demo/hello.ts`; empty: nothing has a name. */
  readonly subject: string
  /** HTTP status of the answer; 403: it was refused. */
  readonly status: number
  readonly requestId: string
  /** What was asked for, without secrets, variables and contents: of those only how long they are. */
  readonly details: unknown
}

export interface AuditFilter {
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  readonly principal?: string | undefined
  readonly action?: string | undefined
  /** Part of an action, subject or request id, whatever the case. */
  readonly search?: string | undefined
}

export interface AuditStore {
  add(entries: readonly AuditEntry[]): Promise<number>
  /** Newest first, those before the id `before`. */
  list(filter: AuditFilter, page: { readonly before?: string | undefined; readonly limit: number }): Promise<AuditEntry[]>
  /** Deletes at most `max` of the oldest before `beforeMs`; returns how many. */
  removeBefore(beforeMs: number, max: number): Promise<number>
}
