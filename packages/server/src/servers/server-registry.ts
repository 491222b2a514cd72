import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { PublishingCatalog } from '../catalog/catalog.ts'
import type { CatalogEvent, PublishedNamespace } from '../catalog/snapshot.ts'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { BoundedQueue } from '../kernel/bounded-queue.ts'
import { changedLists, diffCatalogues, EMPTY_CATALOGUE } from '../namespaces/catalogue-diff.ts'
import { namespaceNameFault } from '../namespaces/namespace-name.ts'
import type { ServerRecord, ServerStore } from '../store/store.ts'
import { publishWithVariants } from './listing-variants.ts'
import type { ManagedServer } from './managed-server.ts'
import type { ServerConfig } from './server.types.ts'
import { type Listing, listingKeyOf, readListing, toPublishedNamespace } from './server-listing.ts'
import type { Machine } from './server-machine.ts'
import type { ServerOutput } from './server-output.ts'
import { readInstalled, readServerConfig } from './server-schema.ts'
import type { ServerEvent } from './server-service.types.ts'
import { Supervisor, type SupervisorDeps, type Version } from './supervisor.ts'

export interface ServerRegistryDeps {
  readonly config: SupervisorDeps['config'] &
    Pick<Config, 'changesPendingMax' | 'changeWaitSeconds' | 'startupTimeoutSeconds' | 'serversMax' | 'serverStartsAtOnceMax'>
  readonly serversDir: string
  readonly store: ServerStore
  readonly catalog: PublishingCatalog
  readonly createOutput: (namespace: string) => ServerOutput
  readonly start: SupervisorDeps['start']
  readonly startCare: SupervisorDeps['startCare']
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** Changes of state that are kept of each server. */
const TIMELINE_MAX = 50

/** Every server that is known, and the one place where what servers publish changes. */
export class ServerRegistry {
  readonly #deps: ServerRegistryDeps
  readonly #servers = new Map<string, ManagedServer>()
  readonly #starts: BoundedQueue
  readonly #listeners = new Set<(event: ServerEvent) => void>()
  /** Start by themselves and have neither answered nor failed yet. */
  readonly #unsettled = new Set<ManagedServer>()
  #isRestored = false

