import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CHUNK = Buffer.alloc(65_536)

/** A file system of its own, in memory, small enough to fill. */
export interface SmallDisk {
  readonly path: string
  /** Takes every byte that is left. */
  fill(): void
  /** Gives them back. */
  free(): void
  unmount(): void
}

/** As root on Linux, where mounting is allowed (guard with `requireOrSkip('mount')`). */
export function mountSmallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'tooldock-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  const filler = join(path, 'filler')
  return {
    path,
    fill() {
      const file = openSync(filler, 'a')
      try {
        for (let chunk = CHUNK; chunk.length > 0; ) if (!fits(file, chunk)) chunk = chunk.subarray(0, Math.floor(chunk.length / 2))
      } finally {
        closeSync(file)
      }
      if (statfsSync(path).bfree > 0) throw new Error('the disk is not full')
    },
    free: () => rmSync(filler),
    unmount() {
      execFileSync('umount', ['--lazy', path])
      rmSync(path, { recursive: true, force: true })
    },
  }
}

function fits(file: number, chunk: Buffer): boolean {
  try {
    writeSync(file, chunk)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false
    throw error
  }
}
