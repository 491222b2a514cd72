import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { DatabaseTrouble } from './database-trouble.ts'
import { FILES } from './files-migration.ts'
import { OBSERVABILITY } from './observability-migration.ts'
import type { Schema } from './schema.ts'

const MIGRATIONS_TABLE = 'tooldock_migrations'
const LOCK_TABLE = `${MIGRATIONS_TABLE}_lock`
/** Only the ancestor has this table. */
export const V1_TABLE = 'external_fastmcp_servers'

/** In the order of their names. Forward only; one that was released is never changed. */
const MIGRATIONS: Record<string, Migration> = {
  '001-namespaces': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('namespaces')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('published', 'text')
        .addColumn('permissions', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('generations')
        .addColumn('namespace', 'text', (column) => column.notNull().references('namespaces.name').onDelete('cascade'))
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('files_hash', 'text', (column) => column.notNull())
        .addColumn('dependencies_id', 'text')
        .addColumn('manifest', 'text', (column) => column.notNull())
        .addColumn('catalogue', 'text', (column) => column.notNull())
        .addColumn('catalogue_key', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('generations_pk', ['namespace', 'id'])
        .execute()
      await db.schema
        .createTable('signing_keys')
        .addColumn('purpose', 'text', (column) => column.primaryKey())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .execute()
    },
  },
  '002-secrets': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('secrets')
        .addColumn('namespace', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('sealed', 'text', (column) => column.notNull())
        .addColumn('set_at', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('secrets_pk', ['namespace', 'name'])
        .execute()
    },
  },
  '003-servers': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('servers')
        .addColumn('namespace', 'text', (column) => column.primaryKey())
        .addColumn('config', 'text', (column) => column.notNull())
        .addColumn('installed', 'text')
        .addColumn('listing', 'text')
        .addColumn('listing_key', 'text')
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'text', (column) => column.notNull())
        .execute()
    },
  },
  '004-bundles': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('bundles')
        .addColumn('namespace', 'text', (column) => column.primaryKey())
        .addColumn('config', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'text', (column) => column.notNull())
        .execute()
    },
  },
  '005-access': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('api_keys')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('prefix', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull().unique())
        .addColumn('access', 'text', (column) => column.notNull())
        .addColumn('last_used_at', 'text')
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('sign_ins')
        .addColumn('hash', 'text', (column) => column.primaryKey())
        .addColumn('principal', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'text', (column) => column.notNull())
        .execute()
    },
  },
  '006-observability': OBSERVABILITY,
  '007-files': FILES,
  '008-tools': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('tool_settings')
        .addColumn('namespace', 'text', (column) => column.notNull())
        .addColumn('tool', 'text', (column) => column.notNull())
        .addColumn('enabled', 'integer', (column) => column.notNull())
        .addColumn('override', 'text')
        .addColumn('updated_at', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('tool_settings_pk', ['namespace', 'tool'])
        .execute()
      await db.schema
        .createTable('tool_examples')
        .addColumn('namespace', 'text', (column) => column.notNull())
        .addColumn('tool', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('arguments', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('tool_examples_pk', ['namespace', 'tool', 'name'])
        .execute()
    },
  },
}

/** Of an empty database, up to the present schema. */
export const MIGRATION_NAMES: readonly string[] = Object.keys(MIGRATIONS).sort()

/**
 * Brings an empty or older database to the present schema, all or nothing; gateways that start at once take turns.
 * A database of another make is only read.
 * @returns the names of the migrations that ran.
 * @throws {ToolDockError} `store_unavailable`: a database of v1 (with the command that imports it) or of a newer ToolDock.
 */
export async function migrate(db: Kysely<Schema>, kind: 'sqlite' | 'postgres', name: string): Promise<string[]> {
  await listApplied(db, kind, name)
  return migrateTo(db, kind, undefined)
}

/**
 * The migrations that a database has had, oldest first; none of an empty one. Only reads.
 * @throws {ToolDockError} `store_unavailable`: a database of v1 (with the command that imports it) or of a newer ToolDock.
 */
export async function listApplied(db: Kysely<Schema>, kind: 'sqlite' | 'postgres', name: string): Promise<string[]> {
  const tables = await listTables(db, kind)
  if (!tables.has(MIGRATIONS_TABLE)) {
    if (!tables.has(V1_TABLE)) return []
    throw new ToolDockError(
      'store_unavailable',
      `${name} is a database of ToolDock v1 and is left as it is: give this ToolDock a new DATABASE_URL or DATA_DIR, start it, and run "tooldock import --from-v1 <data directory of v1>"`,
    )
  }
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(MIGRATIONS_TABLE)} order by name`.execute(db)
  const applied = rows.map((row) => row.name)
  const unknown = applied.find((each) => !(each in MIGRATIONS))
  if (unknown !== undefined)
    throw new ToolDockError(
      'store_unavailable',
      `${name} was made by a newer ToolDock (it has the migration ${unknown}): run that version, or give this one another DATABASE_URL or DATA_DIR`,
    )
  return applied
}

/**
 * Runs the migrations up to `last`, or all; within a transaction when `db` is one.
 * @returns the names of those that ran.
 */
export async function migrateTo(db: Kysely<Schema>, kind: 'sqlite' | 'postgres', last: string | undefined): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
    migrationTableName: MIGRATIONS_TABLE,
    migrationLockTableName: LOCK_TABLE,
    // Else tables of that name in other schemas, where a restore keeps old ones, would be taken for these.
    ...(kind === 'postgres' ? { migrationTableSchema: await currentSchema(db) } : {}),
  })
  const { error, results } = await (last === undefined ? migrator.migrateToLatest() : migrator.migrateTo(last))
  if (error !== undefined) throw error
  return (results ?? []).map((result) => result.migrationName)
}

async function currentSchema(db: Kysely<Schema>): Promise<string> {
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(db)
  const name = rows[0]?.name
  if (name === undefined || name === null) throw new DatabaseTrouble('its search_path names no schema that exists')
  return name
}

/** In the schema where new ones would be made. */
export async function listTables(db: Kysely<Schema>, kind: 'sqlite' | 'postgres'): Promise<Set<string>> {
  const query =
    kind === 'sqlite'
      ? sql<{ name: string }>`select name from sqlite_master where type = 'table'`
      : sql<{ name: string }>`select tablename as name from pg_tables where schemaname = current_schema()`
  return new Set((await query.execute(db)).rows.map((table) => table.name))
}
