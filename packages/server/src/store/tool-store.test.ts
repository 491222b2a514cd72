import { expect, test } from 'vitest'
import { describeStores } from '../../../../test/stores.ts'

describeStores(
  'tools',
  async (store) => {
    for (const namespace of ['a', 'b']) await store.tools.removeAll(namespace)
  },
  (opened) => {
    test('keeps one setting for each tool, and no more than the bound', async () => {
      const off = { namespace: 'b', tool: 'x', enabled: false, override: null }
      expect(await opened().tools.setSetting(off, 2)).toBe(true)
      expect(await opened().tools.setSetting({ namespace: 'a', tool: 'x', enabled: true, override: { title: 'X' } }, 2)).toBe(true)
      expect(await opened().tools.setSetting({ ...off, tool: 'y' }, 2)).toBe(false)
      expect(await opened().tools.setSetting({ ...off, override: { title: 'now' } }, 2)).toBe(true)
      expect(await opened().tools.listSettings()).toEqual([
        { namespace: 'a', tool: 'x', enabled: true, override: { title: 'X' } },
        { namespace: 'b', tool: 'x', enabled: false, override: { title: 'now' } },
      ])
      await opened().tools.removeSetting('a', 'x')
      await opened().tools.removeAll('b')
      expect(await opened().tools.listSettings()).toEqual([])
    })

    test('keeps examples by name, so many for each tool', async () => {
      const example = (tool: string, name: string, args: Record<string, unknown>) =>
        opened().tools.setExample({ namespace: 'a', tool, name, arguments: args }, 2)
      await example('x', 'two', { n: 2 })
      expect(await example('x', 'one', { n: 0 })).toMatchObject({ name: 'one', updatedAt: expect.stringMatching(/Z$/) })
      expect(await example('x', 'one', { n: 1 })).toMatchObject({ arguments: { n: 1 } })
      expect(await example('x', 'three', {})).toBeUndefined()
      expect(await example('y', 'three', {})).toBeDefined()
      expect((await opened().tools.listExamples('a', 'x')).map(({ name, arguments: args }) => [name, args])).toEqual([
        ['one', { n: 1 }],
        ['two', { n: 2 }],
      ])
      expect([await opened().tools.removeExample('a', 'x', 'one'), await opened().tools.removeExample('a', 'x', 'one')]).toEqual([true, false])
      await opened().tools.removeAll('a')
      expect(await opened().tools.listExamples('a', 'y')).toEqual([])
    })
  },
)
