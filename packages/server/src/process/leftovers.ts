import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * When a process started, in a form that only compares; undefined when there is no such process. Together with the pid
 * it names one process for ever: on Linux it includes the boot, since pids and clock ticks begin again with each.
 */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const listed = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined)
    return listed?.stdout.trim() || undefined
  }
  try {
    const [stat, boot] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile('/proc/sys/kernel/random/boot_id', 'utf8')])
    // The second field is the name in parentheses and may hold anything: count from its end. Field 22 is the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[19] === undefined ? undefined : `${boot.trim()} ${fields[19]}`
  } catch {
    // No such process.
    return undefined
  }
}

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
          const isOurs = (await readFile(join(dir, name), 'utf8')) === (await startTimeOf(pid))
          if (isOurs) await endGroup(pid)
          await rm(join(dir, name), { force: true })
          return isOurs
        }),
      )
      return ended.filter(Boolean).length
    },
  }
}
