import type { Catalogue, ToolEntry } from '@tooldock/worker/protocol'
import { expect, it } from 'vitest'
import { changedLists, diffCatalogues, EMPTY_CATALOGUE } from './catalogue-diff.ts'

const tool = (name: string, more: Partial<ToolEntry> = {}): ToolEntry => ({ name, file: 'a.ts', inputSchema: { type: 'object' }, ...more })
const catalogue = (more: Partial<Catalogue>): Catalogue => ({ ...EMPTY_CATALOGUE, ...more })

it('reports schema differences as JSON pointers', () => {
  const before = catalogue({ tools: [tool('t', { inputSchema: { type: 'object', properties: { 'a/b': { type: 'string' }, '~x': {} }, required: ['a/b'] } })] })
  const after = catalogue({ tools: [tool('t', { inputSchema: { type: 'object', properties: { 'a/b': { type: 'number' } }, required: [] }, title: 'T' })] })
  expect(diffCatalogues(before, after).tools).toEqual({
    added: [],
    removed: [],
    changed: [
      {
        name: 't',
        changes: [
          { path: '/inputSchema/properties/a~1b/type', before: 'string', after: 'number' },
          { path: '/inputSchema/properties/~0x', before: {} },
          { path: '/inputSchema/required', before: ['a/b'], after: [] },
          { path: '/title', after: 'T' },
        ],
      },
    ],
  })
})

it('does not count where an entry is written, nor the order of members', () => {
  const before = catalogue({ tools: [tool('t', { annotations: { a: 1, b: 2 } })] })
  const after = catalogue({ tools: [tool('t', { annotations: { b: 2, a: 1 }, file: 'moved.ts' })] })
  expect(changedLists(diffCatalogues(before, after)).size).toBe(0)
})

it('names exactly the lists that changed; templates belong to resources', () => {
  const template = { name: 'r', file: 'r.ts', uriTemplate: 'r://{id}' }
  const diff = diffCatalogues(
    catalogue({ tools: [tool('t')] }),
    catalogue({ tools: [tool('t')], resourceTemplates: [template], prompts: [{ name: 'p', file: 'p.ts' }] }),
  )
  expect(diff.resources.added).toEqual(['r://{id}'])
  expect(changedLists(diff)).toEqual(new Set(['prompts', 'resources']))
})
