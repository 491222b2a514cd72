import type { SQLInputValue } from 'node:sqlite'

/** What the gateway's thread and the SQLite thread say to each other; `'close'` ends the thread after what was asked before. */
export interface SqliteRequest {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly SQLInputValue[]
}

export interface SqliteAnswer {
  readonly id: number
  readonly rows: readonly unknown[]
  /** Of a statement that returns no rows. */
  readonly changes?: bigint
  /** `errcode`: SQLite's extended result code, absent for a failure outside SQLite. */
  readonly error?: { readonly message: string; readonly errcode: number | undefined }
}

export interface SqliteWorkerData {
  readonly path: string
  readonly busyTimeoutMs: number
}

/** The id of the first answer, which tells whether the file could be opened. */
export const OPENED = 0
