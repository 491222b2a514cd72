import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { openStore } from '../packages/server/src/store/open-store.ts'
import type { Store } from '../packages/server/src/store/store.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { requireOrSkip } from './skips.ts'

/** A store that is opened anew before each test; ask for it inside of one. */
export type OpenedStore = () => Store

/**
 * Declares the same tests for SQLite and for PostgreSQL.
 * @param empty removes after each test what it may have stored: PostgreSQL keeps it for the next
 */
export function describeStores(what: string, empty: (store: Store) => Promise<void>, declare: (opened: OpenedStore) => void): void {
  describe.each([
    { kind: 'sqlite' as const, options: {} },
    { kind: 'postgres' as const, options: requireOrSkip('postgresql') },
  ])(`${what} in $kind`, ({ kind, options }) => {
    describe('store', options, () => {
      let postgres: Postgres | undefined
      let dataDir: string
      let store: Store
      beforeAll(async () => {
        if (kind === 'postgres') postgres = await startPostgres()
      })
      afterAll(() => postgres?.stop())
      beforeEach(async () => {
        dataDir = await mkdtemp(join(tmpdir(), 'tooldock-store-'))
        await mkdir(join(dataDir, 'db'))
        const config = { dataDir, databaseUrl: postgres?.url, databasePoolMax: 4, databaseTimeoutMs: 8000, storeQueueMax: 100 }
        store = await openStore(config, pino({ level: 'silent' }))
      })
      afterEach(async () => {
        await empty(store)
        await store.close()
        await rm(dataDir, { recursive: true })
      })
      declare(() => store)
    })
  })
}
