import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { acquireProcessLock, LockHeldError } from './process-lock.ts'

/** The folders of `DATA_DIR`, absolute and without symlinks. While it is open no other gateway can open it. */
export interface DataDir {
  readonly path: string
  /** What users write: one folder for each namespace. */
  readonly toolsDir: string
  /** Published, frozen versions. */
  readonly generationsDir: string
  /** What tools may write. */
  readonly stateDir: string
  readonly dbDir: string
  readonly logsDir: string
  /** Gives the folder to the next gateway. */
  close(): Promise<void>
}

/**
 * Makes what is missing of the folder and takes its lock.
 * @throws {ToolDockError} `data_dir_unusable` in one line: not a directory, not writable, or used by another gateway.
 */
export async function openDataDir(dir: string): Promise<DataDir> {
  try {
    await mkdir(dir, { recursive: true })
    const path = await realpath(dir)
    const lock = await acquireProcessLock(join(path, 'lock'))
    try {
      return await layOut(path, () => lock.release())
    } catch (error) {
      await lock.release()
      throw error
    }
  } catch (error) {
    throw new ToolDockError('data_dir_unusable', `DATA_DIR "${dir}" cannot be used: ${reasonOf(error)}`, undefined, { cause: error })
  }
}

/** The database and the logs are the gateway's alone; modes of folders that exist are their owner's choice. */
async function layOut(path: string, close: () => Promise<void>): Promise<DataDir> {
  const folder = async (name: string, mode: number) => {
    const made = join(path, name)
    await mkdir(made, { recursive: true, mode })
    return made
  }
  return {
    path,
    toolsDir: await folder('tools', 0o755),
    generationsDir: await folder('generations', 0o755),
    stateDir: await folder('state', 0o755),
    dbDir: await folder('db', 0o700),
    logsDir: await folder('logs', 0o700),
    close,
  }
}

const REASONS: Partial<Record<string, string>> = {
  ENOTDIR: 'it is not a directory',
  EEXIST: 'it is not a directory',
  EACCES: 'it is not writable',
  EPERM: 'it is not writable',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'the disk is full',
}

function reasonOf(error: unknown): string {
  if (error instanceof LockHeldError) return `another ToolDock uses it (process ${error.pid})`
  const { code = '', message } = error as NodeJS.ErrnoException
  return REASONS[code] ?? message
}
