import { expect, test } from 'vitest'
import { describeStores } from '../../../../test/stores.ts'

describeStores(
  'bundles',
  async (store) => {
    for (const { namespace } of await store.bundles.list()) await store.bundles.remove(namespace)
  },
  (opened) => {
    test('keeps what it is handed, each name once, and no more than the bound', async () => {
      expect(await opened().bundles.add('b', { entries: [] }, 2)).toMatchObject({ namespace: 'b', config: { entries: [] } })
      expect(await opened().bundles.add('b', { entries: [1] }, 2)).toBeUndefined()
      expect(await opened().bundles.add('a', {}, 2)).toBeDefined()
      expect(await opened().bundles.add('c', {}, 2)).toBeUndefined()
      expect((await opened().bundles.list()).map(({ namespace, config }) => [namespace, config])).toEqual([
        ['a', {}],
        ['b', { entries: [] }],
      ])
    })

    test('changes what is there, and says when there is nothing', async () => {
      await opened().bundles.add('a', {}, 2)
      expect(await opened().bundles.setConfig('a', { prefix: false })).toMatchObject({ config: { prefix: false } })
      expect(await opened().bundles.setConfig('nobody', {})).toBeUndefined()
      await opened().bundles.remove('a')
      expect(await opened().bundles.list()).toEqual([])
    })
  },
)
