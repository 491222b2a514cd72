import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Manifest } from '@tooldock/worker/manifest'
import type { Catalogue } from '@tooldock/worker/protocol'
import type { Logger } from 'pino'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { GenerationRecord, Store } from '../store/store.ts'
import type { EventBus } from '../telemetry/event-bus.ts'
import { applyEdit } from './apply-edit.ts'
import { type Candidate, keptCandidate, newCandidate, withEdit } from './candidate.ts'
import { type CatalogueDiff, diffCatalogues, EMPTY_CATALOGUE } from './catalogue-diff.ts'
import { identifyDependencies } from './dependencies.ts'
import { type Folder, type FolderEdit, type FolderLimits, readFolder, writeTsconfig } from './folder.ts'
import type { FrozenCopy, Generations } from './generations.ts'
import { hasUnpublishedChanges, type NamespaceEntry, type NamespaceRegistry } from './namespace-registry.ts'
import type { ReloadReport } from './namespace-service.types.ts'
import { problemsOf, reloadFailed } from './reload-failed.ts'
import type { Generation, WorkerUpstream } from './worker-upstream.types.ts'

export interface PublisherDeps {
  readonly toolsDir: string
  readonly stateDir: string
  readonly limits: FolderLimits
  readonly generationsKept: number
  /** Accept whatever a manifest requests. */
  readonly acceptPermissions: boolean
  readonly store: Pick<Store, 'namespaces' | 'generations'>
  readonly generations: Generations
  readonly registry: NamespaceRegistry
  /** Identifies the code that turns files into a catalogue. */
  readonly runtimeKey: () => Promise<string>
  readonly tsconfig: string
  readonly events: Pick<EventBus, 'publish'>
  /** Told what was published of a folder, and what was before; `edited` are the paths that were changed on purpose. Never rejects. */
  readonly onFolderPublished: (
    namespace: string,
    published: { readonly before: string | undefined; readonly after: string },
    edited: ReadonlySet<string>,
  ) => Promise<void>
  readonly log: Logger
}

export interface EditOptions {
  readonly dryRun: boolean
  /** Ends the loading of the folder. */
  readonly signal?: AbortSignal
}

const NAME_TAKEN = {
  file: '.',
  code: 'name_taken',
  message: 'An external server or a bundle has this name: rename the folder, or remove the other one.',
} as const

/** Every way in which what a namespace publishes may change. Each method is one task of the entry's queue. */
export class Publisher {
  readonly #deps: PublisherDeps

  constructor(deps: PublisherDeps) {
    this.#deps = deps
  }

  /** Reads the folder as it is now; what is published stays. */
  async look(entry: NamespaceEntry): Promise<Folder | undefined> {
    const { toolsDir, limits, tsconfig } = this.#deps
    const folder = await readFolder(toolsDir, entry.name, limits)
    if (folder === undefined) {
      entry.folder = { kind: 'missing' }
      return undefined
    }
    entry.folder = {
      kind: 'read',
      filesHash: folder.filesHash,
      dependenciesId: await identifyDependencies(folder.modulesParent),
      manifest: folder.manifest,
    }
    await writeTsconfig(folder.dir, tsconfig)
    return folder
  }

