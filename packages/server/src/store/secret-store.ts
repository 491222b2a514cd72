import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import type { SecretsTable } from './schema.ts'
import type { SecretRecord, SecretStore } from './store.ts'

/** Keeps sealed values; what is in them is known to servers/secrets alone. */
export function createSecretStore(database: Database): SecretStore {
  return {
    async list() {
      const rows = await database.run((db) => db.selectFrom('secrets').selectAll().orderBy('namespace').orderBy('name').execute())
      return rows.map(toRecord)
    },
    async find(namespace, names) {
      if (names.length === 0) return []
      const rows = await database.run((db) =>
        db
          .selectFrom('secrets')
          .selectAll()
          .where('namespace', 'in', ['', namespace])
          .where('name', 'in', [...names])
          .execute(),
      )
      return rows.map(toRecord)
    },
    set: ({ namespace, name, sealed, setAt }, max) =>
      database.transact(async (db) => {
        const others = await db
          .selectFrom('secrets')
          .select((expression) => expression.fn.countAll().as('count'))
          .where((where) => where.or([where('namespace', '!=', namespace), where('name', '!=', name)]))
          .executeTakeFirstOrThrow()
        if (Number(others.count) >= max) return false
        await db
          .insertInto('secrets')
          .values({ namespace, name, sealed, set_at: setAt })
          .onConflict((conflict) => conflict.columns(['namespace', 'name']).doUpdateSet({ sealed, set_at: setAt }))
          .execute()
        return true
      }),
    async remove(namespace, name) {
      const result = await database.run((db) => db.deleteFrom('secrets').where('namespace', '=', namespace).where('name', '=', name).executeTakeFirst())
      return result.numDeletedRows > 0n
    },
    async removeAll(namespace) {
      if (namespace === '') return
      await database.run((db) => db.deleteFrom('secrets').where('namespace', '=', namespace).execute())
    },
  }
}

function toRecord({ namespace, name, sealed, set_at }: Selectable<SecretsTable>): SecretRecord {
  return { namespace, name, sealed, setAt: set_at }
}
