import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Postgres, startPostgres } from '../../../../test/postgres.ts'
import { requireOrSkip } from '../../../../test/skips.ts'
import { openStore } from './open-store.ts'
import type { Store } from './store.ts'

describe.each([
  { kind: 'sqlite' as const, options: {} },
  { kind: 'postgres' as const, options: requireOrSkip('postgresql') },
])('bundles in $kind', ({ kind, options }) => {
  describe('store', options, () => {
    let postgres: Postgres | undefined
    let dataDir: string
    let store: Store
    beforeAll(async () => {
      if (kind === 'postgres') postgres = await startPostgres()
    })
    afterAll(() => postgres?.stop())
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'tooldock-bundle-store-'))
      await mkdir(join(dataDir, 'db'))
      const config = { dataDir, databaseUrl: postgres?.url, databasePoolMax: 4, databaseTimeoutMs: 8000, storeQueueMax: 100 }
      store = await openStore(config, pino({ level: 'silent' }))
    })
    afterEach(async () => {
      for (const { namespace } of await store.bundles.list()) await store.bundles.remove(namespace)
      await store.close()
      await rm(dataDir, { recursive: true })
    })

    test('keeps what it is handed, each name once, and no more than the bound', async () => {
      expect(await store.bundles.add('b', { entries: [] }, 2)).toMatchObject({ namespace: 'b', config: { entries: [] } })
      expect(await store.bundles.add('b', { entries: [1] }, 2)).toBeUndefined()
      expect(await store.bundles.add('a', {}, 2)).toBeDefined()
      expect(await store.bundles.add('c', {}, 2)).toBeUndefined()
      expect((await store.bundles.list()).map(({ namespace, config }) => [namespace, config])).toEqual([
        ['a', {}],
        ['b', { entries: [] }],
      ])
    })

    test('changes what is there, and says when there is nothing', async () => {
      await store.bundles.add('a', {}, 2)
      expect(await store.bundles.setConfig('a', { prefix: false })).toMatchObject({ config: { prefix: false } })
      expect(await store.bundles.setConfig('nobody', {})).toBeUndefined()
      await store.bundles.remove('a')
      expect(await store.bundles.list()).toEqual([])
    })
  })
})
