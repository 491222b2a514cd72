import { expect, test } from 'vitest'
import { describeStores } from '../../../../test/stores.ts'
import type { FileVersionRecord } from './store.ts'

const AT = '2026-11-22T10:00:00.000Z'
const version = (id: string, path: string, content: string | null, change: Partial<FileVersionRecord> = {}): FileVersionRecord => ({
  ...{ id, path, from: null, by: 'ann', at: AT, action: content === null ? 'delete' : 'write', etag: content === null ? null : `"${content}"` },
  bytes: Buffer.byteLength(content ?? ''),
  content: content === null ? null : Buffer.from(content),
  ...change,
})
const KEPT = { perFile: 3, bytes: 1000 }

describeStores(
  'files',
  async (store) => {
    await store.namespaces.remove('a')
    await store.namespaces.remove('b')
  },
  (opened) => {
    test('drafts are bytes, bounded by namespace, and go with it', async () => {
      const draft = { path: 'x.ts', content: Buffer.from([0, 255]), problems: [{ file: 'x.ts', line: 1, code: 'c', message: 'm' }], by: 'ann', at: AT }
      expect(await opened().files.saveDrafts('a', [draft, { ...draft, path: 'y.ts' }], 2)).toBe(true)
      expect(await opened().files.saveDrafts('a', [{ ...draft, path: 'z.ts' }], 2)).toBe(false)
      expect(await opened().files.saveDrafts('a', [{ ...draft, by: 'bob' }], 2)).toBe(true)
      expect(await opened().files.saveDrafts('b', [draft], 2)).toBe(true)
      expect(await opened().files.findDraft('a', 'x.ts')).toEqual({ ...draft, by: 'bob' })
      expect(await opened().files.drafts('a')).toEqual(['x.ts', 'y.ts'].map((path) => ({ path, bytes: 2, at: AT })))
      await opened().files.removeDrafts('a', ['y.ts', 'none'])
      expect(await opened().files.draftCounts()).toEqual(
        new Map([
          ['a', 1],
          ['b', 1],
        ]),
      )
      await opened().namespaces.remove('a')
      expect(await opened().files.findDraft('a', 'x.ts')).toBeUndefined()
    })

    test('versions are found by either name of a file, page by page, and the oldest are forgotten', async () => {
      await opened().files.addVersions('a', [version('1', 'old.ts', 'one'), version('2', 'new.ts', 'two', { from: 'old.ts', action: 'rename' })], KEPT)
      await opened().files.addVersions('a', [version('3', 'other.ts', null), version('4', 'old.ts', 'again')], KEPT)
      expect((await opened().files.versions('a', { path: 'old.ts', limit: 2 })).map(({ id }) => id)).toEqual(['4', '2'])
      expect((await opened().files.versions('a', { path: 'old.ts', before: '2', limit: 2 })).map(({ id }) => id)).toEqual(['1'])
      expect(await opened().files.latestVersion('a', 'new.ts')).toMatchObject({ id: '2', from: 'old.ts', action: 'rename', bytes: 3 })
      expect(await opened().files.findVersion('a', '3')).toEqual(version('3', 'other.ts', null))
      expect((await opened().files.findVersion('a', '1'))?.content?.toString()).toBe('one')
      expect(await opened().files.findVersion('b', '1')).toBeUndefined()

      await opened().files.addVersions(
        'a',
        ['5', '6', '7'].map((id) => version(id, 'old.ts', id)),
        KEPT,
      )
      expect((await opened().files.versions('a', { limit: 100 })).map(({ id }) => id)).toEqual(['7', '6', '5', '3', '2'])
      await opened().files.addVersions('a', [version('8', 'large', 'x'.repeat(999))], KEPT)
      expect((await opened().files.versions('a', { limit: 100 })).map(({ id }) => id)).toEqual(['8', '7'])
      await opened().files.addVersions('a', [version('9', 'larger', 'x'.repeat(5000))], KEPT)
      expect((await opened().files.versions('a', { limit: 100 })).map(({ id }) => id)).toEqual(['9'])
    })
  },
)
