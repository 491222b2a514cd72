import type { ToolEntry } from '@tooldock/worker/protocol'
import { describe, expect, test } from 'vitest'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Visibility } from '../kernel/principal.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { combinedName, combinedUri, splitCombinedUri } from './combined-name.ts'
import type { Catalog, PublishedNamespace, Snapshot } from './snapshot.ts'
import { createViews } from './view.ts'

const nowhere: Upstream = {
  call: () => {
    throw new Error('not called here')
  },
  abandon: () => {},
}
const tool = (name: string): ToolEntry => ({ file: 'a.ts', name, inputSchema: { type: 'object' } })
const namespace = (name: string, tools: readonly ToolEntry[]): PublishedNamespace => ({
  name,
  kind: 'native',
  generation: 'g1',
  tools,
  resources: [{ file: 'a.ts', name: 'readme', uri: 'doc://readme' }],
  resourceTemplates: [],
  prompts: [],
  completions: false,
  toolsByName: new Map(tools.map((entry) => [entry.name, entry])),
  promptsByName: new Map(),
  upstream: nowhere,
})
const catalogOf = (...namespaces: PublishedNamespace[]) => {
  const catalog = { current: { version: 1, namespaces: new Map(namespaces.map((entry) => [entry.name, entry])) } as Snapshot, subscribe: () => () => {} }
  return catalog satisfies Catalog
}

describe('names among all namespaces', () => {
  test('join namespace and name while that is short and safe', () => {
    expect(combinedName('shared', 'add')).toBe('shared__add')
  })

  test('are cut and told apart by a hash when they would be too long, the same every time', () => {
    const long = 'x'.repeat(70)
    const first = combinedName('shared', `${long}1`)
    const second = combinedName('shared', `${long}2`)
    expect(first).toMatch(/^[A-Za-z0-9_-]{55}_[0-9a-f]{8}$/)
    expect(second).not.toBe(first)
    expect(combinedName('shared', `${long}1`)).toBe(first)
  })

  test('replace what language models refuse, without making two names one', () => {
    expect(combinedName('a', 'b.c')).toMatch(/^a__b_c_[0-9a-f]{8}$/)
    expect(combinedName('a', 'b.c')).not.toBe(combinedName('a', 'b/c'))
  })

  test('keep resource URIs verbatim behind the namespace', () => {
    const uri = combinedUri('shared', 'file:///a b?c#d')
    expect(splitCombinedUri(uri)).toEqual({ namespace: 'shared', uri: 'file:///a b?c#d' })
    expect(splitCombinedUri('file:///a')).toBeUndefined()
  })
})

describe('a view of one namespace', () => {
  const views = createViews(catalogOf(namespace('shared', [tool('add'), tool('default__odd')]), namespace('other', [tool('add')])), 10)

  test('finds tools by their own name and as users of the ancestor wrote them', () => {
    const view = views.of('shared')
    for (const written of ['add', 'default__add', 'shared__add']) expect(view.findTool(written)?.entry.name).toBe('add')
    expect(view.findTool('other__add')).toBeUndefined()
    expect(view.findTool('default__odd')?.entry.name).toBe('default__odd')
  })

  test('is another one for a client whose capabilities change what a server lists, made once', async () => {
    const variant = namespace('shared', [tool('add'), tool('ask')])
    const server: PublishedNamespace = {
      ...namespace('shared', [tool('add')]),
      variantFor: async (capabilities) => (capabilities.roots === undefined ? server : variant),
    }
    const served = createViews(catalogOf(server), 10)
    const view = served.of('shared')
    expect(await served.forClient(view, {}, 'modern')).toBe(view)
    const forRoots = await served.forClient(view, { roots: {} }, 'modern')
    expect(forRoots.tools.map(({ name }) => name)).toEqual(['add', 'ask'])
    expect(await served.forClient(view, { roots: {} }, 'modern')).toBe(forRoots)
    expect(views.forClient(views.of('other'), { roots: {} }, 'modern')).toBe(views.of('other'))
  })

  test('refuses a namespace that is not published', () => {
    expect(() => views.of('nobody')).toThrowError(ToolDockError)
  })
})

describe('the view of all namespaces', () => {
  test('prefixes names and URIs, sorted, and finds the namespace behind each', () => {
    const view = createViews(catalogOf(namespace('b', [tool('x')]), namespace('a', [tool('x')])), 10).all()
    expect(view.tools.map((entry) => entry.name)).toEqual(['a__x', 'b__x'])
    expect(view.resources.map((entry) => entry.uri)).toEqual(['tooldock://a/doc://readme', 'tooldock://b/doc://readme'])
    expect(view.findTool('b__x')?.namespace.name).toBe('b')
    expect(view.findTool('x')).toBeUndefined()
    expect(view.findResource('tooldock://a/doc://readme')).toMatchObject({ namespace: { name: 'a' }, uri: 'doc://readme' })
    expect(view.findResource('doc://readme')).toBeUndefined()
  })

  test('follows the snapshot', () => {
    const catalog = catalogOf(namespace('a', [tool('x')]))
    const views = createViews(catalog, 10)
    const before = views.all()
    expect(views.all()).toBe(before)
    catalog.current = { version: 2, namespaces: new Map() }
    expect(views.all().tools).toEqual([])
    expect(before.tools).toHaveLength(1)
  })
})

describe('what exists for somebody', () => {
  const sees = (namespaces: readonly string[] | null, tools: Readonly<Record<string, readonly string[]>> | null = null): Visibility => ({
    namespaces: namespaces === null ? null : new Set(namespaces),
    tools: tools === null ? null : new Map(Object.entries(tools).map(([name, names]) => [name, new Set(names)])),
  })
  const views = createViews(catalogOf(namespace('a', [tool('x'), tool('y')]), namespace('b', [tool('x')])), 1)

  test('is made once for each part, and is what all see where nothing is hidden', () => {
    const part = sees(['a'])
    expect(views.all(part)).toBe(views.all(part))
    expect(views.of('a', part)).toBe(views.of('a'))
    expect(views.all(sees(['a', 'b']))).toBe(views.all())
    expect(views.all(part).namespaces.map(({ name }) => name)).toEqual(['a'])
    expect(() => views.of('b', part)).toThrowError('There is no namespace "b".')
    // Forgotten, as only one part is kept, and made anew.
    const before = views.all(part)
    views.all(sees(['b']))
    expect(views.all(part)).not.toBe(before)
    expect(views.all(part).tools).toEqual(before.tools)
  })

  test('may be single tools of a namespace, for every client of it, and nothing else', async () => {
    const variant = namespace('a', [tool('x'), tool('z')])
    const server: PublishedNamespace = { ...namespace('a', [tool('x'), tool('y')]), variantFor: async () => variant }
    const served = createViews(catalogOf(server), 10)
    const part = sees(null, { a: ['x', 'z'] })
    const view = served.of('a', part)
    expect(view.tools.map(({ name }) => name)).toEqual(['x'])
    expect([view.findTool('y'), view.findResource('doc://readme'), served.all(part).findResource('tooldock://a/doc://readme')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    const forClient = await served.forClient(view, { roots: {} }, 'modern')
    expect(forClient.tools.map(({ name }) => name)).toEqual(['x', 'z'])
    expect(forClient.findResource('doc://readme')).toBeUndefined()
    expect(await served.forClient(view, { roots: {} }, 'modern')).toBe(forClient)
  })
})
