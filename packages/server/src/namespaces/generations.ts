import { readdir, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LoadProblem } from '@tooldock/worker/protocol'
import type { Config } from '../config/settings.ts'
import { DependenciesError, freezeDependencies, identifyDependencies } from './dependencies.ts'
import { collectFiles, contentOf, createFilesHash, errorCode, type Folder, hashFiles, MODULES } from './folder.ts'
import { makeFolder, renameFolder, writeFrozenFile } from './frozen-files.ts'

const TEMPORARY = '.tmp-'

/** A frozen copy on disk; whether it is published is for the store to say. */
export interface FrozenCopy {
  readonly id: string
  /** Absolute. */
  readonly dir: string
  readonly filesHash: string
  readonly dependenciesId: string | null
  readonly dependenciesDir: string | null
}

/** What names a copy in the store. */
export type CopyName = Pick<FrozenCopy, 'id' | 'filesHash' | 'dependenciesId'>

/** The files of generations: `root/{ns}/{id}` and, shared between them, `root/{ns}/deps-{hash}/node_modules`. */
export interface Generations {
  /** Copies a folder without problems, as it is now. Resolves when everything is on disk under its final name. */
  freeze(folder: Folder): Promise<FrozenCopy | { readonly problem: LoadProblem }>
  /** Where a stored generation lies. */
  locate(namespace: string, copy: CopyName): FrozenCopy
  /** Is it still there? Its content is not looked at. */
  exists(copy: FrozenCopy): Promise<boolean>
  /** Does it still hold the very files it was published with? */
  isIntact(copy: FrozenCopy): Promise<boolean>
  /** Removes a copy that was never published. */
  discard(copy: FrozenCopy): Promise<void>
  /** Removes every copy and temporary name of the namespace that `keep` does not use. */
  sweep(namespace: string, keep: readonly CopyName[]): Promise<void>
  /** Until the returned function is called nothing is swept; a later sweep removes what stayed. */
  hold(): () => void
  /** Names below `root`: namespaces that have, or had, copies. */
  namespaces(): Promise<readonly string[]>
}

/** @param root absolute and real */
export function createGenerations(root: string, limits: Pick<Config, 'namespaceFilesMax' | 'dependenciesBytesMax'>): Generations {
  const locate = (namespace: string, { id, filesHash, dependenciesId }: CopyName): FrozenCopy => ({
    id,
    dir: join(root, namespace, id),
    filesHash,
    dependenciesId,
    dependenciesDir: dependenciesId === null ? null : join(root, namespace, dependenciesId, MODULES),
  })

  const holds = new Set<() => void>()

  return {
    async freeze(folder) {
      const parent = join(root, folder.namespace)
      await makeFolder(parent)
      const dependenciesId = await identifyDependencies(folder.modulesParent)
      const temporary = join(parent, `${TEMPORARY}${generationId(folder.filesHash)}`)
      try {
        if (dependenciesId !== null) await freezeDependencies(folder.modulesParent, join(parent, dependenciesId), limits.dependenciesBytesMax)
        const filesHash = await copyFiles(folder, temporary)
        if (dependenciesId !== null) await symlink(join('..', dependenciesId, MODULES), join(temporary, MODULES))
        const copy = locate(folder.namespace, { id: generationId(filesHash), filesHash, dependenciesId })
        await renameFolder(temporary, copy.dir)
        return copy
      } catch (error) {
        await rm(temporary, { recursive: true, force: true })
        if (error instanceof DependenciesError) return { problem: error.problem }
        if (errorCode(error) !== 'ENOENT') throw error
        return { problem: { file: '.', code: 'changed_meanwhile', message: 'A file vanished while the folder was copied; reload again.' } }
      }
    },
    locate,
    exists,
    async isIntact(copy) {
      if (!(await exists(copy))) return false
      const { files, problems } = await collectFiles(copy.dir, limits.namespaceFilesMax)
      return problems.length === 0 && (await hashFiles(files)) === copy.filesHash
    },
    async discard(copy) {
      await rm(copy.dir, { recursive: true, force: true })
    },
    async sweep(namespace, keep) {
      if (holds.size > 0) return
      const used = new Set(keep.flatMap(({ id, dependenciesId }) => (dependenciesId === null ? [id] : [id, dependenciesId])))
      const parent = join(root, namespace)
      for (const name of await namesIn(parent)) if (!used.has(name)) await rm(join(parent, name), { recursive: true, force: true })
      if (used.size === 0) await rm(parent, { recursive: true, force: true })
    },
    hold() {
      const release = (): void => void holds.delete(release)
      holds.add(release)
      return release
    },
    namespaces: () => namesIn(root),
  }
}

/** Sorts by time; the hash tells apart what was published within one millisecond. */
function generationId(filesHash: string): string {
  return `${new Date().toISOString().replaceAll(/[-:.]/g, '')}-${filesHash.slice(0, 8)}`
}

/** The hash is of the bytes that were copied, so that an edit during the copy cannot make it untrue. */
async function copyFiles(folder: Folder, target: string): Promise<string> {
  await makeFolder(target)
  const hash = createFilesHash()
  const made = new Set<string>()
  for (const file of folder.files) {
    const to = join(target, file.path)
    if (!made.has(dirname(to))) {
      await makeFolder(dirname(to))
      made.add(dirname(to))
    }
    const content = await contentOf(file)
    hash.add(file.path, content)
    await writeFrozenFile(to, content)
  }
  return hash.digest()
}

async function exists(copy: FrozenCopy): Promise<boolean> {
  return (await isFolder(copy.dir)) && (copy.dependenciesDir === null || (await isFolder(copy.dependenciesDir)))
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}
