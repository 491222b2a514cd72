import { expect, test } from 'vitest'
import { describeStores } from '../../../../test/stores.ts'
import type { SecretRecord } from './store.ts'

const secret = (namespace: string, name: string, sealed = 'c2VhbGVk'): SecretRecord => ({ namespace, name, sealed, setAt: '2026-01-01T00:00:00.000Z' })

describeStores(
  'secrets',
  async (store) => {
    for (const { namespace, name } of await store.secrets.list()) await store.secrets.remove(namespace, name)
  },
  (opened) => {
    test('a namespace finds its own and the global ones, and no other', async () => {
      for (const each of [secret('', 'A'), secret('one', 'A'), secret('two', 'A'), secret('two', 'B')]) expect(await opened().secrets.set(each, 10)).toBe(true)
      expect((await opened().secrets.find('one', ['A', 'B'])).map(({ namespace, name }) => `${namespace}/${name}`).sort()).toEqual(['/A', 'one/A'])
      expect(await opened().secrets.find('one', [])).toEqual([])
      expect(await opened().secrets.list()).toEqual([secret('', 'A'), secret('one', 'A'), secret('two', 'A'), secret('two', 'B')])
    })

    test('one is replaced under its name, and none is added beyond the bound', async () => {
      expect(await opened().secrets.set(secret('', 'A'), 1)).toBe(true)
      expect(await opened().secrets.set(secret('', 'A', 'bmV3'), 1)).toBe(true)
      expect(await opened().secrets.set(secret('one', 'A'), 1)).toBe(false)
      expect(await opened().secrets.list()).toEqual([secret('', 'A', 'bmV3')])
    })

    test('one is removed, or all of a namespace, but never all global ones', async () => {
      for (const each of [secret('', 'A'), secret('one', 'A'), secret('one', 'B'), secret('two', 'B')]) await opened().secrets.set(each, 10)
      expect(await opened().secrets.remove('two', 'B')).toBe(true)
      expect(await opened().secrets.remove('two', 'B')).toBe(false)
      await opened().secrets.removeAll('one')
      await opened().secrets.removeAll('')
      expect(await opened().secrets.list()).toEqual([secret('', 'A')])
    })
  },
)
