import type { PromptEntry, ResourceEntry, ResourceTemplateEntry, ToolEntry } from '@tooldock/worker/protocol'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Visibility } from '../kernel/principal.ts'
import { combinedName, combinedUri, splitCombinedUri } from './combined-name.ts'
import { withRenamedApp } from './renamed-uris.ts'
import type { Catalog, PublishedNamespace, Snapshot } from './snapshot.ts'
import type { View, Views } from './view.types.ts'
import { createSee, type See } from './visible-namespace.ts'

/**
 * Views of the current snapshot, made when first asked for and kept as long as the snapshot is current: a call then costs
 * two map look-ups. A request takes its view once, so that it sees one snapshot from beginning to end.
 * @param partsMax different visibilities whose views are kept; the one unused for longest is forgotten
 */
export function createViews(catalog: Catalog, partsMax: number): Views {
  const variants = new WeakMap<PublishedNamespace, View>()
  const variantView = (namespace: PublishedNamespace): View => {
    let view = variants.get(namespace)
    if (view === undefined) variants.set(namespace, (view = namespaceView(namespace)))
    return view
  }
  const whole = createViewsOfOne(catalog, (namespace) => namespace)
  const parts = new Map<Visibility, ViewsOfOne>()
  const viewsFor = (sees: Visibility | undefined): ViewsOfOne => {
    if (sees === undefined) return whole
    const views = parts.get(sees) ?? createViewsOfOne(catalog, createSee(sees), whole)
    parts.delete(sees)
    parts.set(sees, views)
    const [oldest] = parts.keys()
    if (parts.size > partsMax && oldest !== undefined) parts.delete(oldest)
    return views
  }

  return {
    of: (name, sees) => viewsFor(sees).of(name),
    all: (sees) => viewsFor(sees).all(),
    forClient(view, capabilities, era, session) {
      const namespace = view.namespace === null ? undefined : view.namespaces[0]
      if (namespace?.variantFor === undefined) return view
      const seen = (variant: PublishedNamespace): View => (variant === namespace ? view : variantView(variant))
      const variant = namespace.variantFor(capabilities, era, session)
      return variant instanceof Promise ? variant.then(seen) : seen(variant)
    },
  }
}

type ViewsOfOne = Pick<Views, 'of' | 'all'>

/** @param whole the views of all there is; where nothing is hidden they are the same, and so is what was made for them */
function createViewsOfOne(catalog: Catalog, see: See, whole?: ViewsOfOne): ViewsOfOne {
  let snapshot: Snapshot | undefined
  let byNamespace = new Map<string, View>()
  let combined: View | undefined

  const refresh = (): Snapshot => {
    if (snapshot !== catalog.current) {
      snapshot = catalog.current
      byNamespace = new Map()
      combined = undefined
    }
    return catalog.current
  }

  return {
    of(name) {
      const current = refresh()
      const known = byNamespace.get(name)
      if (known !== undefined) return known
      const published = current.namespaces.get(name)
      const namespace = published && see(published)
      // One answer for what does not exist and for what does not exist for this caller.
      if (namespace === undefined) throw new ToolDockError('namespace_not_found', `There is no namespace "${name}".`)
      const view = whole !== undefined && namespace === published ? whole.of(name) : namespaceView(namespace)
      byNamespace.set(name, view)
      return view
    },
    all() {
      const { namespaces } = refresh()
      if (combined !== undefined) return combined
      const published = [...namespaces.values()]
      const seen = published.flatMap((namespace) => see(namespace) ?? [])
      const hidesNothing = seen.length === published.length && seen.every((namespace, index) => namespace === published[index])
      combined = whole !== undefined && hidesNothing ? whole.all() : combinedView(seen)
      return combined
    },
  }
}

