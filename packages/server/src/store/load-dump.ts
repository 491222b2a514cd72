import { Kysely, sql } from 'kysely'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { type Backend, chooseBackend, type DatabaseConfig } from './database.ts'
import { DatabaseTrouble } from './database-trouble.ts'
import { listTables, MIGRATION_NAMES, migrateTo } from './migrations.ts'
import type { DumpRow } from './read-dump.ts'
import type { Schema } from './schema.ts'
import { TABLES, type TableOrder } from './tables.ts'

/** PostgreSQL counts parameters in 16 bits, SQLite to 32,766. */
const PARAMETERS_MAX = 30_000

/** What a database is filled with. */
export interface DumpSource {
  /** What made the tables of the dump, oldest first. */
  readonly migrations: readonly string[]
  /** Undefined: the dump has no such table. */
  read(table: TableOrder): AsyncIterable<readonly DumpRow[]> | undefined
}

/** The first migration of the dump that this version does not know. */
export const unknownMigration = ({ migrations }: Pick<DumpSource, 'migrations'>): string | undefined =>
  migrations.find((name) => !MIGRATION_NAMES.includes(name))

/** Has the database tables of this or another ToolDock? False also for a SQLite file that is not there. @throws {ToolDockError} `store_unavailable` */
export async function hasTables(config: DatabaseConfig): Promise<boolean> {
  return withDatabase(config, async (db, { kind }) => {
    const tables = await listTables(db, kind)
    return TABLES.some(({ name }) => tables.has(name))
  })
}

/**
 * Fills the database, all or nothing: tables as the dump has them, its rows, then the newer migrations. Tables that are
 * there already are moved into the schema `aside` (PostgreSQL), which is made in any case and shows that this was done.
 * @throws {ToolDockError} `store_unavailable`
 */
export async function loadDump(config: DatabaseConfig, source: DumpSource, aside?: string): Promise<void> {
  await withDatabase(config, (db, { kind }) =>
    db.transaction().execute(async (transaction) => {
      if (aside !== undefined) await moveTablesTo(transaction, aside)
      await migrateTo(transaction, kind, source.migrations.at(-1))
      for (const table of TABLES) for await (const rows of source.read(table) ?? []) await insert(transaction, table, rows)
      await migrateTo(transaction, kind, undefined)
    }),
  )
}

/** @throws {ToolDockError} `store_unavailable` */
export async function hasSchema(config: DatabaseConfig, name: string): Promise<boolean> {
  const { rows } = await withDatabase(config, (db) => sql`select 1 from pg_namespace where nspname = ${name}`.execute(db))
  return rows.length > 0
}

/** @throws {ToolDockError} `store_unavailable` */
export async function dropSchemaIfEmpty(config: DatabaseConfig, name: string): Promise<void> {
  await withDatabase(config, async (db) => {
    const { rows } = await sql`select 1 from pg_tables where schemaname = ${name} limit 1`.execute(db)
    if (rows.length === 0) await db.schema.dropSchema(name).ifExists().execute()
  })
}

async function moveTablesTo(db: Kysely<Schema>, schema: string): Promise<void> {
  await db.schema.createSchema(schema).execute()
  const there = await listTables(db, 'postgres')
  const ours = new Set<string>(TABLES.map(({ name }) => name))
  for (const name of there) if (ours.has(name) || name.startsWith('tooldock_migrations')) await db.schema.alterTable(name).setSchema(schema).execute()
}

async function insert(db: Kysely<Schema>, { name }: TableOrder, rows: readonly DumpRow[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const rowsMax = Math.max(1, Math.floor(PARAMETERS_MAX / columns.length))
  for (let at = 0; at < rows.length; at += rowsMax) {
    const values = rows.slice(at, at + rowsMax).map((row) => sql`(${sql.join(columns.map((column) => row[column] ?? null))})`)
    await sql`insert into ${sql.table(name)} (${sql.join(columns.map((column) => sql.ref(column)))}) values ${sql.join(values)}`.execute(db)
  }
}

async function withDatabase<T>(config: DatabaseConfig, work: (db: Kysely<Schema>, backend: Backend) => Promise<T>): Promise<T> {
  const backend = await chooseBackend({ ...config, databasePoolMax: 1 })
  const db = new Kysely<Schema>({ dialect: backend.dialect })
  try {
    return await work(db, backend)
  } catch (error) {
    if (!(error instanceof DatabaseTrouble)) throw error
    throw new ToolDockError('store_unavailable', `The database ${backend.name} cannot be used: ${error.message}`, undefined, { cause: error })
  } finally {
    await db.destroy()
  }
}
