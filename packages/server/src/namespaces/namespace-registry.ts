import type { Manifest } from '@tooldock/worker/manifest'
import type { LoadProblem } from '@tooldock/worker/protocol'
import type { Logger } from 'pino'
import type { PublishingCatalog } from '../catalog/catalog.ts'
import { publishedLists } from '../catalog/published-lists.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { BoundedQueue } from '../kernel/bounded-queue.ts'
import type { GenerationRecord } from '../store/store.ts'
import type { EventBus } from '../telemetry/event-bus.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { changedLists, diffCatalogues, EMPTY_CATALOGUE } from './catalogue-diff.ts'
import type { Activity } from './namespace-service.types.ts'
import type { Generation, WorkerEvent, WorkerUpstream } from './worker-upstream.types.ts'

/** Makes the upstream of a generation; `onEvent` is told what its workers announce. */
export type CreateUpstream = (generation: Generation, onEvent: (event: WorkerEvent) => void) => WorkerUpstream

export interface Published {
  readonly record: GenerationRecord
  readonly generation: Generation
  readonly upstream: WorkerUpstream
}

/** What was found in `tools/{ns}` when it was last looked at. */
export type FolderState =
  | { readonly kind: 'unread' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'read'; readonly filesHash: string; readonly dependenciesId: string | null; readonly manifest: Manifest }

/** One namespace in memory. Changed only within {@link NamespaceRegistry.change} (`folder`: whenever it was looked at); read by everyone. */
export interface NamespaceEntry {
  readonly name: string
  readonly changes: BoundedQueue
  readonly draining: Set<WorkerUpstream>
  published: Published | undefined
  folder: FolderState
  /** Permissions an administrator accepted, as stored. */
  accepted: readonly string[]
  problems: readonly LoadProblem[]
}

export interface RegistryDeps {
  readonly catalog: PublishingCatalog
  readonly createUpstream: CreateUpstream
  /** Changes of one namespace that may run or wait. */
  readonly changesPendingMax: number
  readonly changeWaitMs: number
  readonly events: Pick<EventBus, 'publish'>
  readonly log: Logger
  /** Called when a replaced generation has ended its last call. */
  readonly onDrained: (entry: NamespaceEntry) => void
}

/** Every namespace that is known, and the one place where what is published changes. */
export class NamespaceRegistry {
  readonly #deps: RegistryDeps
  readonly #entries = new Map<string, NamespaceEntry>()
  /** Every upstream that was made and not yet ended. */
  readonly #upstreams = new Set<WorkerUpstream>()
  readonly #changes = new Set<Promise<unknown>>()
  #closing = false

  constructor(deps: RegistryDeps) {
    this.#deps = deps
  }

  get closing(): boolean {
    return this.#closing
  }

  /** What all generations do now, the draining ones included. */
  get activity(): Activity {
    let callsInFlight = 0
    let parkedCalls = 0
    for (const { inFlight, parked } of this.#upstreams) {
      callsInFlight += inFlight
      parkedCalls += parked
    }
    return { callsInFlight, parkedCalls }
  }

  entries(): readonly NamespaceEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  find(name: string): NamespaceEntry | undefined {
    return this.#entries.get(name)
  }

  /** Does an external server or a bundle have this name? A namespace is one of the three. */
  isTaken(name: string): boolean {
    const published = this.#deps.catalog.current.namespaces.get(name)
    return published !== undefined && published.kind !== 'native'
  }

  /** The entry of this (checked) name, made when there is none. */
  ensure(name: string): NamespaceEntry {
    const known = this.#entries.get(name)
    if (known !== undefined) return known
    const entry: NamespaceEntry = {
      name,
      changes: this.#createQueue(name),
      draining: new Set(),
      published: undefined,
      folder: { kind: 'unread' },
      accepted: [],
      problems: [],
    }
    this.#entries.set(name, entry)
    return entry
  }

  /** Runs `change` when the changes of this namespace before it have ended. @throws {ToolDockError} `conflict` when too many wait, `shutting_down` */
  async change<T>(entry: NamespaceEntry, change: () => Promise<T>): Promise<T> {
    const running = entry.changes.run(change)
    this.#changes.add(running)
    try {
      return await running
    } finally {
      this.#changes.delete(running)
    }
  }

  /** Forgets an entry that stands for nothing any more. */
  forget(entry: NamespaceEntry): void {
    this.#entries.delete(entry.name)
  }

