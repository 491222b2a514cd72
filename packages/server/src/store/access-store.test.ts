import { expect, test } from 'vitest'
import { describeStores } from '../../../../test/stores.ts'
import type { ApiKeyRecord } from './store.ts'

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

describeStores(
  'keys and sign-ins',
  async (store) => {
    for (const { id } of await store.apiKeys.list()) await store.apiKeys.remove(id)
    await store.signIns.removeBefore('9999')
  },
  (opened) => {
    test('keeps keys as it was handed them, oldest first, no more than the bound', async () => {
      expect([await opened().apiKeys.add(key('2'), 2), await opened().apiKeys.add(key('1'), 2), await opened().apiKeys.add(key('3'), 2)]).toEqual([
        true,
        true,
        false,
      ])
      expect(await opened().apiKeys.list()).toEqual([key('1'), key('2')])
      await expect(opened().apiKeys.add({ ...key('4'), hash: key('1').hash }, 10)).rejects.toThrow()
    })

    test('changes a key, notes many uses at once, and forgets it', async () => {
      for (const id of ['1', '2']) await opened().apiKeys.add(key(id), 10)
      await opened().apiKeys.set({ id: '1', name: 'renamed', access: { role: 'author' } })
      const at = '2026-02-02T00:00:00.000Z'
      await opened().apiKeys.setLastUsed(['1', '2', 'gone'].map((id) => ({ id, at })))
      await opened().apiKeys.remove('2')
      expect(await opened().apiKeys.list()).toEqual([{ ...key('1'), name: 'renamed', access: { role: 'author' }, lastUsedAt: at }])
    })

    test('keeps sign-ins until they are removed or over', async () => {
      const signIn = (hash: string, day: number) => ({ hash, principal: 'token', expiresAt: `2026-01-0${day}T00:00:00.000Z` })
      for (const one of [signIn('c', 3), signIn('a', 1), signIn('b', 2)]) await opened().signIns.add(one)
      await opened().signIns.remove([])
      expect(await opened().signIns.list()).toEqual([signIn('a', 1), signIn('b', 2), signIn('c', 3)])
      await opened().signIns.removeBefore('2026-01-02T00:00:00.000Z')
      await opened().signIns.remove(['c', 'unknown'])
      expect(await opened().signIns.list()).toEqual([signIn('b', 2)])
    })
  },
)