function namespaceView(namespace: PublishedNamespace): View {
  const { name, tools, resources, resourceTemplates, prompts, completions, toolsByName, promptsByName } = namespace
  // Clients of the ancestor call tools by combined names of its own making.
  const bare = (written: string): string =>
    written.startsWith('default__') ? written.slice(9) : written.startsWith(`${name}__`) ? written.slice(name.length + 2) : written
  const find = <E>(map: ReadonlyMap<string, E>, written: string) => {
    const entry = map.get(written) ?? map.get(bare(written))
    return entry === undefined ? undefined : { namespace, entry }
  }
  return {
    namespace: name,
    title: namespace.title ?? name,
    instructions: namespace.instructions,
    namespaces: [namespace],
    tools,
    resources,
    resourceTemplates,
    prompts,
    completions,
    findTool: (written) => find(toolsByName, written),
    findPrompt: (written) => find(promptsByName, written),
    findResource: (uri) => (isReadable(namespace, uri) ? { namespace, uri } : undefined),
    uriOf: (_namespace, uri) => uri,
  }
}

/** Bundles are named among the namespaces; what they show is there already, under the names of its owners. */
function combinedView(all: readonly PublishedNamespace[]): View {
  const namespaces = all.filter(({ kind }) => kind !== 'bundle')
  const tools = combine(namespaces, (namespace) => namespace.tools.map((tool) => withRenamedApp(tool, (uri) => combinedUri(namespace.name, uri))))
  const prompts = combine(namespaces, (namespace) => namespace.prompts)
  const byName = new Map(namespaces.map((namespace) => [namespace.name, namespace]))
  const instructions = namespaces.filter((namespace) => namespace.instructions).map((namespace) => `${namespace.name}: ${namespace.instructions}`)
  return {
    namespace: null,
    title: 'All namespaces',
    instructions: instructions.length === 0 ? undefined : instructions.join('\n\n'),
    namespaces: all,
    tools: tools.listed,
    prompts: prompts.listed,
    resources: namespaces
      .flatMap((namespace) =>
        namespace.resources.map(
          (resource): ResourceEntry => ({ ...resource, name: combinedName(namespace.name, resource.name), uri: combinedUri(namespace.name, resource.uri) }),
        ),
      )
      .sort(by((entry) => entry.uri)),
    resourceTemplates: namespaces
      .flatMap((namespace) =>
        namespace.resourceTemplates.map(
          (template): ResourceTemplateEntry => ({
            ...template,
            name: combinedName(namespace.name, template.name),
            uriTemplate: combinedUri(namespace.name, template.uriTemplate),
          }),
        ),
      )
      .sort(by((entry) => entry.uriTemplate)),
    completions: namespaces.some((namespace) => namespace.completions),
    findTool: (name) => tools.byName.get(name),
    findPrompt: (name) => prompts.byName.get(name),
    findResource(uri) {
      const split = splitCombinedUri(uri)
      const namespace = split && byName.get(split.namespace)
      return split !== undefined && namespace !== undefined && isReadable(namespace, split.uri) ? { namespace, uri: split.uri } : undefined
    },
    uriOf: combinedUri,
  }
}

const isReadable = ({ readableUris }: PublishedNamespace, uri: string): boolean => readableUris?.has(uri) ?? true

interface Located<E> {
  readonly namespace: PublishedNamespace
  readonly entry: E
}

function combine<E extends ToolEntry | PromptEntry>(namespaces: readonly PublishedNamespace[], entriesOf: (namespace: PublishedNamespace) => readonly E[]) {
  const byName = new Map<string, Located<E>>()
  for (const namespace of namespaces) for (const entry of entriesOf(namespace)) byName.set(combinedName(namespace.name, entry.name), { namespace, entry })
  const listed = [...byName].map(([name, { entry }]): E => ({ ...entry, name })).sort(by((entry) => entry.name))
  return { byName, listed }
}

/** Code-unit order: the same on every machine, whatever its locale. */
const by =
  <E>(key: (entry: E) => string) =>
  (a: E, b: E): number => {
    const left = key(a)
    const right = key(b)
    return left < right ? -1 : left > right ? 1 : 0
  }
