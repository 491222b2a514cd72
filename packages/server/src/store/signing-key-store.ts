import { randomBytes } from 'node:crypto'
import type { Database } from './database.ts'
import type { SigningKeyStore } from './store.ts'

const KEY_BYTES = 32

export function createSigningKeyStore(database: Database): SigningKeyStore {
  return {
    async loadOrCreate(purpose) {
      const offer = { purpose, key: randomBytes(KEY_BYTES).toString('base64'), created_at: new Date().toISOString() }
      const { key } = await database.run(async (db) => {
        // Of several who ask at once the first insertion wins and all read its key.
        await db
          .insertInto('signing_keys')
          .values(offer)
          .onConflict((conflict) => conflict.column('purpose').doNothing())
          .execute()
        return db.selectFrom('signing_keys').select('key').where('purpose', '=', purpose).executeTakeFirstOrThrow()
      })
      return Buffer.from(key, 'base64')
    },
  }
}