  /** @throws {ToolDockError} `namespace_not_found`, `reload_failed` (details: {problems}) */
  async publishFolder(entry: NamespaceEntry, dryRun: boolean): Promise<ReloadReport> {
    const folder = await this.look(entry)
    if (folder === undefined) return this.#withdrawMissing(entry, dryRun)
    try {
      if (folder.problems.length > 0) throw reloadFailed(entry.name, folder.problems)
      if (this.#deps.registry.isTaken(entry.name)) throw reloadFailed(entry.name, [NAME_TAKEN])
      if (!hasUnpublishedChanges(entry)) {
        entry.problems = []
        return toReport(entry, dryRun, entry.published?.record.catalogue ?? EMPTY_CATALOGUE, folder.warnings, false)
      }
      const copy = await this.#deps.generations.freeze(folder)
      if ('problem' in copy) throw reloadFailed(entry.name, [copy.problem])
      const before = entry.published?.generation.dir
      const report = await this.#publish(entry, newCandidate(this.#deps, entry, folder, copy), { dryRun })
      if (!dryRun) await this.#deps.onFolderPublished(entry.name, { before, after: copy.dir }, new Set())
      return report
    } catch (error) {
      if (!dryRun && error instanceof ToolDockError && error.code === 'reload_failed') {
        entry.problems = problemsOf(error)
        this.#deps.events.publish({ type: 'namespace.reload_failed', namespace: entry.name, message: error.message })
      }
      throw error
    }
  }

  /**
   * Publishes the folder as it is with `edit` laid over it, and writes the edit into it. What is written is what was loaded; a folder
   * that does not load so is not touched.
   * @throws {ToolDockError} `namespace_not_found`, `reload_failed` (details: {problems}), or the reason of `signal`
   */
  async publishEdit(entry: NamespaceEntry, edit: FolderEdit, { dryRun, signal }: EditOptions): Promise<ReloadReport> {
    const { toolsDir, limits, registry, generations } = this.#deps
    const folder = await readFolder(toolsDir, entry.name, limits, edit)
    if (folder === undefined) throw noFolder(entry.name)
    if (folder.problems.length > 0) throw reloadFailed(entry.name, folder.problems)
    if (registry.isTaken(entry.name)) throw reloadFailed(entry.name, [NAME_TAKEN])
    const published = entry.published?.record
    if (published?.filesHash === folder.filesHash && published.dependenciesId === (await identifyDependencies(folder.modulesParent))) {
      if (!dryRun) {
        await (await applyEdit(folder.dir, edit, null)).keep()
        entry.problems = []
        await this.look(entry)
      }
      return toReport(entry, dryRun, published.catalogue, folder.warnings, false)
    }
    signal?.throwIfAborted()
    const copy = await generations.freeze(folder)
    if ('problem' in copy) throw reloadFailed(entry.name, [copy.problem])
    const before = entry.published?.generation.dir
    const candidate = withEdit(newCandidate(this.#deps, entry, folder, copy), () => applyEdit(folder.dir, edit, copy.id))
    const report = await this.#publish(entry, candidate, signal === undefined ? { dryRun } : { dryRun, signal })
    if (dryRun) return report
    await this.look(entry)
    await this.#deps.onFolderPublished(entry.name, { before, after: copy.dir }, new Set(edit.contents.keys()))
    return report
  }

  /** Goes back to a generation that is kept. @throws {ToolDockError} `generation_not_found`, `conflict`, `reload_failed` */
  async restore(entry: NamespaceEntry, id: string, dryRun: boolean): Promise<ReloadReport> {
    const { store, generations } = this.#deps
    const record = await store.generations.find(entry.name, id)
    if (record === undefined) throw new ToolDockError('generation_not_found', `"${entry.name}" keeps no generation "${id}".`)
    if (entry.published?.record.id === id) return toReport(entry, dryRun, record.catalogue, [], false)
    const copy = generations.locate(entry.name, record)
    if (!(await generations.isIntact(copy)))
      throw new ToolDockError('conflict', `The files of generation "${id}" are missing or were changed since it was published; it cannot be restored.`)
    return this.#publish(entry, keptCandidate(this.#deps, record, copy), { dryRun })
  }

  /** Stores what is accepted; a published generation that gains or loses by it gets new workers. */
  async acceptPermissions(entry: NamespaceEntry, permissions: readonly string[]): Promise<void> {
    await this.#deps.store.namespaces.ensure(entry.name)
    await this.#deps.store.namespaces.setPermissions(entry.name, permissions)
    entry.accepted = permissions
    const before = entry.published
    if (before === undefined) return
    const generation = this.generationOf(entry, before.record, this.#deps.generations.locate(entry.name, before.record))
    if (generation.permissions.join() === before.generation.permissions.join()) return
    this.#deps.registry.swap(entry, { record: before.record, generation, upstream: this.#deps.registry.createUpstream(generation) })
  }

  /** Takes the namespace out of the store and every protocol; its copies go when their last call has ended. */
  async withdraw(entry: NamespaceEntry): Promise<void> {
    await this.#deps.store.namespaces.remove(entry.name)
    entry.accepted = []
    entry.problems = []
    if (entry.published === undefined) await this.tidy(entry)
    else this.#deps.registry.swap(entry, undefined)
    this.#deps.events.publish({ type: 'namespace.removed', namespace: entry.name })
  }

  /** Lists a published generation again, when the stored catalogue was made by another runtime. */
  async relist(entry: NamespaceEntry): Promise<void> {
    const before = entry.published
    if (before === undefined) return
    const catalogueKey = await this.catalogueKey(before.record)
    if (before.record.catalogueKey === catalogueKey) return
    const upstream = this.#deps.registry.createUpstream(before.generation)
    try {
      const catalogue = await this.#load(entry.name, upstream)
      await this.#deps.store.generations.updateCatalogue(entry.name, before.record.id, catalogue, catalogueKey)
      this.#deps.registry.swap(entry, { ...before, record: { ...before.record, catalogue, catalogueKey } })
    } finally {
      await this.#deps.registry.discard(upstream)
    }
  }

  /** Removes generations beyond GENERATIONS_KEPT and files nobody uses; what is published or still at work stays. */
  async tidy(entry: NamespaceEntry): Promise<void> {
    const { store, generations, generationsKept, registry } = this.#deps
    const records = await store.generations.list(entry.name)
    const used = new Set([...entry.draining].map((upstream) => upstream.generation.id))
    if (entry.published !== undefined) used.add(entry.published.record.id)
    const kept = records.filter((record, index) => index < generationsKept || used.has(record.id))
    const obsolete = records.filter((record) => !kept.includes(record)).map((record) => record.id)
    if (obsolete.length > 0) await store.generations.remove(entry.name, obsolete)
    // Workers of a withdrawn namespace still use copies that the store has forgotten; the last one to end tidies again.
    if (entry.published === undefined && entry.draining.size > 0) return
    await generations.sweep(entry.name, kept)
    if (entry.published === undefined && entry.folder.kind === 'missing' && entry.changes.pending <= 1) registry.forget(entry)
  }

  async catalogueKey(made: Pick<GenerationRecord, 'filesHash' | 'dependenciesId'>): Promise<string> {
    return createHash('sha256')
      .update([made.filesHash, made.dependenciesId ?? '', await this.#deps.runtimeKey(), process.version].join('\n'))
      .digest('hex')
  }

  /** What workers of this copy may do and where they find it. */
  generationOf(entry: NamespaceEntry, { manifest }: { readonly manifest: Manifest }, { id, dir, dependenciesDir }: FrozenCopy): Generation {
    const generation = {
      namespace: entry.name,
      id,
      dir,
      manifest,
      permissions: this.#permissionsOf(entry, manifest),
      stateDir: join(this.#deps.stateDir, entry.name),
    }
    return dependenciesDir === null ? generation : { ...generation, dependenciesDir }
  }

  #permissionsOf(entry: NamespaceEntry, manifest: Manifest): readonly string[] {
    const requested = [...new Set(manifest.permissions)].sort()
    if (!this.#deps.acceptPermissions) return requested.filter((permission) => entry.accepted.includes(permission))
    if (requested.length > 0)
      this.#deps.log.warn({ namespace: entry.name, permissions: requested }, 'ACCEPT_PERMISSIONS grants everything this namespace requests')
    return requested
  }

  /** Loads the candidate in a new worker; only when nothing is wrong with it, and it is no dry run, it is published. */
  async #publish(entry: NamespaceEntry, candidate: Candidate, { dryRun, signal }: EditOptions): Promise<ReloadReport> {
    const { registry } = this.#deps
    let upstream: WorkerUpstream | undefined
    const stop = (): void => void upstream?.stop(0)
    try {
      signal?.throwIfAborted()
      signal?.addEventListener('abort', stop, { once: true })
      const generation = this.generationOf(entry, candidate, candidate.copy)
      upstream = registry.createUpstream(generation)
      const catalogue = await this.#load(entry.name, upstream)
      const report = toReport(entry, dryRun, catalogue, candidate.warnings, true)
      if (dryRun) {
        await this.#abandon(candidate, upstream)
        return report
      }
      const record = await candidate.commit(catalogue, await this.catalogueKey(candidate.copy))
      registry.swap(entry, { record, generation, upstream })
      entry.problems = []
      await this.#revoke(entry, candidate.manifest)
      return { ...report, generation: record.id }
    } catch (error) {
      await this.#abandon(candidate, upstream)
      // What a worker says that was ended is not what is wrong with the folder.
      signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  async #abandon(candidate: Candidate, upstream: WorkerUpstream | undefined): Promise<void> {
    if (upstream !== undefined) await this.#deps.registry.discard(upstream)
    await candidate.discard()
  }

  /** @throws {ToolDockError} `reload_failed` for everything that is wrong with the files */
  async #load(namespace: string, upstream: WorkerUpstream): Promise<Catalogue> {
    try {
      const { catalogue, problems } = await upstream.load()
      if (problems.length > 0) throw reloadFailed(namespace, problems)
      return catalogue
    } catch (error) {
      if (!(error instanceof ToolDockError) || error.code !== 'worker_start_failed') throw error
      throw reloadFailed(namespace, [{ file: '.', code: error.code, message: error.message }], error)
    }
  }

  /** A permission that the published manifest no longer requests must be accepted again. */
  async #revoke(entry: NamespaceEntry, manifest: Manifest): Promise<void> {
    const accepted = entry.accepted.filter((permission) => manifest.permissions.includes(permission))
    if (accepted.length === entry.accepted.length) return
    try {
      await this.#deps.store.namespaces.setPermissions(entry.name, accepted)
      entry.accepted = accepted
    } catch (error) {
      // Harmless: only what is requested is ever granted, and the next publication revokes it.
      this.#deps.log.warn({ namespace: entry.name, err: error }, 'Permissions that are no longer requested could not be revoked')
    }
  }

  /** Whoever deletes a folder and reloads wants it gone. */
  async #withdrawMissing(entry: NamespaceEntry, dryRun: boolean): Promise<ReloadReport> {
    if (entry.published === undefined) throw noFolder(entry.name)
    const report = toReport(
      entry,
      dryRun,
      EMPTY_CATALOGUE,
      [`The folder is gone: ${dryRun ? 'a reload withdraws the namespace' : 'the namespace is withdrawn'}.`],
      true,
    )
    if (dryRun) return report
    await this.withdraw(entry)
    return { ...report, generation: null }
  }
}

export function noFolder(namespace: string): ToolDockError {
  return new ToolDockError('namespace_not_found', `There is no folder "${namespace}" in the tools directory.`)
}

function toReport(entry: NamespaceEntry, dryRun: boolean, after: Catalogue, warnings: readonly string[], changed: boolean): ReloadReport {
  const diff: CatalogueDiff = diffCatalogues(entry.published?.record.catalogue ?? EMPTY_CATALOGUE, after)
  return { namespace: entry.name, dryRun, generation: entry.published?.record.id ?? null, changed, ...diff, warnings }
}
