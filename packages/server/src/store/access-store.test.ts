import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Postgres, startPostgres } from '../../../../test/postgres.ts'
import { requireOrSkip } from '../../../../test/skips.ts'
import { openStore } from './open-store.ts'
import type { ApiKeyRecord, Store } from './store.ts'

const key = (id: string): ApiKeyRecord => ({
  id,
  name: id,
  prefix: 'td_abcdef',
  hash: `hash of ${id}`,
  access: { role: 'caller', namespaces: ['a'] },
  lastUsedAt: null,
  createdAt: `2026-01-01T00:00:00.00${id}Z`,
  createdBy: 'token',
})

describe.each([
  { kind: 'sqlite' as const, options: {} },
  { kind: 'postgres' as const, options: requireOrSkip('postgresql') },
])('access in $kind', ({ kind, options }) => {
  describe('store', options, () => {
    let postgres: Postgres | undefined
    let dataDir: string
    let store: Store
    beforeAll(async () => {
      if (kind === 'postgres') postgres = await startPostgres()
    })
    afterAll(() => postgres?.stop())
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'tooldock-access-store-'))
      await mkdir(join(dataDir, 'db'))
      const config = { dataDir, databaseUrl: postgres?.url, databasePoolMax: 4, databaseTimeoutMs: 8000, storeQueueMax: 100 }
      store = await openStore(config, pino({ level: 'silent' }))
    })
    afterEach(async () => {
      for (const { id } of await store.apiKeys.list()) await store.apiKeys.remove(id)
      await store.signIns.removeBefore('9999')
      await store.close()
      await rm(dataDir, { recursive: true })
    })

    test('keeps keys as it was handed them, oldest first, no more than the bound', async () => {
      expect([await store.apiKeys.add(key('2'), 2), await store.apiKeys.add(key('1'), 2), await store.apiKeys.add(key('3'), 2)]).toEqual([true, true, false])
      expect(await store.apiKeys.list()).toEqual([key('1'), key('2')])
      await expect(store.apiKeys.add({ ...key('4'), hash: key('1').hash }, 10)).rejects.toThrow()
    })

    test('changes a key, notes many uses at once, and forgets it', async () => {
      for (const id of ['1', '2']) await store.apiKeys.add(key(id), 10)
      await store.apiKeys.set({ id: '1', name: 'renamed', access: { role: 'author' } })
      const at = '2026-02-02T00:00:00.000Z'
      await store.apiKeys.setLastUsed(['1', '2', 'gone'].map((id) => ({ id, at })))
      await store.apiKeys.remove('2')
      expect(await store.apiKeys.list()).toEqual([{ ...key('1'), name: 'renamed', access: { role: 'author' }, lastUsedAt: at }])
    })

    test('keeps sign-ins until they are removed or over', async () => {
      const signIn = (hash: string, day: number) => ({ hash, principal: 'token', expiresAt: `2026-01-0${day}T00:00:00.000Z` })
      for (const one of [signIn('c', 3), signIn('a', 1), signIn('b', 2)]) await store.signIns.add(one)
      await store.signIns.remove([])
      expect(await store.signIns.list()).toEqual([signIn('a', 1), signIn('b', 2), signIn('c', 3)])
      await store.signIns.removeBefore('2026-01-02T00:00:00.000Z')
      await store.signIns.remove(['c', 'unknown'])
      expect(await store.signIns.list()).toEqual([signIn('b', 2)])
    })
  })
})
