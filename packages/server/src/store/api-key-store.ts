import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import type { ApiKeysTable } from './schema.ts'
import type { ApiKeyRecord, ApiKeyStore } from './store.ts'

/** Keeps what access/ hands it; what is in it is known there alone. */
export function createApiKeyStore(database: Database): ApiKeyStore {
  return {
    async list() {
      const rows = await database.run((db) => db.selectFrom('api_keys').selectAll().orderBy('created_at').orderBy('id').execute())
      return rows.map(toRecord)
    },
    add: ({ id, name, prefix, hash, access, lastUsedAt, createdAt, createdBy }, max) =>
      database.transact(async (db) => {
        const { count } = await db
          .selectFrom('api_keys')
          .select((expression) => expression.fn.countAll().as('count'))
          .executeTakeFirstOrThrow()
        if (Number(count) >= max) return false
        const row = { id, name, prefix, hash, access: JSON.stringify(access), last_used_at: lastUsedAt, created_at: createdAt, created_by: createdBy }
        await db.insertInto('api_keys').values(row).execute()
        return true
      }),
    async set({ id, name, access }) {
      await database.run((db) =>
        db
          .updateTable('api_keys')
          .set({ name, access: JSON.stringify(access) })
          .where('id', '=', id)
          .execute(),
      )
    },
    async setLastUsed(uses) {
      await database.transact(async (db) => {
        for (const { id, at } of uses) await db.updateTable('api_keys').set({ last_used_at: at }).where('id', '=', id).execute()
      })
    },
    async remove(id) {
      await database.run((db) => db.deleteFrom('api_keys').where('id', '=', id).execute())
    },
  }
}

function toRecord(row: Selectable<ApiKeysTable>): ApiKeyRecord {
  const { id, name, prefix, hash, access, last_used_at: lastUsedAt, created_at: createdAt, created_by: createdBy } = row
  return { id, name, prefix, hash, access: JSON.parse(access), lastUsedAt, createdAt, createdBy }
}
