import type { Insertable, Kysely, Selectable } from 'kysely'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Database } from './database.ts'
import type { NamespacesTable, Schema } from './schema.ts'
import type { NamespaceRecord, NamespaceStore } from './store.ts'

export function createNamespaceStore(database: Database): NamespaceStore {
  const find = (db: Kysely<Schema>, name: string) => db.selectFrom('namespaces').selectAll().where('name', '=', name).executeTakeFirst()
  return {
    async list() {
      const rows = await database.run((db) => db.selectFrom('namespaces').selectAll().orderBy('name').execute())
      return rows.map(toRecord)
    },
    async find(name) {
      const row = await database.run((db) => find(db, name))
      return row && toRecord(row)
    },
    async ensure(name) {
      const row = await database.transact(async (transaction) => {
        await insertNamespace(transaction, name)
        return find(transaction, name)
      })
      if (!row) throw new Error(`namespace ${name} is missing after its insertion`)
      return toRecord(row)
    },
    async setPermissions(name, permissions) {
      const change = { permissions: JSON.stringify([...permissions].sort()), updated_at: new Date().toISOString() }
      const { numUpdatedRows } = await database.run((db) => db.updateTable('namespaces').set(change).where('name', '=', name).executeTakeFirst())
      if (numUpdatedRows === 0n) throw new ToolDockError('namespace_not_found', `There is no namespace "${name}".`)
    },
    async remove(name) {
      await database.run((db) => db.deleteFrom('namespaces').where('name', '=', name).execute())
    },
  }
}

/** Leaves a row that exists as it is. */
export async function insertNamespace(db: Kysely<Schema>, name: string): Promise<void> {
  const now = new Date().toISOString()
  const row: Insertable<NamespacesTable> = { name, kind: 'native', published: null, permissions: '[]', created_at: now, updated_at: now }
  await db
    .insertInto('namespaces')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
}

function toRecord(row: Selectable<NamespacesTable>): NamespaceRecord {
  return {
    name: row.name,
    kind: 'native',
    published: row.published,
    permissions: JSON.parse(row.permissions),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
