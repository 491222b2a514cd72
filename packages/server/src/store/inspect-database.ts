import { existsSync } from 'node:fs'
import { Kysely } from 'kysely'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { type Backend, chooseBackend, type DatabaseConfig, sqlitePathOf } from './database.ts'
import { DatabaseTrouble } from './database-trouble.ts'
import { listApplied, MIGRATION_NAMES } from './migrations.ts'
import type { Schema } from './schema.ts'

export interface DatabaseState {
  readonly kind: Backend['kind']
  /** Without user and password. */
  readonly name: string
  /** Migrations that it has had, and those that the next start would run; none of either: it does not exist yet. */
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

/**
 * Looks at the database without making or changing anything.
 * @throws {ToolDockError} `store_unavailable` in one line, as at a start
 */
export async function inspectDatabase(config: DatabaseConfig): Promise<DatabaseState> {
  const isSqlite = config.databaseUrl === undefined || config.databaseUrl.startsWith('sqlite:')
  if (isSqlite && !existsSync(sqlitePathOf(config))) return { kind: 'sqlite', name: sqlitePathOf(config), applied: [], pending: MIGRATION_NAMES }
  const { kind, dialect, name } = await chooseBackend({ ...config, databasePoolMax: 1 })
  const db = new Kysely<Schema>({ dialect })
  try {
    const applied = await listApplied(db, kind, name)
    return { kind, name, applied, pending: MIGRATION_NAMES.filter((migration) => !applied.includes(migration)) }
  } catch (error) {
    if (!(error instanceof DatabaseTrouble)) throw error
    throw new ToolDockError('store_unavailable', `The database ${name} cannot be used: ${error.message}`, undefined, { cause: error })
  } finally {
    await db.destroy()
  }
}
