import type { LoadProblem } from '@tooldock/worker/protocol'
import type { Catalog } from '../catalog/snapshot.ts'
import type { WorkerState } from './worker-upstream.types.ts'

export interface NamespaceStatus {
  readonly name: string
  readonly kind: 'native'
  /** `published`: serves. `unpublished`: the folder exists but no generation was ever published (see problems). */
  readonly state: 'published' | 'unpublished'
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
  readonly changed: readonly { readonly name: string; readonly changes: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[] }[]
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

export interface NamespaceService {
  readonly catalog: Catalog
  /** False until the stored generations are published (boot). */
  readonly loaded: boolean
  list(): readonly NamespaceStatus[]
  /** @throws namespace_not_found, generation_not_found, conflict, reload_failed (details: {problems}) */
  reload(namespace: string, options?: { readonly dryRun?: boolean; readonly generation?: string }): Promise<ReloadReport>
  /** Reloads every folder; one that fails keeps what it had and is reported with its problems. */
  reloadAll(options?: { readonly dryRun?: boolean }): Promise<readonly (ReloadReport | { readonly namespace: string; readonly problems: readonly LoadProblem[]; readonly message: string })[]>
  /** @throws namespace_not_found, invalid_params when a permission was not requested */
  acceptPermissions(namespace: string, permissions: readonly string[]): Promise<NamespaceStatus>
  close(graceMs: number): Promise<void>
}
