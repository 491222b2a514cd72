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
])('tools in $kind', ({ kind, options }) => {
  describe('store', options, () => {
    let postgres: Postgres | undefined
    let dataDir: string
    let store: Store
    beforeAll(async () => {
      if (kind === 'postgres') postgres = await startPostgres()
    })
    afterAll(() => postgres?.stop())
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'tooldock-tool-store-'))
      await mkdir(join(dataDir, 'db'))
      const config = { dataDir, databaseUrl: postgres?.url, databasePoolMax: 4, databaseTimeoutMs: 8000, storeQueueMax: 100 }
      store = await openStore(config, pino({ level: 'silent' }))
    })
    afterEach(async () => {
      for (const namespace of ['a', 'b']) await store.tools.removeAll(namespace)
      await store.close()
      await rm(dataDir, { recursive: true })
    })

    test('keeps one setting for each tool, and no more than the bound', async () => {
      const off = { namespace: 'b', tool: 'x', enabled: false, override: null }
      expect(await store.tools.setSetting(off, 2)).toBe(true)
      expect(await store.tools.setSetting({ namespace: 'a', tool: 'x', enabled: true, override: { title: 'X' } }, 2)).toBe(true)
      expect(await store.tools.setSetting({ ...off, tool: 'y' }, 2)).toBe(false)
      expect(await store.tools.setSetting({ ...off, override: { title: 'now' } }, 2)).toBe(true)
      expect(await store.tools.listSettings()).toEqual([
        { namespace: 'a', tool: 'x', enabled: true, override: { title: 'X' } },
        { namespace: 'b', tool: 'x', enabled: false, override: { title: 'now' } },
      ])
      await store.tools.removeSetting('a', 'x')
      await store.tools.removeAll('b')
      expect(await store.tools.listSettings()).toEqual([])
    })

    test('keeps examples by name, so many for each tool', async () => {
      const example = (tool: string, name: string, args: Record<string, unknown>) => store.tools.setExample({ namespace: 'a', tool, name, arguments: args }, 2)
      await example('x', 'two', { n: 2 })
      expect(await example('x', 'one', { n: 0 })).toMatchObject({ name: 'one', updatedAt: expect.stringMatching(/Z$/) })
      expect(await example('x', 'one', { n: 1 })).toMatchObject({ arguments: { n: 1 } })
      expect(await example('x', 'three', {})).toBeUndefined()
      expect(await example('y', 'three', {})).toBeDefined()
      expect((await store.tools.listExamples('a', 'x')).map(({ name, arguments: args }) => [name, args])).toEqual([
        ['one', { n: 1 }],
        ['two', { n: 2 }],
      ])
      expect([await store.tools.removeExample('a', 'x', 'one'), await store.tools.removeExample('a', 'x', 'one')]).toEqual([true, false])
      await store.tools.removeAll('a')
      expect(await store.tools.listExamples('a', 'y')).toEqual([])
    })
  })
})
