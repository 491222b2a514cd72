import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Dialect, Kysely, sql, type Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { BoundedQueue } from '../kernel/bounded-queue.ts'
import { DatabaseTrouble } from './database-trouble.ts'
import { listApplied, MIGRATION_NAMES, migrate } from './migrations.ts'
import type { Schema } from './schema.ts'

/** An index on millions of rows, or another process that makes it. */
const MIGRATION_MS_MAX = 600_000
/** Nothing tells when a lock of SQLite is free. */
const JOURNAL_RETRY_MS = 20

export type DatabaseConfig = Pick<Config, 'dataDir' | 'databaseUrl' | 'databasePoolMax' | 'databaseTimeoutMs' | 'storeQueueMax'>

/** Everything that reaches the database passes here: one bound, one deadline, one translation of failures. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres'
  /** Requests waiting or under way now. */
  readonly pending: number
  /** One statement, or several that need not hold together. @throws {ToolDockError} `store_unavailable` */
  run<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T>
  /** All of `work` or, when it throws, nothing. `work` uses only what it is given. @throws {ToolDockError} `store_unavailable` */
  transact<T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T>
  /** Refuses what waits, lets what runs end. */
  close(): Promise<void>
}

/** A database as a Kysely sees it. */
export interface Backend {
  readonly kind: Database['kind']
  readonly dialect: Dialect
  /** For messages; without user and password. */
  readonly name: string
  /** Requests that can run at once. */
  readonly concurrency: number
}

/**
 * Connects and migrates.
 * @throws {ToolDockError} `store_unavailable` in one line that names the database, at the latest after `databaseTimeoutMs` without an answer.
 */
export async function openDatabase(config: DatabaseConfig, log: Logger): Promise<Database> {
  const backend = await chooseBackend(config)
  const db = new Kysely<Schema>({ dialect: backend.dialect })
  try {
    const migrations = await migrateSlowly(db, backend, config)
    // Only now: a database that was refused has not been written to.
    if (backend.kind === 'sqlite') await writeAhead(db, config.databaseTimeoutMs)
    log.debug({ database: backend.name, migrations }, 'database open')
  } catch (error) {
    await db.destroy()
    if (error instanceof DatabaseTrouble)
      throw new ToolDockError('store_unavailable', `The database ${backend.name} cannot be used: ${error.message}`, undefined, { cause: error })
    throw error
  }
  return guard(db, backend, config, log)
}

/** The first change of the journal needs the whole file, and SQLite does not wait for it by itself, as it does for every other lock. */
async function writeAhead(db: Kysely<Schema>, timeoutMs: number): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    try {
      await sql`pragma journal_mode = wal`.execute(db)
      break
    } catch (error) {
      if (!(error instanceof DatabaseTrouble) || performance.now() > giveUpAt) throw error
      await pause(JOURNAL_RETRY_MS)
    }
  }
  await sql`pragma synchronous = full`.execute(db)
}

/** Nothing to do is told at once; what is to be done may take longer than a request, and waits for others who do it. */
async function migrateSlowly(db: Kysely<Schema>, { kind, name }: Backend, config: DatabaseConfig): Promise<string[]> {
  if (kind === 'sqlite') return migrate(db, kind, name)
  if ((await listApplied(db, kind, name)).length === MIGRATION_NAMES.length) return []
  const { dialect } = await chooseBackend({ ...config, databasePoolMax: 1, databaseTimeoutMs: Math.max(config.databaseTimeoutMs, MIGRATION_MS_MAX) })
  const patient = new Kysely<Schema>({ dialect })
  try {
    return await migrate(patient, kind, name)
  } finally {
    await patient.destroy()
  }
}

function guard(db: Kysely<Schema>, { kind, name, concurrency }: Backend, config: DatabaseConfig, log: Logger): Database {
  const queue = new BoundedQueue({
    concurrency,
    pendingMax: config.storeQueueMax,
    waitMs: config.databaseTimeoutMs,
    refusal: (reason) => new ToolDockError('store_unavailable', REFUSALS[reason]),
  })
  const run = async <T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T> => {
    try {
      return await queue.run(() => work(db))
    } catch (error) {
      if (!(error instanceof DatabaseTrouble)) throw error
      log.warn({ database: name, reason: error.message }, 'the database does not answer')
      const message = DISK_FULL.test(error.message) ? 'The disk of the database is full.' : 'The database does not answer.'
      throw new ToolDockError('store_unavailable', message, undefined, { cause: error })
    }
  }
  return {
    kind,
    get pending() {
      return queue.pending
    },
    run,
    transact: (work) => run((all) => all.transaction().execute(work)),
    async close() {
      await queue.close()
      await db.destroy()
    },
  }
}

/** As SQLite and the systems below PostgreSQL say it. */
const DISK_FULL = /disk is full|no space left/i

const REFUSALS = {
  full: 'As many database requests as STORE_QUEUE_MAX already wait.',
  timeout: 'The database did not come to this request within DATABASE_TIMEOUT_MS.',
  closed: 'The database is closed.',
} as const

/** The libraries of a database are loaded only when it is the one. */
export async function chooseBackend({ dataDir, databaseUrl, databasePoolMax, databaseTimeoutMs }: DatabaseConfig): Promise<Backend> {
  if (databaseUrl === undefined || databaseUrl.startsWith('sqlite:')) {
    const path = sqlitePathOf({ dataDir, databaseUrl })
    const { SqliteDialect } = await import('./sqlite-dialect.ts')
    return { kind: 'sqlite', dialect: new SqliteDialect(path, databaseTimeoutMs), name: path, concurrency: 1 }
  }
  const { url, name } = postgresUrlOf(databaseUrl)
  const { createPostgresDialect } = await import('./postgres-dialect.ts')
  return {
    kind: 'postgres',
    dialect: createPostgresDialect({ url, poolMax: databasePoolMax, timeoutMs: databaseTimeoutMs }),
    name,
    concurrency: databasePoolMax,
  }
}

/** Also with the scheme of the ancestor; `name` is for messages, without user and password. @throws {ToolDockError} `store_unavailable` */
export function postgresUrlOf(databaseUrl: string): { readonly url: string; readonly name: string } {
  const url = databaseUrl.replace(/^postgresql\+psycopg:/, 'postgresql:')
  if (!URL.canParse(url)) throw new ToolDockError('store_unavailable', 'DATABASE_URL is not a URL: special characters of the password must be percent-encoded')
  const { host, pathname } = new URL(url)
  return { url, name: `postgresql://${host}${pathname}` }
}

/** The file that holds the database, absolute; as in v1: `sqlite:///relative/path`, `sqlite:////absolute/path`. */
export function sqlitePathOf({ dataDir, databaseUrl }: Pick<Config, 'dataDir' | 'databaseUrl'>): string {
  return databaseUrl === undefined ? join(resolve(dataDir), 'db', 'tooldock.db') : resolve(databaseUrl.replace(/^sqlite:\/\/\//, ''))
}
