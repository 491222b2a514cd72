import { Kysely, sql } from 'kysely'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { chooseBackend, type DatabaseConfig } from './database.ts'
import { DatabaseTrouble } from './database-trouble.ts'
import { listApplied } from './migrations.ts'
import type { Schema } from './schema.ts'
import type { TableOrder } from './tables.ts'

/** A row as either database gives it; numbers of 64 bits may be text. */
export type DumpRow = Readonly<Record<string, string | number | null>>

/** All tables as they were in one moment, whatever is written meanwhile. */
export interface Dump {
  readonly kind: 'sqlite' | 'postgres'
  /** What made the tables, oldest first. */
  readonly migrations: readonly string[]
  /** Each row once, some at a time, in the order of the table's key. */
  read(table: TableOrder): AsyncGenerator<readonly DumpRow[]>
  close(): Promise<void>
}

/**
 * Reads by a connection of its own (SQLite: a thread of its own), so that no request of the gateway waits for it.
 * @throws {ToolDockError} `store_unavailable`
 */
export async function openDump(config: DatabaseConfig): Promise<Dump> {
  const { kind, dialect, name } = await chooseBackend({ ...config, databasePoolMax: 1 })
  const db = new Kysely<Schema>({ dialect })
  try {
    const transaction = await db.startTransaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute()
    return {
      kind,
      // The first query decides the moment.
      migrations: await listApplied(transaction, kind, name),
      async *read({ name: table, key, rowsAtOnce }) {
        const columns = sql.join(key.map((column) => sql.ref(column)))
        for (let last: DumpRow | undefined; ; ) {
          const after = last && sql`where (${columns}) > (${sql.join(key.map((column) => last?.[column]))})`
          const query = sql<DumpRow>`select * from ${sql.table(table)} ${after ?? sql``} order by ${columns} limit ${sql.lit(rowsAtOnce)}`
          const { rows } = await query.execute(transaction)
          if (rows.length > 0) yield rows
          if (rows.length < rowsAtOnce) return
          last = rows.at(-1)
        }
      },
      async close() {
        await transaction.rollback().execute()
        await db.destroy()
      },
    }
  } catch (error) {
    await db.destroy()
    if (!(error instanceof DatabaseTrouble)) throw error
    throw new ToolDockError('store_unavailable', `The database ${name} cannot be read: ${error.message}`, undefined, { cause: error })
  }
}
