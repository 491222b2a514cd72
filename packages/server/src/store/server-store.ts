import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import type { ServersTable } from './schema.ts'
import type { ServerRecord, ServerStore } from './store.ts'

/** Keeps what servers/ hands it; what is in it is known there alone. */
export function createServerStore(database: Database): ServerStore {
  const update = async (namespace: string, change: Partial<Omit<ServersTable, 'namespace' | 'created_at' | 'updated_at'>>): Promise<void> => {
    await database.run((db) =>
      db
        .updateTable('servers')
        .set({ ...change, updated_at: new Date().toISOString() })
        .where('namespace', '=', namespace)
        .execute(),
    )
  }
  return {
    async list() {
      const rows = await database.run((db) => db.selectFrom('servers').selectAll().orderBy('namespace').execute())
      return rows.map(toRecord)
    },
    add: (namespace, config, max) =>
      database.transact(async (db) => {
        const { count } = await db
          .selectFrom('servers')
          .select((expression) => expression.fn.countAll().as('count'))
          .executeTakeFirstOrThrow()
        if (Number(count) >= max) return false
        const now = new Date().toISOString()
        const { numInsertedOrUpdatedRows } = await db
          .insertInto('servers')
          .values({ namespace, config: JSON.stringify(config), installed: null, listing: null, listing_key: null, created_at: now, updated_at: now })
          .onConflict((conflict) => conflict.column('namespace').doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n
      }),
    setConfig: (namespace, config) => update(namespace, { config: JSON.stringify(config) }),
    setInstalled: (namespace, config, installed) => update(namespace, { config: JSON.stringify(config), installed: JSON.stringify(installed) }),
    setListing: (namespace, listing, key) => update(namespace, { listing: JSON.stringify(listing), listing_key: key }),
    async remove(namespace) {
      await database.run((db) => db.deleteFrom('servers').where('namespace', '=', namespace).execute())
    },
  }
}

function toRecord(row: Selectable<ServersTable>): ServerRecord {
  return {
    namespace: row.namespace,
    config: JSON.parse(row.config),
    installed: row.installed === null ? null : JSON.parse(row.installed),
    listing: row.listing === null ? null : JSON.parse(row.listing),
    listingKey: row.listing_key,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
