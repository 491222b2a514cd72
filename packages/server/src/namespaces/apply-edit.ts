import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, copyFile, mkdir, open, readFile, realpath, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { writeFileAtomic } from '../kernel/write-file-atomic.ts'
import { errorCode, type FolderEdit, MODULES } from './folder.ts'

/** Prefix of what is prepared inside a folder: a dot name, so that neither a loader nor a watcher looks at it. */
export const PREPARED = '.edit-'

/** An edit that has been written. Call one of the two. */
export interface AppliedEdit {
  /** Puts back what was there. */
  undo(): Promise<void>
  /** Removes what `undo` would need. What cannot be removed the next start removes. */
  keep(): Promise<void>
}

/** A new folder inside `dir`, and so on the same disk. */
async function prepareFolder(dir: string): Promise<string> {
  const prepared = join(dir, `${PREPARED}${randomBytes(6).toString('hex')}`)
  await mkdir(prepared, { mode: 0o700 })
  return prepared
}

/** Name of the plan inside what is prepared: with it there, files of the folder may have been replaced. */
export const PLAN = 'plan.json'

/** What an edit is about to do, on disk before it begins, so that a later start can undo it. */
export interface EditPlan {
  /** The generation that is published with the edit: with it published, the edit stands. Null: it stands when its plan is gone. */
  readonly generation: string | null
  readonly files: readonly PlannedFile[]
  readonly modules: { readonly existed: boolean; readonly replaced: boolean }
}

export interface PlannedFile {
  readonly path: string
  /** Names inside what is prepared. `old` is null when there is no such file yet, `next` when it is removed. */
  readonly old: string | null
  readonly next: string | null
  /** Of the content that is written, null when the file is removed: whether it is there still. */
  readonly hash: string | null
}

/**
 * Writes an edit into the folder `dir` (absolute and real): everything is on disk beside it before the first file is replaced,
 * each by one rename. When it throws, the folder is as it was; when it is killed, `recoverEdits` makes it so.
 * @param generation what will be published with it; null when that is published already
 */
export async function applyEdit(dir: string, { contents, modulesParent }: FolderEdit, generation: string | null): Promise<AppliedEdit> {
  const prepared = await prepareFolder(dir)
  const clean = (): Promise<void> => rm(prepared, { recursive: true, force: true, maxRetries: 3 })
  let plan: EditPlan | undefined
  const undo = async (): Promise<void> => {
    if (plan !== undefined) await undoEdit(dir, prepared, plan)
    await clean()
  }
  try {
    const files: PlannedFile[] = []
    for (const [path, content] of contents) {
      const name = String(files.length)
      if (content !== null) await writeDurably(join(prepared, `${name}.new`), content)
      const existed = await copyIfThere(await targetOf(dir, path), join(prepared, `${name}.old`))
      files.push({ path, old: existed ? `${name}.old` : null, next: content === null ? null : `${name}.new`, hash: content === null ? null : hashOf(content) })
    }
    const modules = { existed: await isThere(join(dir, MODULES)), replaced: modulesParent !== undefined }
    await writeFileAtomic(join(prepared, PLAN), JSON.stringify({ generation, files, modules } satisfies EditPlan))
    plan = { generation, files, modules }
    for (const { path, next } of files) {
      const target = join(dir, path)
      if (next !== null) await rename(join(prepared, next), target)
      else {
        await rm(target, { force: true })
        await removeEmptyParents(dir, path)
      }
    }
    if (modulesParent !== undefined) {
      await renameIfThere(join(dir, MODULES), join(prepared, MODULES))
      await renameIfThere(join(modulesParent, MODULES), join(dir, MODULES))
    }
    await syncFolders(dir, contents)
  } catch (error) {
    await undo()
    throw error
  }
  return {
    undo,
    keep: () =>
      clean().catch(() => {
        // It is in nobody's way, and the edit stands.
      }),
  }
}

/** Puts back what `plan` replaced. A file that is not as the edit left it was never reached, or is somebody else's by now: it stays. */
export async function undoEdit(dir: string, prepared: string, { files, modules }: EditPlan): Promise<void> {
  for (const { path, old, hash } of files.toReversed()) {
    const target = join(dir, path)
    if ((await hashOfFile(target)) !== hash) continue
    if (old === null) await rm(target, { force: true })
    else {
      await mkdir(dirname(target), { recursive: true })
      await renameIfThere(join(prepared, old), target)
    }
    if (old === null) await removeEmptyParents(dir, path)
  }
  if (!modules.replaced || (modules.existed && !(await isThere(join(prepared, MODULES))))) return
  await rm(join(dir, MODULES), { recursive: true, force: true })
  await renameIfThere(join(prepared, MODULES), join(dir, MODULES))
}

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** Null when there is no such file. */
async function hashOfFile(path: string): Promise<string | null> {
  try {
    return hashOf(await readFile(path))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return null
    throw error
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function writeDurably(path: string, content: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Where a file is to be, its folder made. @throws {ToolDockError} `conflict`: a folder on the way is a link, or no folder */
async function targetOf(dir: string, path: string): Promise<string> {
  const target = join(dir, path)
  try {
    await mkdir(dirname(target), { recursive: true })
    if ((await realpath(dirname(target))) === dirname(target)) return target
  } catch (error) {
    if (!['EEXIST', 'ENOTDIR'].includes(errorCode(error) ?? '')) throw error
  }
  throw new ToolDockError('conflict', `"${path}" cannot be written: what should be its folder is a file or a link.`)
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

async function removeEmptyParents(dir: string, path: string): Promise<void> {
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    try {
      await rmdir(join(dir, parent))
    } catch {
      // Something else is in it.
      return
    }
  }
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

/** A rename is on disk when its folder is. */
async function syncFolders(dir: string, contents: FolderEdit['contents']): Promise<void> {
  for (const path of new Set(['.', ...[...contents].filter(([, content]) => content !== null).map(([name]) => dirname(name))])) {
    const folder = await open(join(dir, path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}
