import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import type { BundlesTable } from './schema.ts'
import type { BundleRecord, BundleStore } from './store.ts'

/** Keeps what bundles/ hands it; what is in it is known there alone. */
export function createBundleStore(database: Database): BundleStore {
  return {
    async list() {
      const rows = await database.run((db) => db.selectFrom('bundles').selectAll().orderBy('namespace').execute())
      return rows.map(toRecord)
    },
    add: (namespace, config, max) =>
      database.transact(async (db) => {
        const { count } = await db
          .selectFrom('bundles')
          .select((expression) => expression.fn.countAll().as('count'))
          .executeTakeFirstOrThrow()
        if (Number(count) >= max) return undefined
        const now = new Date().toISOString()
        const row: BundlesTable = { namespace, config: JSON.stringify(config), created_at: now, updated_at: now }
        const { numInsertedOrUpdatedRows } = await db
          .insertInto('bundles')
          .values(row)
          .onConflict((conflict) => conflict.column('namespace').doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n ? toRecord(row) : undefined
      }),
    setConfig: (namespace, config) =>
      database.transact(async (db) => {
        await db
          .updateTable('bundles')
          .set({ config: JSON.stringify(config), updated_at: new Date().toISOString() })
          .where('namespace', '=', namespace)
          .execute()
        const row = await db.selectFrom('bundles').selectAll().where('namespace', '=', namespace).executeTakeFirst()
        return row && toRecord(row)
      }),
    async remove(namespace) {
      await database.run((db) => db.deleteFrom('bundles').where('namespace', '=', namespace).execute())
    },
  }
}

function toRecord(row: Selectable<BundlesTable>): BundleRecord {
  return { namespace: row.namespace, config: JSON.parse(row.config), createdAt: row.created_at, updatedAt: row.updated_at }
}
