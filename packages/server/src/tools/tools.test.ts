import type { ToolEntry } from '@tooldock/worker/protocol'
import { expect, test } from 'vitest'
import { createCatalog } from '../catalog/catalog.ts'
import type { CatalogEvent, PublishedNamespace } from '../catalog/snapshot.ts'
import type { ToolStore } from '../store/store.ts'
import { createToolSettings } from './tool-settings.ts'
import { createTools } from './tools.ts'

const CONFIG = { toolSettingsMax: 10, toolExamplesMax: 10, toolExampleBytesMax: 1000 }
const SEES_ALL = () => true
/** Where settings are kept is tested through the API. */
const STORE = { setSetting: async () => true, removeSetting: async () => {}, removeAll: async () => {} } as unknown as ToolStore

function namespace(name: string, tools: readonly string[], more: Partial<PublishedNamespace> = {}): PublishedNamespace {
  const entries = tools.map((tool): ToolEntry => ({ file: 'a.ts', name: tool, description: `Does ${tool}.`, inputSchema: { type: 'object' } }))
  return {
    name,
    kind: 'native',
    generation: 'g1',
    tools: entries,
    resources: [],
    resourceTemplates: [],
    prompts: [],
    completions: false,
    toolsByName: new Map(entries.map((entry) => [entry.name, entry])),
    promptsByName: new Map(),
    upstream: { call: () => ({ result: Promise.reject(new Error('no server')), cancel: () => {} }), abandon: () => {} },
    ...more,
  }
}

function open(stored: Parameters<ReturnType<typeof createToolSettings>['load']>[0] = []) {
  const settings = createToolSettings()
  const unreadable = settings.load(stored)
  const catalog = createCatalog(() => {}, settings.shape)
  const changed: string[] = []
  const deps = {
    config: CONFIG,
    store: STORE,
    catalog,
    settings,
    usage: async () => new Map(),
    onChange: (space: string, tool: string) => changed.push(`${space}/${tool}`),
  }
  return { catalog, tools: createTools(deps), unreadable, changed }
}

const shownBy = ({ current }: { readonly current: ReturnType<typeof createCatalog>['current'] }, name: string) =>
  current.namespaces.get(name)?.tools.map((tool) => tool.name)

test('what is stored applies before anything is published, also what cannot be read in full', () => {
  const { catalog, unreadable } = open([
    { namespace: 'a', tool: 'x', enabled: false, override: null },
    { namespace: 'a', tool: 'y', enabled: false, override: { title: 1 } },
  ])
  catalog.publish(new Map([['a', namespace('a', ['x', 'y', 'z'])]]))
  expect(shownBy(catalog, 'a')).toEqual(['z'])
  expect(unreadable.map(({ tool }) => tool)).toEqual(['y'])
  expect(catalog.original('a')?.tools).toHaveLength(3)
  catalog.publish(new Map([['a', undefined]]))
  expect([catalog.original('a'), catalog.current.namespaces.size]).toEqual([undefined, 0])
})

test('a change is published and told at once; changes of one moment follow each other', async () => {
  const { catalog, tools, changed } = open()
  catalog.publish(new Map([['a', namespace('a', ['x', 'y'])]]))
  const untouched = catalog.current.namespaces.get('a')
  expect(untouched).toBe(catalog.original('a'))
  const events: CatalogEvent[] = []
  catalog.subscribe((event) => events.push(event))
  await Promise.all([
    tools.change('a', 'x', { enabled: false }),
    tools.change('a', 'x', { override: { title: 'X' } }),
    tools.change('a', 'y', { enabled: false }),
  ])
  expect(shownBy(catalog, 'a')).toEqual([])
  expect(await tools.get('a', 'x')).toMatchObject({ enabled: false, override: { title: 'X' }, title: 'X' })
  expect(events).toHaveLength(3)
  expect(changed).toEqual(['a/x', 'a/x', 'a/y'])
  await tools.change('a', 'x', { enabled: true, override: {} })
  await tools.change('a', 'y', { enabled: true })
  expect(catalog.current.namespaces.get('a')).toBe(untouched)
  await expect(tools.change('a', 'none', { enabled: false })).rejects.toMatchObject({ code: 'tool_not_found' })
  await tools.change('a', 'x', { enabled: false })
  await tools.forget('a')
  catalog.publish(new Map([['a', namespace('a', ['x'])]]))
  expect(shownBy(catalog, 'a')).toEqual(['x'])
})

test('what a server lists to other clients is shaped too, once', async () => {
  const { catalog, tools } = open()
  const variant = namespace('a', ['x', 'y', 'z'], { kind: 'server' })
  const whole: PublishedNamespace = namespace('a', ['x', 'y'], { kind: 'server', variantFor: async ({ roots }) => (roots === undefined ? whole : variant) })
  catalog.publish(new Map([['a', whole]]))
  await tools.change('a', 'x', { enabled: false })
  const shown = catalog.current.namespaces.get('a')
  expect(await shown?.variantFor?.({}, 'modern')).toBe(shown)
  const forRoots = await shown?.variantFor?.({ roots: {} }, 'modern')
  expect(forRoots?.tools.map(({ name }) => name)).toEqual(['y', 'z'])
  expect(await shown?.variantFor?.({ roots: {} }, 'modern')).toBe(forRoots)
})

test('a page of 5,000 tools costs milliseconds', async () => {
  const { catalog, tools } = open()
  const names = Array.from({ length: 100 }, (_, index) => `tool_${String(index).padStart(3, '0')}`)
  catalog.publish(new Map(Array.from({ length: 50 }, (_, index) => [`n${index}`, namespace(`n${index}`, names)])))
  await tools.list({ limit: 100 }, SEES_ALL)
  const beginMs = performance.now()
  const seen = new Set<string>()
  let cursor: string | undefined
  for (let page = 0; page < 50; page++) {
    const { tools: listed, nextCursor } = await tools.list({ limit: 100, ...(cursor === undefined ? {} : { cursor }) }, SEES_ALL)
    for (const { combinedName } of listed) seen.add(combinedName ?? '')
    cursor = nextCursor ?? undefined
  }
  expect([seen.size, cursor]).toEqual([5000, undefined])
  expect((await tools.list({ limit: 10, search: 'n7 tool_042' }, SEES_ALL)).total).toBe(1)
  // Promised: 20 ms a page.
  expect(performance.now() - beginMs).toBeLessThan(10_000)
})
