import type { PromptEntry, ResourceEntry, ResourceTemplateEntry, ToolEntry } from '@tooldock/worker/protocol'
import { combinedName, combinedUri } from '../catalog/combined-name.ts'
import { overriddenTool } from '../catalog/overridden-tool.ts'
import { appsOf } from '../catalog/renamed-uris.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import type { BundleConfig, BundleEntry, BundleProblem, Chosen, Collision, Origin } from './bundle.types.ts'
import { templatePattern } from './template-pattern.ts'

/** Something that is shown under `shown.name` and belongs to `origin`. */
export interface Located<E> {
  readonly shown: E
  readonly origin: Origin
}

/** A bundle put together from what its namespaces publish at one moment. */
export interface Assembly {
  readonly tools: ReadonlyMap<string, Located<ToolEntry>>
  readonly prompts: ReadonlyMap<string, Located<PromptEntry>>
  readonly resources: readonly ResourceEntry[]
  readonly resourceTemplates: readonly ResourceTemplateEntry[]
  readonly completions: boolean
  readonly collisions: readonly Collision[]
  readonly problems: readonly BundleProblem[]
  /** May a resource of this namespace, by its own URI or URI template, be asked for? */
  shows(namespace: string, uri: string): boolean
}

/** @param find what is published under a name now */
export function assemble(config: BundleConfig, find: (namespace: string) => PublishedNamespace | undefined): Assembly {
  const parts = new Parts(config.prefix)
  // By name, so that of two parts that collide it is always the same one that is kept.
  for (const entry of [...config.entries].sort(by(({ namespace }) => namespace))) {
    const namespace = find(entry.namespace)
    if (namespace === undefined || namespace.kind === 'bundle') parts.miss(entry, namespace !== undefined)
    else parts.add(entry, namespace)
  }
  return parts.finish()
}

class Parts {
  readonly #prefix: boolean
  readonly #tools = new Map<string, Located<ToolEntry>>()
  readonly #prompts = new Map<string, Located<PromptEntry>>()
  readonly #resources: ResourceEntry[] = []
  readonly #templates: ResourceTemplateEntry[] = []
  readonly #collisions: Collision[] = []
  readonly #problems: BundleProblem[] = []
  readonly #uriChecks = new Map<string, (uri: string) => boolean>()
  #completions = false

  constructor(prefix: boolean) {
    this.#prefix = prefix
  }

  miss({ namespace }: BundleEntry, isBundle: boolean): void {
    const message = isBundle ? `"${namespace}" is a bundle: a bundle shows namespaces of tools only.` : `There is no namespace "${namespace}" now.`
    this.#problems.push({ code: 'namespace_missing', namespace, message })
  }

