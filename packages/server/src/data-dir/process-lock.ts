import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { startTimeOf } from '../kernel/start-time-of.ts'

/** A running process holds the lock. */
export class LockHeldError extends Error {
  readonly pid: number
  constructor(pid: number) {
    super(`the process ${pid} holds the lock`)
    this.name = 'LockHeldError'
    this.pid = pid
  }
}

export interface ProcessLock {
  release(): Promise<void>
}

/**
 * Takes the lock `path` for this process. The file names its holder by pid and start time, so that any death frees it
 * and a pid that was given again does not keep it. Holders must see each other's pids: gateways in two containers do not.
 * @throws {LockHeldError}
 */
export async function acquireProcessLock(path: string): Promise<ProcessLock> {
  const mine = `${process.pid} ${await startTimeOf(process.pid)}\n`
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  await writeFile(draft, mine, { flag: 'wx', mode: 0o644 })
  try {
    await place(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  return {
    async release() {
      if ((await readHolder(path)) === mine) await rm(path, { force: true })
    },
  }
}

async function place(draft: string, path: string): Promise<void> {
  for (;;) {
    if (await tryLink(draft, path)) return
    const holder = await readHolder(path)
    if (holder === undefined) continue
    const pid = await runningPid(holder)
    if (pid !== undefined) throw new LockHeldError(pid)
    if (await replaceStale(draft, path, holder)) return
  }
}

/**
 * Of several who found the same dead holder only one may replace it, else the second would push out the first: so it
 * takes a lock to replace a lock, and looks again.
 */
async function replaceStale(draft: string, path: string, dead: string): Promise<boolean> {
  const turn = await acquireProcessLock(`${path}.takeover`)
  try {
    if ((await readHolder(path)) !== dead) return false
    await rename(draft, path)
    return true
  } finally {
    await turn.release()
  }
}

/** A hard link appears with its whole content, and fails when the name exists. */
async function tryLink(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** The process that holds the lock `path`; undefined: none that still runs. */
export async function readLockHolder(path: string): Promise<number | undefined> {
  const holder = await readHolder(path)
  return holder === undefined ? undefined : runningPid(holder)
}

async function readHolder(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The pid in the file when that very process runs; a file that says nothing has no holder. */
async function runningPid(holder: string): Promise<number | undefined> {
  const [, pid, startTime] = /^(\d{1,9}) (.+)\n$/.exec(holder) ?? []
  if (pid === undefined) return undefined
  return (await startTimeOf(Number(pid))) === startTime ? Number(pid) : undefined
}