  /** @throws {ToolDockError} `shutting_down` */
  createUpstream(generation: Generation): WorkerUpstream {
    if (this.#closing) throw new ToolDockError('shutting_down', 'ToolDock is stopping.')
    const upstream = this.#deps.createUpstream(generation, (event) => this.#onWorkerEvent(upstream, event))
    this.#upstreams.add(upstream)
    return upstream
  }

  /** Ends an upstream that was never published, or is no longer. */
  async discard(upstream: WorkerUpstream): Promise<void> {
    await upstream.stop(0)
    this.#upstreams.delete(upstream)
  }

  /** Publishes what was stored before any client can ask: no events. */
  publishStored(stored: ReadonlyMap<NamespaceEntry, Published>): void {
    for (const [entry, published] of stored) entry.published = published
    this.#deps.catalog.publish(new Map([...stored].map(([entry, published]) => [entry.name, toPublishedNamespace(entry, published)])))
  }

  /** Replaces what a namespace publishes (undefined: withdraws it); the old upstream drains and ends on its own. */
  swap(entry: NamespaceEntry, next: Published | undefined): void {
    const before = entry.published
    // A server may have the name of a folder that was never published.
    if (before === undefined && next === undefined) return
    const lists = changedLists(diffCatalogues(before?.record.catalogue ?? EMPTY_CATALOGUE, next?.record.catalogue ?? EMPTY_CATALOGUE))
    entry.published = next
    this.#deps.catalog.publish(
      new Map([[entry.name, next === undefined ? undefined : toPublishedNamespace(entry, next)]]),
      lists.size === 0 ? [] : [{ type: 'listChanged', namespace: entry.name, lists }],
    )
    if (next?.record.id === before?.record.id) this.#deps.events.publish({ type: 'namespace.changed', namespace: entry.name })
    else if (next !== undefined) this.#deps.events.publish({ type: 'namespace.published', namespace: entry.name, generation: next.record.id })
    if (before !== undefined && before.upstream !== next?.upstream) this.#retire(entry, before.upstream)
  }

  /** Ends every upstream; calls in flight have `graceMs`. Afterwards none can be made. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true
    for (const entry of this.#entries.values()) entry.changes.close()
    await Promise.all([...this.#upstreams].map((upstream) => upstream.stop(graceMs)))
    this.#upstreams.clear()
    // A change under way has lost its worker; it cleans up after itself.
    await Promise.allSettled(this.#changes)
  }

  #retire(entry: NamespaceEntry, upstream: WorkerUpstream): void {
    entry.draining.add(upstream)
    void upstream
      .drain()
      .catch((error: unknown) =>
        this.#deps.log.warn({ namespace: entry.name, generation: upstream.generation.id, err: error }, 'A replaced generation did not end cleanly'),
      )
      .finally(() => {
        entry.draining.delete(upstream)
        this.#upstreams.delete(upstream)
        if (!this.#closing) this.#deps.onDrained(entry)
      })
  }

  /** Only what callers can reach speaks to them: a candidate that is still being checked does not. */
  #onWorkerEvent(upstream: WorkerUpstream, event: WorkerEvent): void {
    const namespace = upstream.generation.namespace
    const entry = this.#entries.get(namespace)
    if (entry === undefined || (entry.published?.upstream !== upstream && !entry.draining.has(upstream))) return
    if (event.type === 'resourceUpdated') return this.#deps.catalog.announce({ type: 'resourceUpdated', namespace, uri: event.uri })
    // Whoever listens to the catalog tells of this one.
    if (event.type === 'listChanged') return this.#deps.catalog.announce({ type: 'listChanged', namespace, lists: new Set([event.list]) })
    this.#deps.events.publish({ type: 'namespace.changed', namespace })
    this.#deps.log.debug({ namespace, generation: upstream.generation.id, state: event.state, reason: event.reason }, 'Worker state')
  }

  #createQueue(name: string): BoundedQueue {
    const refusal = (reason: 'full' | 'timeout' | 'closed'): ToolDockError =>
      reason === 'closed'
        ? new ToolDockError('shutting_down', 'ToolDock is stopping.')
        : new ToolDockError(
            'conflict',
            `Other changes of "${name}" are under way${reason === 'full' ? ' and as many as CHANGES_PENDING_MAX wait' : ''}; try again later.`,
          )
    return new BoundedQueue({ concurrency: 1, pendingMax: this.#deps.changesPendingMax, waitMs: this.#deps.changeWaitMs, refusal })
  }
}

/** Would a reload change what is published? False while the folder was not looked at. */
export function hasUnpublishedChanges({ published, folder }: Pick<NamespaceEntry, 'published' | 'folder'>): boolean {
  if (folder.kind === 'unread') return false
  if (folder.kind === 'missing') return published !== undefined
  return published?.record.filesHash !== folder.filesHash || published.record.dependenciesId !== folder.dependenciesId
}

function toPublishedNamespace(entry: NamespaceEntry, { record, upstream }: Published): PublishedNamespace {
  const { manifest } = record
  return Object.freeze({
    name: record.namespace,
    kind: 'native' as const,
    ...(manifest.title === undefined ? {} : { title: manifest.title }),
    ...(manifest.description === undefined ? {} : { description: manifest.description }),
    ...(manifest.instructions === undefined ? {} : { instructions: manifest.instructions }),
    ...(manifest.logArguments === undefined ? {} : { logArguments: manifest.logArguments }),
    generation: record.id,
    ...publishedLists(record.catalogue),
    upstream: resumeWhereParked(upstream, entry.draining),
  })
}

/** A call goes to the published generation; the answer that a parked call waits for goes to the one that holds it. */
function resumeWhereParked(published: WorkerUpstream, draining: ReadonlySet<WorkerUpstream>): Upstream {
  const holderOf = (requestState: unknown): WorkerUpstream =>
    typeof requestState === 'string' && draining.size > 0 ? ([...draining].find((upstream) => upstream.holds(requestState)) ?? published) : published
  return {
    call: (call) => holderOf(call.params.requestState).call(call),
    abandon: (requestState) => holderOf(requestState).abandon(requestState),
  }
}