  add(entry: BundleEntry, namespace: PublishedNamespace): void {
    const from = namespace.name
    const apps = new Set<string>()
    for (const [tool, choice] of this.#pick(from, 'tool', entry.tools, namespace.tools, ({ name }) => name, nameOf)) {
      const { as = tool.name, ...override } = choice ?? {}
      const shown: ToolEntry = { ...overriddenTool(tool, override), name: this.#nameOf(from, as) }
      for (const uri of appsOf(tool)) apps.add(uri)
      this.#place(this.#tools, 'tool', { shown, origin: { namespace: from, name: tool.name } })
    }
    for (const [prompt, choice] of this.#pick(from, 'prompt', entry.prompts, namespace.prompts, ({ name }) => name, nameOf)) {
      const { title = prompt.title, description = prompt.description, as = prompt.name } = choice ?? {}
      const shown: PromptEntry = { ...prompt, ...defined({ title, description }), name: this.#nameOf(from, as) }
      this.#place(this.#prompts, 'prompt', { shown, origin: { namespace: from, name: prompt.name } })
    }
    this.#addResources(entry, namespace, apps)
    if (namespace.completions && (entry.prompts.length > 0 || entry.resources.length > 0)) this.#completions = true
  }

  finish(): Assembly {
    return {
      tools: sorted(this.#tools),
      prompts: sorted(this.#prompts),
      resources: this.#resources.sort(by(({ uri }) => uri)),
      resourceTemplates: this.#templates.sort(by(({ uriTemplate }) => uriTemplate)),
      completions: this.#completions,
      collisions: this.#collisions,
      problems: this.#problems,
      shows: (namespace, uri) => this.#uriChecks.get(namespace)?.(uri) ?? false,
    }
  }

  /** @param apps what its chosen tools are shown by: readable with them, listed when chosen */
  #addResources({ resources: chosen }: BundleEntry, { name: from, resources, resourceTemplates }: PublishedNamespace, apps: ReadonlySet<string>): void {
    const all = [...resources, ...resourceTemplates]
    const patterns: RegExp[] = []
    const uris = new Set<string>()
    for (const [resource, choice] of this.#pick(from, 'resource', chosen, all, uriOf, ({ uri }) => uri)) {
      const { title = resource.title, description = resource.description } = choice ?? {}
      const names = { ...defined({ title, description }), name: this.#nameOf(from, resource.name) }
      uris.add(uriOf(resource))
      if ('uri' in resource) this.#resources.push({ ...resource, ...names, uri: combinedUri(from, resource.uri) })
      else {
        this.#templates.push({ ...resource, ...names, uriTemplate: combinedUri(from, resource.uriTemplate) })
        patterns.push(templatePattern(resource.uriTemplate))
      }
    }
    // Of a namespace that is shown whole anything may be asked for, as at its own address: results name what no list does.
    this.#uriChecks.set(from, (uri) => chosen === 'all' || uris.has(uri) || apps.has(uri) || patterns.some((pattern) => pattern.test(uri)))
  }

  #pick<E, C>(
    namespace: string,
    kind: string,
    chosen: Chosen<C>,
    entries: readonly E[],
    keyOf: (entry: E) => string,
    choiceKey: (choice: C) => string,
  ): readonly (readonly [E, C | undefined])[] {
    if (chosen === 'all') return entries.map((entry) => [entry, undefined])
    const byKey = new Map(entries.map((entry) => [keyOf(entry), entry]))
    return chosen.flatMap((choice) => {
      const entry = byKey.get(choiceKey(choice))
      if (entry !== undefined) return [[entry, choice] as const]
      this.#problems.push({ code: 'entry_missing', namespace, message: `"${namespace}" has no ${kind} "${choiceKey(choice)}" now.` })
      return []
    })
  }

  #nameOf(namespace: string, name: string): string {
    return this.#prefix ? combinedName(namespace, name) : name
  }

  #place<E extends { readonly name: string }>(placed: Map<string, Located<E>>, kind: Collision['kind'], located: Located<E>): void {
    const { name } = located.shown
    const kept = placed.get(name)?.origin
    if (kept === undefined) {
      placed.set(name, located)
      return
    }
    const collision: Collision = { kind, name, kept, dropped: located.origin }
    this.#collisions.push(collision)
    this.#problems.push({ code: 'collision', namespace: located.origin.namespace, message: `${collisionText(collision)} The first is shown.` })
  }
}

/** Names both. */
export function collisionText({ kind, name, kept, dropped }: Collision): string {
  return `The ${kind}s "${kept.name}" of "${kept.namespace}" and "${dropped.name}" of "${dropped.namespace}" would both be called "${name}".`
}

const nameOf = ({ name }: { readonly name: string }): string => name
const uriOf = (resource: ResourceEntry | ResourceTemplateEntry): string => ('uri' in resource ? resource.uri : resource.uriTemplate)

function defined(values: { readonly title: string | undefined; readonly description: string | undefined }): { title?: string; description?: string } {
  const { title, description } = values
  return { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) }
}

function sorted<E>(placed: ReadonlyMap<string, E>): ReadonlyMap<string, E> {
  return new Map([...placed].sort(by(([name]) => name)))
}

/** Code-unit order: the same on every machine, whatever its locale. */
const by =
  <E>(key: (entry: E) => string) =>
  (a: E, b: E): number => {
    const left = key(a)
    const right = key(b)
    return left < right ? -1 : left > right ? 1 : 0
  }
