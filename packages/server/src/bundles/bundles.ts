import type { Logger } from 'pino'
import type { PublishingCatalog } from '../catalog/catalog.ts'
import { combinedUri } from '../catalog/combined-name.ts'
import type { CatalogEvent, PublishedNamespace } from '../catalog/snapshot.ts'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { BoundedQueue } from '../kernel/bounded-queue.ts'
import { changedLists, diffCatalogues, EMPTY_CATALOGUE, type ListName } from '../namespaces/catalogue-diff.ts'
import { assertNamespaceName, isNamespaceName } from '../namespaces/namespace-name.ts'
import type { BundleRecord, BundleStore } from '../store/store.ts'
import type { EventBus } from '../telemetry/event-bus.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { type Assembly, assemble, collisionText } from './assemble.ts'
import type { BundleConfig, BundleEntry, BundlePatch, BundlePreview, BundleService, BundleStatus } from './bundle.types.ts'
import { readBundleConfig } from './bundle-schema.ts'
import { findSkillServers } from './bundle-skills.ts'
import { createBundleUpstream } from './bundle-upstream.ts'
import { bundleVariants, type Parts } from './bundle-variants.ts'
import { type Assembled, stateOf, statusOf, toPublishedNamespace } from './published-bundle.ts'
import { createResourceWatches, type ResourceWatches } from './resource-watches.ts'
import { tokenCost } from './token-cost.ts'

export interface BundlesDeps {
  readonly config: Pick<Config, 'bundlesMax' | 'changesPendingMax' | 'changeWaitSeconds'>
  readonly store: BundleStore
  readonly catalog: PublishingCatalog
  /** Does a folder of tools or an external server have this name? */
  readonly isTaken: (namespace: string) => Promise<boolean>
  readonly events: Pick<EventBus, 'publish'>
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

export function createBundles(deps: BundlesDeps): BundleService {
  return new Bundles(deps)
}

interface Bundle extends Assembled {
  readonly watches: ResourceWatches
  updatedAt: string
  config: BundleConfig
  assembly: Assembly
  /** What it was put together from. */
  parts: Parts
  /** Problems that the log has. */
  told: readonly string[]
}

/** The bundles, and the one place where what they publish changes: it follows the namespaces they are made of. */
class Bundles implements BundleService {
  readonly #deps: BundlesDeps
  readonly #bundles = new Map<string, Bundle>()
  readonly #changes: BoundedQueue
  readonly #unsubscribe: () => void
  #isSettled = false

