import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const CHECK_INTERVAL_MS = 1000
/** A walk of many files costs time of its own: rest this many times as long. */
const REST_FACTOR = 5

/** Bytes of all files below `dir`; stops counting above `bytesMax`. Files that vanish meanwhile count nothing; links are not followed. */
export async function folderBytes(dir: string, bytesMax: number): Promise<number> {
  let bytes = 0
  const folders = [dir]
  for (let folder = folders.pop(); folder !== undefined && bytes <= bytesMax; folder = folders.pop()) {
    // Installers make and remove files while they are counted.
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else bytes += (await lstat(path).catch(() => undefined))?.size ?? 0
    }
  }
  return bytes
}

/** Calls `onExceeded` once when `dir` has grown above `bytesMax`. Returns how the watch ends. */
export function watchFolderBytes(dir: string, bytesMax: number, onExceeded: () => void): () => void {
  let ended = false
  let timer: NodeJS.Timeout | undefined
  const check = async (): Promise<void> => {
    const start = performance.now()
    const bytes = await folderBytes(dir, bytesMax)
    if (ended) return
    if (bytes > bytesMax) return onExceeded()
    timer = setTimeout(check, Math.max(CHECK_INTERVAL_MS, (performance.now() - start) * REST_FACTOR))
  }
  timer = setTimeout(check, CHECK_INTERVAL_MS)
  return () => {
    ended = true
    clearTimeout(timer)
  }
}
