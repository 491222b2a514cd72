import { expect, it } from 'vitest'
import { createCatalog } from './catalog.ts'
import type { CatalogEvent, PublishedNamespace } from './snapshot.ts'

const namespace = (name: string): PublishedNamespace => ({
  name,
  kind: 'native',
  generation: 'g1',
  tools: [],
  resources: [],
  resourceTemplates: [],
  prompts: [],
  completions: false,
  toolsByName: new Map(),
  promptsByName: new Map(),
  upstream: { call: () => ({ result: Promise.reject(new Error('no server')), cancel: () => {} }), abandon: () => {} },
})
const CHANGED: CatalogEvent = { type: 'listChanged', namespace: 'a', lists: new Set(['tools']) }

it('swaps whole snapshots: one that was read before does not change', () => {
  const catalog = createCatalog(() => {})
  const before = catalog.current
  catalog.publish(
    new Map([
      ['b', namespace('b')],
      ['a', namespace('a')],
    ]),
  )
  const between = catalog.current
  catalog.publish(new Map([['a', undefined]]))
  expect([...before.namespaces.keys()]).toEqual([])
  expect([...between.namespaces.keys()]).toEqual(['a', 'b'])
  expect([...catalog.current.namespaces.keys()]).toEqual(['b'])
  expect([before.version, between.version, catalog.current.version]).toEqual([0, 1, 2])
})

it('tells listeners after the swap, and a failing one does not keep it from the others', () => {
  const failures: unknown[] = []
  const catalog = createCatalog((error) => failures.push(error))
  const seen: string[] = []
  catalog.subscribe(() => {
    throw new Error('mine')
  })
  const unsubscribe = catalog.subscribe((event) => seen.push(`${event.namespace} ${catalog.current.namespaces.has('a')}`))
  catalog.publish(new Map([['a', namespace('a')]]), [CHANGED])
  unsubscribe()
  catalog.announce(CHANGED)
  expect(seen).toEqual(['a true'])
  expect(failures).toHaveLength(2)
})
