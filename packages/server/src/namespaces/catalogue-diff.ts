import { isDeepStrictEqual } from 'node:util'
import type { Catalogue } from '@tooldock/worker/protocol'
import type { EntryDiff } from './namespace-service.types.ts'

export type ListName = 'tools' | 'prompts' | 'resources'

export interface CatalogueDiff {
  readonly tools: EntryDiff
  /** Templates are told by their URI template. */
  readonly resources: EntryDiff
  readonly prompts: EntryDiff
}

export const EMPTY_CATALOGUE: Catalogue = { tools: [], resources: [], resourceTemplates: [], prompts: [], completions: false }

/** What a client would notice: where an entry is written does not count. */
export function diffCatalogues(before: Catalogue, after: Catalogue): CatalogueDiff {
  return {
    tools: diffEntries(byKey(before.tools, 'name'), byKey(after.tools, 'name')),
    prompts: diffEntries(byKey(before.prompts, 'name'), byKey(after.prompts, 'name')),
    resources: diffEntries(
      new Map([...byKey(before.resources, 'uri'), ...byKey(before.resourceTemplates, 'uriTemplate')]),
      new Map([...byKey(after.resources, 'uri'), ...byKey(after.resourceTemplates, 'uriTemplate')]),
    ),
  }
}

/** The lists a client must read again. */
export function changedLists(diff: CatalogueDiff): ReadonlySet<ListName> {
  const lists: readonly ListName[] = ['tools', 'prompts', 'resources']
  return new Set(lists.filter((list) => diff[list].added.length + diff[list].removed.length + diff[list].changed.length > 0))
}

type Visible = Readonly<Record<string, unknown>>

function byKey<K extends string, E extends { readonly [P in K]: string } & { readonly file: string }>(entries: readonly E[], key: K): Map<string, Visible> {
  return new Map(
    entries.map((entry) => {
      const { file: _, ...visible } = entry
      return [entry[key], visible]
    }),
  )
}

function diffEntries(before: ReadonlyMap<string, Visible>, after: ReadonlyMap<string, Visible>): EntryDiff {
  const changed: EntryDiff['changed'][number][] = []
  for (const [name, entry] of after) {
    const old = before.get(name)
    if (old !== undefined && !isDeepStrictEqual(old, entry)) changed.push({ name, changes: diffValues(old, entry, '') })
  }
  return { added: [...after.keys()].filter((name) => !before.has(name)), removed: [...before.keys()].filter((name) => !after.has(name)), changed }
}

/** Differences as JSON pointers (RFC 6901); an array that differs is one difference. */
function diffValues(before: unknown, after: unknown, path: string): EntryDiff['changed'][number]['changes'] {
  if (isDeepStrictEqual(before, after)) return []
  if (!isObject(before) || !isObject(after)) return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }]
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return keys.flatMap((key) => diffValues(before[key], after[key], `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
