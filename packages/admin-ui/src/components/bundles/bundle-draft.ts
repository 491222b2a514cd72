import type { Bundle, BundleConfig, BundleToolChoice, PostBundlesPreviewData } from '../../api/generated/types.gen.ts'

type Entry = BundleConfig['entries'][number]

/** What the form of a bundle holds. */
export interface BundleDraft {
  readonly namespace: string
  readonly title: string
  readonly description: string
  readonly instructions: string
  readonly prefix: boolean
  readonly discovery: BundleConfig['discovery']
  readonly entries: readonly Entry[]
}

export const EMPTY_BUNDLE: BundleDraft = { namespace: '', title: '', description: '', instructions: '', prefix: true, discovery: 'list', entries: [] }

export function toBundleDraft({ namespace, config }: Bundle): BundleDraft {
  const { title = '', description = '', instructions = '', prefix, discovery, entries } = config
  return { namespace, title, description, instructions, prefix, discovery, entries }
}

/** As the API takes it; what is empty stays out. */
export function toBundleBody({ namespace: _, title, description, instructions, entries, ...rest }: BundleDraft): PostBundlesPreviewData['body'] {
  const texts = Object.fromEntries(Object.entries({ title, description, instructions }).filter(([, text]) => text.trim() !== ''))
  return { ...rest, ...texts, entries: entries.map((entry) => ({ ...entry })) }
}

const entryOf = ({ entries }: BundleDraft, namespace: string): Entry | undefined => entries.find((entry) => entry.namespace === namespace)

/** How much of the tools of a namespace is in it. */
function chosenTools(draft: BundleDraft, namespace: string): 'all' | readonly BundleToolChoice[] {
  return entryOf(draft, namespace)?.tools ?? []
}

export function hasTool(draft: BundleDraft, namespace: string, tool: string): boolean {
  const tools = chosenTools(draft, namespace)
  return tools === 'all' || tools.some(({ name }) => name === tool)
}

export const hasAll = (draft: BundleDraft, namespace: string, kind: 'tools' | 'resources' | 'prompts'): boolean => entryOf(draft, namespace)?.[kind] === 'all'

/** An entry of which nothing is left goes away. */
function withEntry(draft: BundleDraft, namespace: string, change: Partial<Entry>): BundleDraft {
  const before = entryOf(draft, namespace) ?? { namespace, tools: [], resources: [], prompts: [] }
  const after = { ...before, ...change }
  const isEmpty = [after.tools, after.resources, after.prompts].every((part) => part.length === 0)
  const others = draft.entries.filter((entry) => entry.namespace !== namespace)
  const entries = isEmpty
    ? others
    : draft.entries.some((entry) => entry.namespace === namespace)
      ? draft.entries.map((entry) => (entry.namespace === namespace ? after : entry))
      : [...others, after]
  return { ...draft, entries }
}

export const setAll = (draft: BundleDraft, namespace: string, kind: 'tools' | 'resources' | 'prompts', isAll: boolean): BundleDraft =>
  withEntry(draft, namespace, { [kind]: isAll ? 'all' : [] })

/** Puts one tool in or takes it out; `all` names those that stay when it is taken out of all. */
export function setTool(draft: BundleDraft, namespace: string, tool: string, isIn: boolean, all: readonly string[] = []): BundleDraft {
  const tools = chosenTools(draft, namespace)
  const listed = tools === 'all' ? all.map((name) => ({ name })) : tools
  const others = listed.filter(({ name }) => name !== tool)
  return withEntry(draft, namespace, { tools: isIn ? [...others, { name: tool }] : others })
}

/** Another name or other words for a chosen tool; empty ones are taken away. */
export function describeTool(draft: BundleDraft, namespace: string, tool: string, change: Partial<BundleToolChoice>): BundleDraft {
  const tools = chosenTools(draft, namespace)
  if (tools === 'all') return draft
  const described = tools.map((choice) =>
    choice.name === tool
      ? (Object.fromEntries(Object.entries({ ...choice, ...change }).filter(([, value]) => value !== '')) as unknown as BundleToolChoice)
      : choice,
  )
  return withEntry(draft, namespace, { tools: described })
}
