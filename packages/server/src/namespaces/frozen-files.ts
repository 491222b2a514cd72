import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Files of a generation are never written again; folders stay writable for the gateway, which must be able to remove
 * them. Both are readable for the worker's own user id.
 */
const FILE_MODE = 0o444
const FOLDER_MODE = 0o755

/** Writes a new read-only file that is on disk when this returns. */
export async function writeFrozenFile(path: string, content: Uint8Array, executable = false): Promise<void> {
  const handle = await open(path, 'wx', FILE_MODE)
  try {
    await handle.writeFile(content)
    await handle.chmod(executable ? FILE_MODE | 0o111 : FILE_MODE)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: FOLDER_MODE })
}

/** Gives a finished folder its name, durably. */
export async function renameFolder(from: string, to: string): Promise<void> {
  await syncFolder(from)
  await rename(from, to)
  await syncFolder(dirname(to))
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
