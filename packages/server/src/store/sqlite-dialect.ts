import type { SQLInputValue } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely'
import { DatabaseTrouble } from './database-trouble.ts'
import { OPENED, type SqliteAnswer, type SqliteRequest, type SqliteWorkerData } from './sqlite-protocol.ts'

/** SQLite in a thread of its own: one connection, lent to one query or transaction at a time by Kysely. */
export class SqliteDialect implements Dialect {
  readonly #data: SqliteWorkerData

  constructor(path: string, busyTimeoutMs: number) {
    this.#data = { path, busyTimeoutMs }
  }

  createDriver(): Driver {
    return new SqliteDriver(this.#data)
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler()
  }

  createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter()
  }

  createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
    return new SqliteIntrospector(db)
  }
}

/** SQLite can undo DDL; with this the migrator runs in one transaction. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class SqliteDriver implements Driver {
  readonly #data: SqliteWorkerData
  #connection: SqliteConnection | undefined

  constructor(data: SqliteWorkerData) {
    this.#data = data
  }

  async init(): Promise<void> {
    const connection = new SqliteConnection(this.#data)
    await connection.opened
    this.#connection = connection
  }

  async acquireConnection(): Promise<SqliteConnection> {
    if (!this.#connection) throw new DatabaseTrouble('it is not open')
    return this.#connection
  }

  async releaseConnection(): Promise<void> {}

  /** `immediate`: takes the write lock now, where waiting for it is possible; a later upgrade would fail at once. What only reads takes none. */
  async beginTransaction(connection: SqliteConnection, { accessMode }: TransactionSettings): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(accessMode === 'read only' ? 'begin' : 'begin immediate'))
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    await connection.rollback()
  }

  async destroy(): Promise<void> {
    await this.#connection?.close()
  }
}

class SqliteConnection implements DatabaseConnection {
  /** Rejects when the file cannot be opened. */
  readonly opened: Promise<void>
  readonly #worker: Worker
  readonly #ended: Promise<void>
  readonly #asked = new Map<number, { resolve: (answer: SqliteAnswer) => void; reject: (error: Error) => void }>()
  #lastId = OPENED

  constructor(workerData: SqliteWorkerData) {
    // It inherits NODE_COMPILE_CACHE: without it, stripping types in the thread would cost 20 MB and most of its start.
    this.#worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), { name: 'sqlite', workerData })
    this.#worker.on('message', (answer: SqliteAnswer) => this.#settle(answer))
    this.#worker.on('error', (error: Error) => this.#fail(error.message))
    this.#ended = new Promise((resolve) =>
      this.#worker.once('exit', () => {
        this.#fail('the SQLite thread has ended')
        resolve()
      }),
    )
    this.opened = new Promise((resolve, reject) => this.#asked.set(OPENED, { resolve: () => resolve(), reject }))
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const id = ++this.#lastId
    const { rows, changes } = await new Promise<SqliteAnswer>((resolve, reject) => {
      this.#asked.set(id, { resolve, reject })
      this.#worker.postMessage({ id, sql, parameters: parameters as readonly SQLInputValue[] } satisfies SqliteRequest)
    })
    return changes === undefined ? { rows: rows as R[] } : { rows: rows as R[], numAffectedRows: changes }
  }

  // biome-ignore lint/correctness/useYield: the interface asks for it and nothing in the store streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not supported')
  }

  /** After some failures (disk full, for one) SQLite has rolled back by itself. */
  async rollback(): Promise<void> {
    try {
      await this.executeQuery(CompiledQuery.raw('rollback'))
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('no transaction is active'))) throw error
    }
  }

  async close(): Promise<void> {
    this.#worker.postMessage('close')
    await this.#ended
  }

  #settle(answer: SqliteAnswer): void {
    const asked = this.#asked.get(answer.id)
    this.#asked.delete(answer.id)
    if (answer.error) asked?.reject(toError(answer.error))
    else asked?.resolve(answer)
  }

  #fail(reason: string): void {
    for (const { reject } of this.#asked.values()) reject(new DatabaseTrouble(reason))
    this.#asked.clear()
  }
}

/** Primary result codes that blame the statement: ERROR, TOOBIG, CONSTRAINT, MISMATCH, MISUSE, RANGE. https://sqlite.org/rescode.html */
const STATEMENT_FAULTS: ReadonlySet<number> = new Set([1, 18, 19, 20, 21, 25])

/** The low byte of an extended result code is the primary one. A failure without a code is one of opening the file. */
function toError({ message, errcode }: NonNullable<SqliteAnswer['error']>): Error {
  return errcode !== undefined && STATEMENT_FAULTS.has(errcode & 0xff) ? new Error(message) : new DatabaseTrouble(message)
}
