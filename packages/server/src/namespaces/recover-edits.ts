import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type EditPlan, PLAN, PREPARED, undoEdit } from './apply-edit.ts'
import { errorCode } from './folder.ts'

/**
 * What edits that were killed left in the folder `dir`: one that was published stands, any other is undone, so that the
 * folder is what the last edit that happened made of it. Call before anything reads the folder; answers how many were undone.
 */
export async function recoverEdits(dir: string, published: string | undefined): Promise<number> {
  let undone = 0
  for (const name of (await namesIn(dir)).filter((each) => each.startsWith(PREPARED))) {
    const prepared = join(dir, name)
    const plan = await readPlan(join(prepared, PLAN))
    if (plan !== undefined && (plan.generation === null || plan.generation !== published)) {
      await undoEdit(dir, prepared, plan)
      undone++
    }
    await rm(prepared, { recursive: true, force: true })
  }
  return undone
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return []
    throw error
  }
}

/** Undefined: the edit had not begun to replace files. */
async function readPlan(path: string): Promise<EditPlan | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
