import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, open, realpath, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ToolDockError } from '../errors/tooldock-error.ts'
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

/**
 * Writes an edit into the folder `dir` (absolute and real): everything is on disk beside it before the first file is replaced,
 * each by one rename. When it throws, the folder is as it was.
 */
export async function applyEdit(dir: string, { contents, modulesParent }: FolderEdit): Promise<AppliedEdit> {
  const prepared = await prepareFolder(dir)
  const undone: (() => Promise<void>)[] = []
  const clean = (): Promise<void> => rm(prepared, { recursive: true, force: true, maxRetries: 3 })
  const undo = async (): Promise<void> => {
    for (const step of undone.reverse()) await step()
    await clean()
  }
  try {
    const changes = [...contents].map(([path, content], index) => ({
      path,
      content,
      next: join(prepared, `${index}.new`),
      old: join(prepared, `${index}.old`),
    }))
    for (const { content, next } of changes) if (content !== null) await writeDurably(next, content)
    for (const { path, content, next, old } of changes) {
      const target = await targetOf(dir, path)
      const existed = await copyIfThere(target, old)
      undone.push(async () => {
        if (!existed) return rm(target, { force: true })
        await mkdir(dirname(target), { recursive: true })
        await rename(old, target)
      })
      if (content !== null) await rename(next, target)
      else {
        await rm(target, { force: true })
        await removeEmptyParents(dir, path)
      }
    }
    if (modulesParent !== undefined) await swapModules(dir, modulesParent, prepared, undone)
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

async function swapModules(dir: string, from: string, prepared: string, undone: (() => Promise<void>)[]): Promise<void> {
  const old = join(prepared, MODULES)
  if (await renameIfThere(join(dir, MODULES), old)) undone.push(() => rename(old, join(dir, MODULES)))
  if (await renameIfThere(join(from, MODULES), join(dir, MODULES))) undone.push(() => rename(join(dir, MODULES), join(from, MODULES)))
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
