import { lstat, mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { StartError } from '../kernel/start-error.ts'
import { writeFileAtomic } from '../kernel/write-file-atomic.ts'
import type { DatabaseConfig } from '../store/database.ts'
import { dropSchemaIfEmpty, hasSchema } from '../store/load-dump.ts'
import { removeSpools } from './backups.ts'

/** Folders in DATA_DIR where a restore unpacks. */
export const STAGING = '.restore-'
const PLAN = '.restore.json'

/** What takes the place of what; paths are absolute. */
export interface Move {
  /** Missing: `to` only goes. */
  readonly from?: string
  readonly to: string
  /** Where that goes which was at `to`. */
  readonly aside: string
}

/** A restore that is unpacked and only has to take its place. */
export interface Plan {
  readonly staging: string
  /** Where what was there before is kept; gone when nothing was. */
  readonly asideDir: string
  readonly moves: readonly Move[]
  /** PostgreSQL: made by the transaction that filled the database. Without it the restore did not happen. */
  readonly schema?: string
}

const PLAN_SCHEMA = z.strictObject({
  staging: z.string(),
  asideDir: z.string(),
  moves: z.array(z.strictObject({ from: z.string().exactOptional(), to: z.string(), aside: z.string() })).readonly(),
  schema: z.string().exactOptional(),
})

/** From here on the restore happens, whatever dies (on PostgreSQL: once its schema is there). */
export async function writePlan(dataDir: string, plan: Plan): Promise<void> {
  await writeFileAtomic(join(dataDir, PLAN), `${JSON.stringify(plan)}\n`, 0o600)
}

/**
 * Ends what a restore or a backup that was killed has left: a restore that was decided takes its place as a whole, one that
 * was not leaves no trace. To be called with the lock of the data directory, before anything in it is used.
 * @returns whether a restore took its place
 * @throws {StartError | ToolDockError} nothing can be said yet, for the database does not answer
 */
export async function settleRestore(dataDir: string, config: DatabaseConfig): Promise<boolean> {
  const plan = await readPlan(dataDir)
  const isDecided = plan !== undefined && (plan.schema === undefined || (await hasSchema(config, plan.schema)))
  if (isDecided) await takePlace(plan)
  if (isDecided && plan.schema !== undefined) await dropSchemaIfEmpty(config, plan.schema)
  await rm(join(dataDir, PLAN), { force: true })
  await syncFolder(dataDir)
  for (const name of await readdir(dataDir)) if (name.startsWith(STAGING)) await rm(join(dataDir, name), { recursive: true, force: true })
  await removeSpools(dataDir)
  return isDecided
}

async function readPlan(dataDir: string): Promise<Plan | undefined> {
  const path = join(dataDir, PLAN)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return PLAN_SCHEMA.parse(JSON.parse(text))
  } catch (error) {
    throw new StartError(`${path} tells of a restore that has not ended, and cannot be understood: restore the backup again after moving this file away.`, {
      cause: error,
    })
  }
}

/** Each step can be done again after it was begun. */
async function takePlace({ asideDir, moves }: Plan): Promise<void> {
  await mkdir(asideDir, { recursive: true, mode: 0o700 })
  for (const { from, to, aside } of moves) {
    if (from !== undefined && !(await exists(from))) continue
    if (await exists(to)) {
      // What is at `to` though the old is aside already: the empty folder that a start makes.
      if (from !== undefined && (await exists(aside))) await rmdir(to)
      else if (!(await exists(aside))) await rename(to, aside)
    }
    if (from !== undefined) await rename(from, to)
  }
  for (const folder of new Set(moves.flatMap(({ to, aside }) => [dirname(to), dirname(aside)]))) await syncFolder(folder)
  for (const { aside } of moves) await removeIfEmpty(aside)
  await removeIfEmpty(asideDir)
}

async function removeIfEmpty(path: string): Promise<void> {
  try {
    await rmdir(path)
  } catch (error) {
    // It holds something, is a file, or was never made.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
