/** A finished call as it is kept and shown. */
export interface CallEntry {
  /** Grows with the time the call ended. */
  readonly id: string
  /** When it ended, ISO 8601 UTC. */
  readonly at: string
  readonly namespace: string
  /** `tools/call`, `resources/read`, … */
  readonly method: string
  /** Tool or prompt name; for resources the URI. */
  readonly name: string
  readonly protocol: 'mcp' | 'rest'
  readonly era: 'modern' | 'legacy' | 'none'
  readonly principal: string
  readonly durationMs: number
  /** `ok`, `input_required` (it waits for its caller), or the code of the error. */
  readonly outcome: string
  /** Of the HTTP request that brought it. */
  readonly requestBytes: number
  readonly resultBytes: number
  readonly requestId: string
  /** Name and version its client gave itself. */
  readonly client?: string
  /** Redacted; only of namespaces that turned it on. Text when it was too long to be kept whole. */
  readonly arguments?: unknown
}

/** Which calls. Times are milliseconds since 1970; `fromMs` is included, `toMs` is not. */
export interface CallFilter {
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  readonly namespace?: string | undefined
  readonly tool?: string | undefined
  readonly method?: string | undefined
  /** `ok`, `error` (every failure) or one code. */
  readonly outcome?: string | undefined
  readonly protocol?: string | undefined
  readonly era?: string | undefined
  readonly principal?: string | undefined
  readonly requestId?: string | undefined
  /** Part of a name, client or request id, whatever the case. */
  readonly search?: string | undefined
}

export interface CallBucket {
  readonly fromMs: number
  readonly toMs: number
  readonly ok: number
  readonly errors: number
}

/** One delta of the counts of a minute: calls of the same members whose durations fell into the same bucket. */
export interface CallCount {
  readonly minuteMs: number
  readonly namespace: string
  readonly method: string
  readonly name: string
  readonly protocol: string
  readonly principal: string
  readonly outcome: string
  /** See duration-buckets.ts. */
  readonly bucket: number
  readonly count: number
}

export type CallGroup = 'tool' | 'namespace' | 'protocol' | 'key'

export interface CountFilter {
  readonly fromMs: number
  readonly toMs: number
  readonly namespace?: string | undefined
  readonly tool?: string | undefined
  readonly protocol?: string | undefined
  readonly principal?: string | undefined
}

/** Calls of one group, outcome and bucket, added up. Members that the group does not tell apart are missing. */
export interface CountRow {
  readonly namespace?: string
  readonly name?: string
  readonly protocol?: string
  readonly principal?: string
  /** Begin of the step, for series. */
  readonly atMs?: number
  readonly outcome: string
  readonly bucket: number
  readonly count: number
}

/** Where calls and their counts lie. Every method rejects with `store_unavailable` when the database does not answer. */
export interface CallStore {
  /** Returns how many were stored: an id that is there already is left as it is. */
  add(calls: readonly CallEntry[]): Promise<number>
  /** Newest first, those before the id `before`. */
  list(filter: CallFilter, page: { readonly before?: string | undefined; readonly limit: number }): Promise<CallEntry[]>
  find(id: string): Promise<CallEntry | undefined>
  /** `buckets` of the same width over [fromMs, toMs). */
  histogram(filter: CallFilter & { readonly fromMs: number; readonly toMs: number }, buckets: number): Promise<CallBucket[]>
  /** The time of the oldest; undefined: there is none. */
  oldestMs(): Promise<number | undefined>
  count(): Promise<number>
  /** Deletes at most `max` of the oldest that ended before `beforeMs`; returns how many. */
  removeBefore(beforeMs: number, max: number): Promise<number>
  removeOldest(max: number): Promise<number>
}

/** Counts of calls by the minute and by the hour. */
export interface CallCountStore {
  /** Adds each to its minute and its hour. */
  add(counts: readonly CallCount[]): Promise<void>
  /** Calls of tools, added up for each group. */
  totals(filter: CountFilter, group: CallGroup): Promise<CountRow[]>
  /** Calls of tools, added up for each step; `stepMs` is a multiple of a minute. */
  series(filter: CountFilter, stepMs: number): Promise<CountRow[]>
  /** Deletes at most `max` minutes and hours before these times; returns how many. */
  removeBefore(minutesBeforeMs: number, hoursBeforeMs: number, max: number): Promise<number>
}