  constructor(deps: ServerRegistryDeps) {
    this.#deps = deps
    const { serverStartsAtOnceMax, startupTimeoutSeconds, serversMax } = deps.config
    this.#starts = new BoundedQueue({
      concurrency: serverStartsAtOnceMax,
      pendingMax: serversMax + serverStartsAtOnceMax,
      // Each of those before has its own deadline.
      waitMs: (serversMax + 1) * startupTimeoutSeconds * 1000,
      refusal: () => new ToolDockError('shutting_down', 'ToolDock is stopping.'),
    })
  }

  get loaded(): boolean {
    return this.#isRestored && this.#unsettled.size === 0
  }

  all(): readonly ManagedServer[] {
    return [...this.#servers.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : 1))
  }

  find(namespace: string): ManagedServer | undefined {
    return this.#servers.get(namespace)
  }

  /** Publishes everything that is stored; nothing is started. @throws {ToolDockError} `store_unavailable` */
  async restore(): Promise<void> {
    const published = new Map<string, PublishedNamespace>()
    for (const row of await this.#deps.store.list()) {
      const server = this.#restoreRow(row)
      if (server === undefined) continue
      published.set(server.namespace, this.#publicationOf(server))
      if (server.supervisor.version.config.autoStart) this.#unsettled.add(server)
    }
    this.#deps.catalog.publish(published)
    this.#isRestored = true
  }

  add(config: ServerConfig, createdAt: string): ManagedServer {
    const server = this.#create({ config, installed: undefined }, undefined, createdAt)
    this.publish(server)
    this.tell(server, 'added')
    return server
  }

  /** The server was closed: forgets and withdraws it. */
  remove(server: ManagedServer): void {
    const { namespace } = server
    if (this.#servers.get(namespace) !== server) return
    this.#servers.delete(namespace)
    this.#unsettled.delete(server)
    this.#swap(namespace, undefined)
    this.tell(server, 'removed')
  }

  tell({ namespace }: ManagedServer, type: 'added' | 'changed' | 'removed'): void {
    this.#emit({ type, namespace, at: new Date().toISOString() })
  }

  /** Publishes what is known of a server now; `announced` lists are told of even when they look the same. */
  publish(server: ManagedServer, announced: readonly ('tools' | 'prompts' | 'resources')[] = []): void {
    this.#swap(server.namespace, this.#publicationOf(server), announced)
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    const subscription = (event: ServerEvent): void => listener(event)
    this.#listeners.add(subscription)
    return () => void this.#listeners.delete(subscription)
  }

  /** Folders of servers whose removal was interrupted. */
  async leftovers(): Promise<readonly string[]> {
    const names = await readdir(this.#deps.serversDir).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    return names.filter((name) => name.startsWith('.removed-'))
  }

  #restoreRow({ namespace, config: stored, installed: storedInstalled, listing, listingKey, createdAt }: ServerRecord): ManagedServer | undefined {
    const config = readServerConfig(stored)
    if (config === undefined || config.namespace !== namespace || namespaceNameFault(namespace) !== undefined) {
      this.#deps.log.error({ namespace }, 'a stored server cannot be used: its row is no configuration of a server; it is left as it is')
      return undefined
    }
    const installed = readInstalled(storedInstalled, join(this.#deps.serversDir, namespace))
    return this.#create({ config, installed }, readListing(listing, listingKey, listingKeyOf(config, installed)), createdAt)
  }

  #create(version: Version, listing: Listing | undefined, createdAt: string): ManagedServer {
    const { namespace } = version.config
    const { config, start, startCare, log } = this.#deps
    const output = this.#deps.createOutput(namespace)
    const supervisor: Supervisor = new Supervisor(version, listing, {
      config,
      starts: this.#starts,
      start,
      startCare,
      output,
      onListing: (next, announced) => this.#onListing(server, next, announced),
      // A new publication has no variants yet: they are listed again.
      onVariantChanged: (list) => this.publish(server, [list]),
      onResourceUpdated: (uri, isFor) => this.#deps.catalog.announce({ type: 'resourceUpdated', namespace, uri, isFor }),
      onSaid: (method, params, isFor) => this.#deps.catalog.announce({ type: 'said', namespace, method, params, isFor }),
      onState: (machine) => this.#onState(server, machine),
      log,
    })
    const server: ManagedServer = {
      namespace,
      supervisor,
      output,
      requests: this.#createQueue(namespace),
      createdAt,
      timeline: [],
      job: undefined,
      change: undefined,
      changing: undefined,
    }
    this.#servers.set(namespace, server)
    return server
  }

  #onListing(server: ManagedServer, listing: Listing, announced: readonly ('tools' | 'prompts' | 'resources')[] = []): void {
    if (this.#servers.get(server.namespace) !== server) return
    this.publish(server, announced)
    const { config, installed } = server.supervisor.version
    // It is published already; without the row the next boot publishes what it published before.
    this.#deps.store.setListing(server.namespace, listing, listingKeyOf(config, installed)).catch((error: unknown) => {
      this.#deps.log.warn({ namespace: server.namespace, err: error }, 'what a server lists could not be stored')
    })
  }

  #onState(server: ManagedServer, { state, reason }: Machine): void {
    if (state !== 'starting' && state !== 'installing') this.#unsettled.delete(server)
    const change = { at: new Date().toISOString(), state, reason: reason ?? null }
    server.timeline.push(change)
    if (server.timeline.length > TIMELINE_MAX) server.timeline.shift()
    this.#emit({ type: 'state', namespace: server.namespace, ...change })
  }

  #emit(event: ServerEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  #publicationOf({ supervisor }: ManagedServer): PublishedNamespace {
    const { version, listing, upstream } = supervisor
    const { config } = version
    const hasVariants = config.source.kind === 'remote' || config.sharing !== 'shared'
    const base = { config, listing, upstream }
    return hasVariants ? publishWithVariants(supervisor, base, this.#deps.config.startupTimeoutSeconds * 1000) : toPublishedNamespace(base)
  }

  #swap(namespace: string, next: PublishedNamespace | undefined, announced: readonly ('tools' | 'prompts' | 'resources')[] = []): void {
    const before = this.#deps.catalog.original(namespace)
    const lists = new Set([...changedLists(diffCatalogues(before ?? EMPTY_CATALOGUE, next ?? EMPTY_CATALOGUE)), ...announced])
    const events: CatalogEvent[] = lists.size === 0 ? [] : [{ type: 'listChanged', namespace, lists }]
    this.#deps.catalog.publish(new Map([[namespace, next]]), events)
  }

  #createQueue(namespace: string): BoundedQueue {
    const { changesPendingMax, changeWaitSeconds } = this.#deps.config
    return new BoundedQueue({
      concurrency: 1,
      pendingMax: changesPendingMax,
      waitMs: changeWaitSeconds * 1000,
      refusal: () => new ToolDockError('conflict', `Other requests about "${namespace}" are under way: try again later.`),
    })
  }
}
