import type { Manifest } from '@tooldock/worker/manifest'
import type { Catalogue } from '@tooldock/worker/protocol'
import type { GenerationRecord, Store } from '../store/store.ts'
import type { AppliedEdit } from './apply-edit.ts'
import type { Folder } from './folder.ts'
import type { FrozenCopy, Generations } from './generations.ts'
import type { NamespaceEntry } from './namespace-registry.ts'

/** A generation that may become the published one. */
export interface Candidate {
  readonly copy: FrozenCopy
  readonly manifest: Manifest
  /** Makes it the published one in the store. */
  readonly commit: (catalogue: Catalogue, catalogueKey: string) => Promise<GenerationRecord>
  /** Undoes its preparation. */
  readonly discard: () => Promise<void>
  readonly warnings: readonly string[]
}

export interface CandidateDeps {
  readonly store: Pick<Store, 'generations'>
  readonly generations: Generations
  /** Accept whatever a manifest requests. */
  readonly acceptPermissions: boolean
}

/** A copy that was just made of a folder. */
export function newCandidate({ store, generations, acceptPermissions }: CandidateDeps, entry: NamespaceEntry, folder: Folder, copy: FrozenCopy): Candidate {
  const { manifest } = folder
  const pending = acceptPermissions ? [] : manifest.permissions.filter((permission) => !entry.accepted.includes(permission))
  return {
    copy,
    manifest,
    warnings: [...folder.warnings, ...pending.map((permission) => `The permission "${permission}" is requested but not accepted; tools run without it.`)],
    discard: () => generations.discard(copy),
    async commit(catalogue, catalogueKey) {
      const { id, filesHash, dependenciesId } = copy
      const createdAt = new Date().toISOString()
      const record: GenerationRecord = { namespace: entry.name, id, createdAt, filesHash, dependenciesId, manifest, catalogue, catalogueKey }
      await store.generations.publish(record)
      return record
    },
  }
}

/** A copy that was published before. */
export function keptCandidate({ store }: Pick<CandidateDeps, 'store'>, record: GenerationRecord, copy: FrozenCopy): Candidate {
  const { namespace, id, manifest } = record
  return {
    copy,
    manifest,
    warnings: [],
    discard: async () => {},
    async commit(catalogue, catalogueKey) {
      await store.generations.updateCatalogue(namespace, id, catalogue, catalogueKey)
      await store.generations.setPublished(namespace, id)
      return { ...record, catalogue, catalogueKey }
    },
  }
}

/** The candidate that is written into the folder before it is published, so that both are the same. */
export function withEdit(candidate: Candidate, apply: () => Promise<AppliedEdit>): Candidate {
  return {
    ...candidate,
    async commit(catalogue, catalogueKey) {
      const applied = await apply()
      try {
        const record = await candidate.commit(catalogue, catalogueKey)
        await applied.keep()
        return record
      } catch (error) {
        await applied.undo()
        throw error
      }
    },
  }
}
