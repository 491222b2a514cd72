import { mkdir, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { startTimeOf } from '../kernel/start-time-of.ts'
import { livingIn } from './groups.ts'

export interface Leftovers {
  /** Notes a running child on disk, so that the next gateway can end it should this one never get to. */
  note(pid: number): Promise<void>
  forget(pid: number): Promise<void>
  /** Ends the groups of children noted by an earlier run that still run, and says how many there were. */
  end(endGroup: (pid: number) => Promise<void>): Promise<number>
}

/** One small file for each child in `dir`: named by its pid, holding its start time. */
export function createLeftovers(dir: string): Leftovers {
  const ready = mkdir(dir, { recursive: true, mode: 0o700 })
  // The first use reports it; until then nobody waits for the promise.
  ready.catch(() => undefined)
  const notes = new Map<number, Promise<void>>()

  async function write(pid: number): Promise<void> {
    await ready
    const started = await startTimeOf(pid)
    if (started !== undefined) await writeFile(join(dir, String(pid)), started)
  }

  return {
    note(pid) {
      const written = write(pid)
      notes.set(pid, written)
      return written
    },
    async forget(pid) {
      // A child that ended at once must not be noted after it was forgotten. Whoever noted it reports a failed note.
      await notes.get(pid)?.catch(() => undefined)
      notes.delete(pid)
      await rm(join(dir, String(pid)), { force: true })
    },
    async end(endGroup) {
      await ready
      const noted = (await readdir(dir)).filter((name) => /^[1-9]\d{0,9}$/.test(name) && !notes.has(Number(name)))
      const ended = await Promise.all(
        noted.map(async (name) => {
          const pid = Number(name)
          const started = await startTimeOf(pid)
          const isOurs = started === undefined ? await isOrphaned(pid, dirname(dir)) : started === (await readFile(join(dir, name), 'utf8'))
          if (isOurs) await endGroup(pid)
          await rm(join(dir, name), { force: true })
          return isOurs
        }),
      )
      return ended.filter(Boolean).length
    },
  }
}

/**
 * Does what a child had started go on in its group, though the child has ended? The kernel gives its pid to nobody while the
 * group lasts; that the group is ours shows in a working folder, or a folder of the environment, below ours. Linux only.
 */
async function isOrphaned(group: number, dataDir: string): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const below = `${await realpath(dataDir)}/`
  const traces = await Promise.all(
    (await livingIn(group)).map(async (pid) => [
      // It may end, or belong to somebody else.
      await readlink(`/proc/${pid}/cwd`).catch(() => ''),
      ...(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).split('\0').map((entry) => entry.slice(entry.indexOf('=') + 1)),
    ]),
  )
  return traces.flat().some((path) => `${path}/`.startsWith(below))
}
