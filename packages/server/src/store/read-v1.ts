import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, sql } from 'kysely'
import { z } from 'zod'
import { StartError } from '../kernel/start-error.ts'
import { listTables, V1_TABLE } from './migrations.ts'
import type { Schema } from './schema.ts'
import { SqliteDialect } from './sqlite-dialect.ts'

const BUSY_TIMEOUT_MS = 5000

const text = z.string().nullish()
const json = <T>(schema: z.ZodType<T>) =>
  z.preprocess((value: unknown) => (typeof value === 'string' && value !== '' ? JSON.parse(value) : (value ?? null)), schema.nullable())
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)

/** One external server as v1 stored it. */
const V1_SERVER = z.object({
  server_name: z.string(),
  namespace: z.string(),
  install_method: text,
  repo_url: text,
  entrypoint: text,
  startup_command: text,
  command_args: json(z.array(scalar)),
  env_vars: json(z.record(z.string(), scalar)),
  transport_type: text,
  server_url: text,
  venv_path: text,
  auto_start: z.union([z.number(), z.boolean()]).nullish().transform(Boolean),
  package_type: text,
})
export type V1Server = z.infer<typeof V1_SERVER>

export interface V1Servers {
  readonly servers: readonly V1Server[]
  /** Rows that could not be understood, by namespace or number. */
  readonly broken: readonly string[]
}

/**
 * The external servers in the SQLite file of v1. A copy of it is read: not even SQLite's own files are made beside it.
 * @throws {StartError} there is no such file, or it is another database
 */
export async function readV1Servers(file: string): Promise<V1Servers> {
  const folder = await mkdtemp(join(tmpdir(), 'tooldock-v1-'))
  try {
    const copy = join(folder, 'v1.db')
    await copyFile(file, copy).catch((error: NodeJS.ErrnoException) => {
      throw new StartError(`${file} cannot be read (${error.code}): is this the data directory of a ToolDock v1 with SQLite?`, { cause: error })
    })
    // What v1 wrote last may still be in its log.
    await copyFile(`${file}-wal`, `${copy}-wal`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    return await readCopy(copy, file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readCopy(copy: string, file: string): Promise<V1Servers> {
  const db = new Kysely<Schema>({ dialect: new SqliteDialect(copy, BUSY_TIMEOUT_MS) })
  try {
    if (!(await listTables(db, 'sqlite')).has(V1_TABLE)) throw new StartError(`${file} is not a database of ToolDock v1.`)
    const { rows } = await sql<{ namespace?: unknown }>`select * from ${sql.table(V1_TABLE)} order by id`.execute(db)
    const servers: V1Server[] = []
    const broken: string[] = []
    for (const [index, row] of rows.entries()) {
      const server = understand(row)
      if (server === undefined) broken.push(typeof row.namespace === 'string' ? row.namespace : `row ${index + 1}`)
      else servers.push(server)
    }
    return { servers, broken }
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(`${file} cannot be read: ${(error as Error).message}`, { cause: error })
  } finally {
    await db.destroy()
  }
}

/** A column may hold JSON that is none. */
function understand(row: unknown): V1Server | undefined {
  try {
    return V1_SERVER.parse(row)
  } catch {
    return undefined
  }
}
