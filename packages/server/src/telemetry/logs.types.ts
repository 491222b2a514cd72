import type { ReadStream } from 'node:fs'

/** Least severe first. */
export const LINE_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LineLevel = (typeof LINE_LEVELS)[number]

/** One line of the log. */
export interface LogLine {
  /** Where it stands: `YYYY-MM-DD.<byte>`; in a live stream any text that is used once. */
  readonly id: string
  /** ISO 8601 UTC. */
  readonly at: string
  readonly level: LineLevel
  readonly message: string
  readonly namespace?: string
  readonly tool?: string
  readonly requestId?: string
  /** Every other member. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Which lines. Times are milliseconds since 1970; `fromMs` is included, `toMs` is not. */
export interface LogFilter {
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  /** At least as severe as this. */
  readonly level?: LineLevel | undefined
  readonly namespace?: string | undefined
  readonly tool?: string | undefined
  readonly requestId?: string | undefined
  /** Part of the line, whatever the case. */
  readonly search?: string | undefined
}

export interface LogPage {
  /** Newest first. Fewer than asked for, even none, while `nextCursor` says that there is more to look through. */
  readonly lines: readonly LogLine[]
  readonly nextCursor: string | null
}

export interface LogBucket {
  readonly fromMs: number
  readonly toMs: number
  readonly lines: number
  readonly warnings: number
  readonly errors: number
}

/** The daily files, as they are read again. */
export interface LogFiles {
  search(filter: LogFilter, page: { readonly cursor?: string | undefined; readonly limit: number }): Promise<LogPage>
  /** `buckets` of the same width. `complete`: false when there was more to read than one answer may; the oldest are not counted then. */
  histogram(
    filter: LogFilter & { readonly fromMs: number; readonly toMs: number },
    buckets: number,
  ): Promise<{ readonly buckets: readonly LogBucket[]; readonly complete: boolean }>
  /** Newest first. */
  days(): Promise<readonly { readonly day: string; readonly bytes: number }[]>
  /** The file of a day (YYYY-MM-DD); undefined: there is none. */
  open(day: string): Promise<ReadStream | undefined>
}
