import { expect, it } from 'vitest'
import { describeTool, EMPTY_BUNDLE, hasTool, setAll, setTool, toBundleBody } from './bundle-draft.ts'

it('grows and shrinks as tools are chosen, and forgets what nothing is left of', () => {
  let draft = setTool({ ...EMPTY_BUNDLE, namespace: 'desk' }, 'notes', 'list', true)
  draft = setTool(draft, 'notes', 'save', true)
  expect(draft.entries).toEqual([{ namespace: 'notes', tools: [{ name: 'list' }, { name: 'save' }], resources: [], prompts: [] }])
  draft = setTool(setTool(draft, 'notes', 'list', false), 'notes', 'save', false)
  expect(draft.entries).toEqual([])
})

it('keeps the others when one is taken out of all', () => {
  const draft = setTool(setAll(EMPTY_BUNDLE, 'notes', 'tools', true), 'notes', 'list', false, ['list', 'save', 'delete'])
  expect(draft.entries[0]?.tools).toEqual([{ name: 'save' }, { name: 'delete' }])
  expect([hasTool(draft, 'notes', 'save'), hasTool(draft, 'notes', 'list')]).toEqual([true, false])
})

it('renames and describes in place, and an empty word is none', () => {
  let draft = describeTool(setTool(EMPTY_BUNDLE, 'notes', 'list', true), 'notes', 'list', { as: 'find', description: 'Finds.' })
  draft = describeTool(draft, 'notes', 'list', { description: '' })
  expect(toBundleBody(draft)).toEqual({
    prefix: true,
    discovery: 'list',
    entries: [{ namespace: 'notes', tools: [{ name: 'list', as: 'find' }], resources: [], prompts: [] }],
  })
})
