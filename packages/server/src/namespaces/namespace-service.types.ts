import type { Manifest } from '@tooldock/worker/manifest'
import type { LoadProblem } from '@tooldock/worker/protocol'
import type { Catalog } from '../catalog/snapshot.ts'
import type { Folder, FolderEdit } from './folder.ts'
import type { WorkerState } from './worker-upstream.types.ts'

export interface NamespaceStatus {
  readonly name: string
  readonly kind: 'native'
  /** `published`: serves. `unpublished`: the folder exists but no generation was ever published (see problems). */
  readonly state: 'published' | 'unpublished'
  /** As the published generation says it, else the folder. */
  readonly title: string | null
  readonly description: string | null
  readonly worker: WorkerState
  readonly generation: string | null
  readonly publishedAt: string | null
  readonly tools: number
  readonly resources: number
  readonly prompts: number
  /** The folder differs from what is published: a reload would change it. */
  readonly unpublishedChanges: boolean
  readonly requestedPermissions: readonly string[]
  readonly acceptedPermissions: readonly string[]
  /** Why the last reload or the boot did not publish the folder as it is. */
  readonly problems: readonly LoadProblem[]
}

/** The difference of one kind of entry between what is published and what would be. */
export interface EntryDiff {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly {
    readonly name: string
    readonly changes: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[]
  }[]
}

export interface ReloadReport {
  readonly namespace: string
  readonly dryRun: boolean
  /** The generation that is published after this; null when nothing is. */
  readonly generation: string | null
  /** False: the folder is what was published already. */
  readonly changed: boolean
  readonly tools: EntryDiff
  readonly resources: EntryDiff
  readonly prompts: EntryDiff
  readonly warnings: readonly string[]
}

/** A folder that did not load when everything was reloaded; it keeps what it had. */
export interface ReloadFailure {
  readonly namespace: string
  readonly problems: readonly LoadProblem[]
  readonly message: string
}

/** A generation that can be gone back to. */
export interface GenerationSummary {
  readonly id: string
  readonly createdAt: string
  readonly published: boolean
  readonly tools: number
  readonly resources: number
  readonly prompts: number
}

/** What is (or would be) lost with a namespace. */
export interface RemovalReport {
  readonly namespace: string
  readonly tools: number
  readonly resources: number
  readonly prompts: number
  readonly files: number
  readonly drafts: number
  readonly generations: number
}

/** What goes on in all namespaces together. */
export interface Activity {
  readonly callsInFlight: number
  /** Calls that wait for input of their caller. */
  readonly parkedCalls: number
}

/** A folder while nothing else changes it through this gateway. */
export interface FolderChange {
  /** As it is on disk. */
  readonly folder: Folder
  /** Publishes the folder with this edit, and writes it. @throws reload_failed (details: {problems}), the reason of `signal` */
  publish(edit: FolderEdit, options?: { readonly dryRun?: boolean; readonly signal?: AbortSignal }): Promise<ReloadReport>
}

export interface NamespaceService {
  readonly catalog: Catalog
  /** Publishes what is stored, without starting a process; the rest of the boot goes on in the background. @throws store_unavailable */
  start(): Promise<void>
  /** Resolves when the background part of the boot has ended. Never rejects. */
  readonly settled: Promise<void>
  /** False until the stored generations are published and every new folder was tried (boot). */
  readonly loaded: boolean
  list(): readonly NamespaceStatus[]
  readonly activity: Activity
  /** Looks at one folder, or at all, so that `list` is true of the files as they are now. */
  refresh(namespace?: string): Promise<void>
  /** @throws namespace_not_found, generation_not_found, conflict, reload_failed (details: {problems}) */
  reload(namespace: string, options?: { readonly dryRun?: boolean; readonly generation?: string }): Promise<ReloadReport>
  /** Reloads every folder; one that fails keeps what it had and is reported with its problems. */
  reloadAll(options?: { readonly dryRun?: boolean }): Promise<readonly (ReloadReport | ReloadFailure)[]>
  /** @throws namespace_not_found, invalid_params when a permission was not requested */
  acceptPermissions(namespace: string, permissions: readonly string[]): Promise<NamespaceStatus>
  /** What the `tooldock.json` in the folder says, when it was last looked at; undefined: there is no folder. */
  manifest(namespace: string): Manifest | undefined
  /** Makes a folder of these files, by path, and publishes it; `by` is who did, for its history. @throws invalid_params, conflict: the name is taken, reload_failed: nothing is made */
  create(namespace: string, files: ReadonlyMap<string, Buffer>, by: string): Promise<ReloadReport>
  /** The folder as it is now, and the copy that is served. @throws namespace_not_found */
  folder(namespace: string): Promise<{ readonly folder: Folder; readonly publishedDir: string | undefined }>
  /** Runs `work` when the changes of this namespace before it have ended. @throws namespace_not_found, conflict, shutting_down, what `work` throws */
  change<T>(namespace: string, work: (change: FolderChange) => Promise<T>): Promise<T>
  /** Newest first. @throws namespace_not_found */
  generations(namespace: string): Promise<readonly GenerationSummary[]>
  /** Until the returned function is called no published copy is removed from the disk, whatever becomes of its namespace. */
  holdGenerations(): () => void
  /** Deletes the folder, its generations and what its tools saved. @throws namespace_not_found, conflict (details: {@link RemovalReport}) when something would be lost without `force` */
  remove(namespace: string, options?: { readonly force?: boolean }): Promise<RemovalReport>
  close(graceMs: number): Promise<void>
}
