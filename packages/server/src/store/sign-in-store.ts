import type { Database } from './database.ts'
import type { SignInStore } from './store.ts'

/** Keeps what access/ hands it; what the hashes are made of is known there alone. */
export function createSignInStore(database: Database): SignInStore {
  return {
    async list() {
      const rows = await database.run((db) => db.selectFrom('sign_ins').selectAll().orderBy('expires_at').execute())
      return rows.map(({ hash, principal, expires_at: expiresAt }) => ({ hash, principal, expiresAt }))
    },
    async add({ hash, principal, expiresAt }) {
      await database.run((db) => db.insertInto('sign_ins').values({ hash, principal, expires_at: expiresAt }).execute())
    },
    async remove(hashes) {
      if (hashes.length > 0) await database.run((db) => db.deleteFrom('sign_ins').where('hash', 'in', hashes).execute())
    },
    async removeBefore(at) {
      await database.run((db) => db.deleteFrom('sign_ins').where('expires_at', '<', at).execute())
    },
  }
}
