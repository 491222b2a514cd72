import type { ToolEntry } from '@tooldock/worker/protocol'
import { expect, test } from 'vitest'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import { assemble } from './assemble.ts'
import type { BundleConfig, BundleEntry } from './bundle.types.ts'

const namespace = (name: string, toolNames: readonly string[], kind: PublishedNamespace['kind'] = 'native'): PublishedNamespace => {
  const tools: readonly ToolEntry[] = toolNames.map((tool) => ({ file: 'a.ts', name: tool, inputSchema: { type: 'object' }, annotations: { a: 1, b: 1 } }))
  return {
    name,
    kind,
    generation: 'g',
    tools,
    resources: [],
    resourceTemplates: [],
    prompts: [],
    completions: false,
    toolsByName: new Map(tools.map((tool) => [tool.name, tool])),
    promptsByName: new Map(),
    upstream: { call: () => ({ result: Promise.reject(new Error('not called here')), cancel() {} }), abandon() {} },
  }
}
const entry = (name: string, tools: BundleEntry['tools'] = 'all'): BundleEntry => ({ namespace: name, tools, resources: [], prompts: [] })
const bundle = (entries: readonly BundleEntry[], prefix = true): BundleConfig => ({ entries, prefix, discovery: 'list' })
const from =
  (...published: readonly PublishedNamespace[]) =>
  (name: string) =>
    published.find((one) => one.name === name)

test('of two that would have one name the first by namespace is kept, whatever their order in the configuration', () => {
  const find = from(namespace('a', ['x', 'y']), namespace('b', ['x']))
  for (const entries of [
    [entry('a'), entry('b')],
    [entry('b'), entry('a')],
  ]) {
    const { tools, collisions, problems } = assemble(bundle(entries, false), find)
    expect([...tools].map(([name, { origin }]) => `${name} ${origin.namespace}`)).toEqual(['x a', 'y a'])
    expect(collisions).toMatchObject([{ name: 'x', kept: { namespace: 'a' }, dropped: { namespace: 'b' } }])
    expect(problems).toMatchObject([{ code: 'collision', namespace: 'b' }])
  }
})

test('names that only look different collide also with prefixes', () => {
  const { collisions } = assemble(bundle([entry('a'), entry('a_')]), from(namespace('a', ['_b']), namespace('a_', ['b'])))
  expect(collisions).toMatchObject([{ name: 'a___b', kept: { namespace: 'a', name: '_b' }, dropped: { namespace: 'a_', name: 'b' } }])
})

test('one tool may be shown twice under two names; its annotations are laid over', () => {
  const choices = [
    { name: 'x', as: 'one', annotations: { b: 2 } },
    { name: 'x', as: 'two' },
  ]
  const { tools } = assemble(bundle([entry('a', choices)], false), from(namespace('a', ['x'])))
  expect([...tools.values()].map(({ shown, origin }) => [shown.name, shown.annotations, origin.name])).toEqual([
    ['one', { a: 1, b: 2 }, 'x'],
    ['two', { a: 1, b: 1 }, 'x'],
  ])
})

test('what is missing is said and keeps nothing else away; a bundle is never a part', () => {
  const find = from(namespace('a', ['x']), namespace('kit', ['z'], 'bundle'))
  const { tools, problems } = assemble(bundle([entry('a', [{ name: 'x' }, { name: 'gone' }]), entry('kit'), entry('nobody')]), find)
  expect([...tools.keys()]).toEqual(['a__x'])
  expect(problems.map(({ code, namespace: at }) => [code, at])).toEqual([
    ['entry_missing', 'a'],
    ['namespace_missing', 'kit'],
    ['namespace_missing', 'nobody'],
  ])
})

test('a chosen tool brings the app that shows it: readable, although no resource was chosen, and nothing else is', () => {
  const uri = 'ui://shop/cart.html'
  const shop = namespace('shop', ['cart', 'other'])
  const tools = shop.tools.map((tool) => ({ ...tool, _meta: { ui: { resourceUri: `ui://shop/${tool.name}.html` } } }))
  const { shows, resources } = assemble(bundle([entry('shop', [{ name: 'cart', as: 'basket' }])]), from({ ...shop, tools }))
  expect(shows('shop', uri)).toBe(true)
  expect(shows('shop', 'ui://shop/other.html')).toBe(false)
  expect(shows('other', uri)).toBe(false)
  expect(resources).toEqual([])
})
