import type { ToolEntry } from '@tooldock/worker/protocol'
import { expect, test } from 'vitest'
import type { View } from '../catalog/view.types.ts'
import { createLists, type Era } from './lists.ts'

const tools = ['a', 'b', 'c', 'd', 'e'].map((name): ToolEntry => ({ file: 'a.ts', name, inputSchema: { type: 'object' }, timeoutSeconds: 5 }))
const viewOf = (entries: readonly ToolEntry[]): View => ({
  namespace: 'demo',
  title: 'Demo',
  instructions: undefined,
  namespaces: [],
  tools: entries,
  resources: [],
  resourceTemplates: [],
  prompts: [],
  completions: false,
  findTool: () => undefined,
  findPrompt: () => undefined,
  findResource: () => undefined,
  uriOf: (_namespace, uri) => uri,
})
const page = (view: View, era: Era, cursor?: unknown, pageMax = 2) =>
  JSON.parse(createLists(pageMax).page(view, 'tools/list', era, { name: 'demo' }, cursor)) as { tools: { name: string }[]; nextCursor?: string }

test('pages follow each other by cursor until the list is complete', () => {
  const view = viewOf(tools)
  const names: string[] = []
  let cursor: string | undefined
  do {
    const { tools: listed, nextCursor } = page(view, 'modern', cursor)
    names.push(...listed.map(({ name }) => name))
    cursor = nextCursor
  } while (cursor !== undefined)
  expect(names).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('entries are in the order of the view, which need not be sorted', () => {
  const shuffled = viewOf([...tools].reverse())
  const { tools: first, nextCursor } = page(shuffled, 'modern')
  expect(first.map(({ name }) => name)).toEqual(['e', 'd'])
  expect(page(shuffled, 'modern', nextCursor).tools.map(({ name }) => name)).toEqual(['c', 'b'])
  const moved = viewOf([{ ...(tools[0] as ToolEntry), name: 'new' }, ...shuffled.tools])
  expect(page(moved, 'modern', nextCursor).tools.map(({ name }) => name)).toEqual(['c', 'b'])
})

test('a cursor stays right when entries come and go between two pages', () => {
  const { nextCursor } = page(viewOf(tools), 'modern')
  const changed = viewOf(tools.filter(({ name }) => name !== 'b' && name !== 'c'))
  expect(page(changed, 'modern', nextCursor).tools.map(({ name }) => name)).toEqual(['d', 'e'])
})

test.each([['!'], ['YQ'], ['YWZ0ZXI6eA'], [7], [null], [{}]])('%j is not a cursor of this server', (cursor) => {
  expect(() => page(viewOf(tools), 'modern', cursor)).toThrow('cursor')
})

test('a list shows neither where a tool is written nor how long it may run', () => {
  expect(page(viewOf(tools), 'legacy', undefined, 1).tools).toEqual([{ name: 'a', inputSchema: { type: 'object' } }])
})

test('2026-07-28 has cache hints, earlier revisions no schema of results that are not objects', () => {
  const [tool] = tools
  const view = viewOf([{ ...(tool as ToolEntry), outputSchema: { type: 'array' } }])
  expect(page(view, 'modern')).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private', tools: [{ outputSchema: { type: 'array' } }] })
  expect(page(view, 'legacy')).toEqual({ tools: [{ name: 'a', inputSchema: { type: 'object' } }] })
})
