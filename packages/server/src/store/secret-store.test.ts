import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Postgres, startPostgres } from '../../../../test/postgres.ts'
import { requireOrSkip } from '../../../../test/skips.ts'
import { openStore } from './open-store.ts'
import type { SecretRecord, Store } from './store.ts'

const secret = (namespace: string, name: string, sealed = 'c2VhbGVk'): SecretRecord => ({ namespace, name, sealed, setAt: '2026-01-01T00:00:00.000Z' })

describe.each([
  { kind: 'sqlite' as const, options: {} },
  { kind: 'postgres' as const, options: requireOrSkip('postgresql') },
])('secrets in $kind', ({ kind, options }) => {
  describe('store', options, () => {
    let postgres: Postgres | undefined
    let dataDir: string
    let store: Store
    beforeAll(async () => {
      if (kind === 'postgres') postgres = await startPostgres()
    })
    afterAll(() => postgres?.stop())
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'tooldock-secret-store-'))
      await mkdir(join(dataDir, 'db'))
      store = await openStore(
        { dataDir, databaseUrl: postgres?.url, databasePoolMax: 4, databaseTimeoutMs: 8000, storeQueueMax: 100 },
        pino({ level: 'silent' }),
      )
      for (const { namespace, name } of await store.secrets.list()) await store.secrets.remove(namespace, name)
    })
    afterEach(async () => {
      await store.close()
      await rm(dataDir, { recursive: true })
    })

    test('a namespace finds its own and the global ones, and no other', async () => {
      for (const each of [secret('', 'A'), secret('one', 'A'), secret('two', 'A'), secret('two', 'B')]) expect(await store.secrets.set(each, 10)).toBe(true)
      expect((await store.secrets.find('one', ['A', 'B'])).map(({ namespace, name }) => `${namespace}/${name}`).sort()).toEqual(['/A', 'one/A'])
      expect(await store.secrets.find('one', [])).toEqual([])
      expect(await store.secrets.list()).toEqual([secret('', 'A'), secret('one', 'A'), secret('two', 'A'), secret('two', 'B')])
    })

    test('one is replaced under its name, and none is added beyond the bound', async () => {
      expect(await store.secrets.set(secret('', 'A'), 1)).toBe(true)
      expect(await store.secrets.set(secret('', 'A', 'bmV3'), 1)).toBe(true)
      expect(await store.secrets.set(secret('one', 'A'), 1)).toBe(false)
      expect(await store.secrets.list()).toEqual([secret('', 'A', 'bmV3')])
    })

    test('one is removed, or all of a namespace, but never all global ones', async () => {
      for (const each of [secret('', 'A'), secret('one', 'A'), secret('one', 'B'), secret('two', 'B')]) await store.secrets.set(each, 10)
      expect(await store.secrets.remove('two', 'B')).toBe(true)
      expect(await store.secrets.remove('two', 'B')).toBe(false)
      await store.secrets.removeAll('one')
      await store.secrets.removeAll('')
      expect(await store.secrets.list()).toEqual([secret('', 'A')])
    })
  })
})