  constructor(deps: BundlesDeps) {
    this.#deps = deps
    const { changesPendingMax, changeWaitSeconds } = deps.config
    this.#changes = new BoundedQueue({
      concurrency: 1,
      pendingMax: changesPendingMax,
      waitMs: changeWaitSeconds * 1000,
      refusal: (reason) =>
        reason === 'closed'
          ? new ToolDockError('shutting_down', 'ToolDock is stopping.')
          : new ToolDockError('conflict', 'Other changes of bundles are under way: try again later.'),
    })
    this.#unsubscribe = deps.catalog.subscribe((event) => this.#follow(event))
  }

  async start(): Promise<void> {
    for (const record of await this.#deps.store.list()) {
      const config = readBundleConfig(record.config)
      if (config === undefined || !isNamespaceName(record.namespace) || this.#deps.catalog.current.namespaces.has(record.namespace))
        this.#deps.log.error({ namespace: record.namespace }, 'A stored bundle is not served: its configuration cannot be read, or its name is taken')
      else this.#add(record, config)
    }
  }

  settle(): void {
    this.#isSettled = true
    for (const bundle of this.#bundles.values()) this.#publish(bundle)
  }

  has(namespace: string): boolean {
    return this.#bundles.has(namespace)
  }

  list(): readonly BundleStatus[] {
    return [...this.#bundles.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : 1)).map(statusOf)
  }

  get(namespace: string): BundleStatus {
    return statusOf(this.#known(namespace))
  }

  create(namespace: string, config: BundleConfig): Promise<BundleStatus> {
    return this.#changes.run(async () => {
      const { store, config: settings } = this.#deps
      assertNamespaceName(namespace)
      this.#assertUsable(config, namespace)
      await this.#assertFree(namespace)
      const record = await store.add(namespace, config, settings.bundlesMax)
      if (record === undefined) throw new ToolDockError('conflict', `As many bundles as BUNDLES_MAX (${settings.bundlesMax}) are kept: remove one first.`)
      try {
        // Somebody may have given the name to a server or a folder meanwhile.
        await this.#assertFree(namespace)
      } catch (error) {
        await store.remove(namespace)
        throw error
      }
      return statusOf(this.#add(record, config))
    })
  }

  update(namespace: string, patch: BundlePatch): Promise<BundleStatus> {
    return this.#changes.run(async () => {
      const bundle = this.#known(namespace)
      const config = patched(bundle.config, patch)
      this.#assertUsable(config, namespace, bundle)
      const record = await this.#deps.store.setConfig(namespace, config)
      if (record === undefined) throw notFound(namespace)
      bundle.config = config
      bundle.updatedAt = record.updatedAt
      this.#publish(bundle)
      return statusOf(bundle)
    })
  }

  remove(namespace: string): Promise<void> {
    return this.#changes.run(async () => {
      const bundle = this.#known(namespace)
      await this.#deps.store.remove(namespace)
      this.#bundles.delete(namespace)
      this.#swap(namespace, undefined)
      bundle.watches.close()
      this.#deps.events.publish({ type: 'bundle.changed', namespace, state: 'removed' })
    })
  }

  preview(config: BundleConfig): BundlePreview {
    this.#assertNoBundles(config)
    const { tools, prompts, resources, resourceTemplates, problems, collisions } = assemble(config, this.#find)
    return {
      problems,
      collisions,
      tools: [...tools.keys()],
      prompts: [...prompts.keys()],
      resources: [...resources.map(({ uri }) => uri), ...resourceTemplates.map(({ uriTemplate }) => uriTemplate)],
      tokens: tokenCost([...tools.values()].map(({ shown }) => shown)),
    }
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    await this.#changes.close()
    for (const { watches } of this.#bundles.values()) watches.close()
  }

  /** Namespaces as they are published now; what a bundle shows is found where it comes from. */
  readonly #find = (namespace: string): PublishedNamespace | undefined => this.#deps.catalog.current.namespaces.get(namespace)

  readonly #upstreamOf = (namespace: string): Upstream | undefined => {
    const published = this.#find(namespace)
    return published?.kind === 'bundle' ? undefined : published?.upstream
  }

  #add({ namespace, createdAt, updatedAt }: BundleRecord, config: BundleConfig): Bundle {
    const bundle: Bundle = {
      namespace,
      createdAt,
      updatedAt,
      config,
      watches: createResourceWatches(this.#upstreamOf),
      assembly: assemble(config, () => undefined),
      parts: new Map(),
      told: [],
    }
    this.#bundles.set(namespace, bundle)
    this.#publish(bundle)
    return bundle
  }

  #follow(event: CatalogEvent): void {
    // No bundle is part of another, and its own events are not followed. What a server says to a session reaches it by itself.
    if (event.type === 'said' || this.#bundles.has(event.namespace)) return
    for (const bundle of this.#bundles.values()) {
      const entry = bundle.config.entries.find(({ namespace }) => namespace === event.namespace)
      if (entry !== undefined) this.#followIn(bundle, entry, event)
    }
  }

  #followIn(bundle: Bundle, entry: BundleEntry, event: Exclude<CatalogEvent, { type: 'said' }>): void {
    const { namespace, config, assembly, parts } = bundle
    const { catalog } = this.#deps
    if (event.type === 'resourceUpdated') {
      if (assembly.shows(event.namespace, event.uri)) catalog.announce({ ...event, namespace, uri: combinedUri(event.namespace, event.uri), isBundle: true })
      return
    }
    // What it says has changed although it looks the same is believed, as its own clients believe it.
    const before = parts.get(event.namespace) ?? EMPTY_CATALOGUE
    const now = this.#find(event.namespace) ?? EMPTY_CATALOGUE
    const seen = changedLists(diffCatalogues(before, now))
    const announced = new Set([...event.lists].filter((list) => !seen.has(list) && entry[list].length > 0 && (list !== 'tools' || config.discovery === 'list')))
    if (now !== before) this.#publish(bundle, announced)
    else if (announced.size > 0) catalog.announce({ type: 'listChanged', namespace, lists: announced, isBundle: true })
  }

  /** Puts it together anew. `announced` lists are told of even when they look the same. */
  #publish(bundle: Bundle, announced: ReadonlySet<ListName> = new Set()): void {
    const { namespace, config, watches } = bundle
    const parts = new Map<string, PublishedNamespace>()
    const assembly = assemble(config, (name) => {
      const part = this.#find(name)
      if (part !== undefined) parts.set(name, part)
      return part
    })
    bundle.assembly = assembly
    bundle.parts = parts
    watches.rebind()
    const publication = (assembly: Assembly, parts: Parts, variantFor?: PublishedNamespace['variantFor']): PublishedNamespace => {
      const members = config.entries.map((entry) => entry.namespace)
      const skillServers = findSkillServers(config, parts)
      const upstream = createBundleUpstream({ namespace, members, skillServers, assembly, discovery: config.discovery, find: this.#upstreamOf, watches })
      return toPublishedNamespace({ namespace, config, assembly }, upstream, skillServers, variantFor)
    }
    const variantOf = (variants: Parts) =>
      publication(
        assemble(config, (name) => variants.get(name)),
        variants,
      )
    const published = publication(
      assembly,
      parts,
      bundleVariants(parts, () => published, variantOf),
    )
    this.#swap(namespace, published, announced)
    if (this.#isSettled) this.#tell(bundle)
  }

  #tell(bundle: Bundle): void {
    const { namespace, told, assembly } = bundle
    bundle.told = assembly.problems.map(({ message }) => message)
    this.#deps.events.publish({ type: 'bundle.changed', namespace, state: stateOf(assembly) })
    for (const message of bundle.told) if (!told.includes(message)) this.#deps.log.warn({ namespace }, `The bundle "${namespace}" is degraded: ${message}`)
  }

  #swap(namespace: string, next: PublishedNamespace | undefined, announced: ReadonlySet<ListName> = new Set()): void {
    const lists = changedLists(diffCatalogues(this.#deps.catalog.original(namespace) ?? EMPTY_CATALOGUE, next ?? EMPTY_CATALOGUE)).union(announced)
    this.#deps.catalog.publish(new Map([[namespace, next]]), lists.size === 0 ? [] : [{ type: 'listChanged', namespace, lists, isBundle: true }])
  }

  #known(namespace: string): Bundle {
    const bundle = this.#bundles.get(namespace)
    if (bundle === undefined) throw notFound(namespace)
    return bundle
  }

  async #assertFree(namespace: string): Promise<void> {
    if (this.#find(namespace) !== undefined || (await this.#deps.isTaken(namespace)))
      throw new ToolDockError('conflict', `The namespace "${namespace}" exists already: choose another name, or remove it first.`)
  }

  /** @param before what it was: what a reload of its namespaces has brought about does not stand in the way of another change */
  #assertUsable(config: BundleConfig, namespace: string, before?: Pick<Bundle, 'config' | 'assembly'>): void {
    if (config.entries !== before?.config.entries) this.#assertNoBundles(config, namespace)
    const known = new Set(before?.assembly.collisions.map(collisionText))
    const collisions = assemble(config, this.#find).collisions.filter((collision) => !known.has(collisionText(collision)))
    if (collisions.length === 0) return
    const words = collisions.map(collisionText).join(' ')
    throw new ToolDockError('conflict', `${words} Give one of each pair another name with "as"${config.prefix ? '' : ', or set "prefix"'}.`, { collisions })
  }

  #assertNoBundles({ entries }: BundleConfig, own?: string): void {
    const bundle = entries.find(({ namespace }) => namespace === own || this.#bundles.has(namespace))
    if (bundle !== undefined)
      throw new ToolDockError('invalid_params', `"${bundle.namespace}" is a bundle: name the namespaces it is made of, as a bundle cannot be part of one.`)
  }
}

function patched(config: BundleConfig, patch: BundlePatch): BundleConfig {
  const merged = Object.entries({ ...config, ...patch }).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(merged) as unknown as BundleConfig
}

function notFound(namespace: string): ToolDockError {
  return new ToolDockError('namespace_not_found', `There is no bundle "${namespace.slice(0, 80)}".`)
}
