import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Postgres, startPostgres } from '../../../../test/postgres.ts'
import { requireOrSkip } from '../../../../test/skips.ts'
import { openStore } from './open-store.ts'
import type { FileVersionRecord, Store } from './store.ts'

const AT = '2026-11-22T10:00:00.000Z'
const version = (id: string, path: string, content: string | null, change: Partial<FileVersionRecord> = {}): FileVersionRecord => ({
  ...{ id, path, from: null, by: 'ann', at: AT, action: content === null ? 'delete' : 'write', etag: content === null ? null : `"${content}"` },
  bytes: Buffer.byteLength(content ?? ''),
  content: content === null ? null : Buffer.from(content),
  ...change,
})
const KEPT = { perFile: 3, bytes: 1000 }

describe.each([
  { kind: 'sqlite' as const, options: {} },
  { kind: 'postgres' as const, options: requireOrSkip('postgresql') },
])('files in $kind', ({ kind, options }) => {
  describe('of namespaces', options, () => {
    let postgres: Postgres | undefined
    let dataDir: string
    let store: Store
    beforeAll(async () => {
      if (kind === 'postgres') postgres = await startPostgres()
    })
    afterAll(() => postgres?.stop())
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'tooldock-files-'))
      await mkdir(join(dataDir, 'db'))
      const config = { dataDir, databaseUrl: postgres?.url, databasePoolMax: 4, databaseTimeoutMs: 5000, storeQueueMax: 100 }
      store = await openStore(config, pino({ level: 'silent' }))
    })
    afterEach(async () => {
      await store.namespaces.remove('a')
      await store.namespaces.remove('b')
      await store.close()
      await rm(dataDir, { recursive: true })
    })

    test('drafts are bytes, bounded by namespace, and go with it', async () => {
      const draft = { path: 'x.ts', content: Buffer.from([0, 255]), problems: [{ file: 'x.ts', line: 1, code: 'c', message: 'm' }], by: 'ann', at: AT }
      expect(await store.files.saveDrafts('a', [draft, { ...draft, path: 'y.ts' }], 2)).toBe(true)
      expect(await store.files.saveDrafts('a', [{ ...draft, path: 'z.ts' }], 2)).toBe(false)
      expect(await store.files.saveDrafts('a', [{ ...draft, by: 'bob' }], 2)).toBe(true)
      expect(await store.files.saveDrafts('b', [draft], 2)).toBe(true)
      expect(await store.files.findDraft('a', 'x.ts')).toEqual({ ...draft, by: 'bob' })
      expect(await store.files.drafts('a')).toEqual(['x.ts', 'y.ts'].map((path) => ({ path, bytes: 2, at: AT })))
      await store.files.removeDrafts('a', ['y.ts', 'none'])
      expect(await store.files.draftCounts()).toEqual(
        new Map([
          ['a', 1],
          ['b', 1],
        ]),
      )
      await store.namespaces.remove('a')
      expect(await store.files.findDraft('a', 'x.ts')).toBeUndefined()
    })

    test('versions are found by either name of a file, page by page, and the oldest are forgotten', async () => {
      await store.files.addVersions('a', [version('1', 'old.ts', 'one'), version('2', 'new.ts', 'two', { from: 'old.ts', action: 'rename' })], KEPT)
      await store.files.addVersions('a', [version('3', 'other.ts', null), version('4', 'old.ts', 'again')], KEPT)
      expect((await store.files.versions('a', { path: 'old.ts', limit: 2 })).map(({ id }) => id)).toEqual(['4', '2'])
      expect((await store.files.versions('a', { path: 'old.ts', before: '2', limit: 2 })).map(({ id }) => id)).toEqual(['1'])
      expect(await store.files.latestVersion('a', 'new.ts')).toMatchObject({ id: '2', from: 'old.ts', action: 'rename', bytes: 3 })
      expect(await store.files.findVersion('a', '3')).toEqual(version('3', 'other.ts', null))
      expect((await store.files.findVersion('a', '1'))?.content?.toString()).toBe('one')
      expect(await store.files.findVersion('b', '1')).toBeUndefined()

      await store.files.addVersions(
        'a',
        ['5', '6', '7'].map((id) => version(id, 'old.ts', id)),
        KEPT,
      )
      expect((await store.files.versions('a', { limit: 100 })).map(({ id }) => id)).toEqual(['7', '6', '5', '3', '2'])
      await store.files.addVersions('a', [version('8', 'large', 'x'.repeat(999))], KEPT)
      expect((await store.files.versions('a', { limit: 100 })).map(({ id }) => id)).toEqual(['8', '7'])
      await store.files.addVersions('a', [version('9', 'larger', 'x'.repeat(5000))], KEPT)
      expect((await store.files.versions('a', { limit: 100 })).map(({ id }) => id)).toEqual(['9'])
    })
  })
})
