import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20
/** After SIGKILL only the kernel is waited for. */
const KILLED_WAIT_MS = 1000

/** Sends a signal to every process of a group; false when none is left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch (error) {
    // EPERM: there are processes, but none that may be signalled (macOS says so of zombies).
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** SIGTERM, up to `graceMs`, SIGKILL; resolves when no process of the group is left. */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  if (!signalGroup(group, 'SIGTERM')) return
  if (await isGone(group, graceMs)) return
  signalGroup(group, 'SIGKILL')
  await isGone(group, KILLED_WAIT_MS)
}

async function isGone(group: number, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs
  while (signalGroup(group, 0) && (await hasLiving(group))) {
    if (performance.now() >= until) return false
    await delay(POLL_MS)
  }
  return true
}

/** A zombie that nobody reaps, as in a container without an init process, takes signals for ever but runs no more. */
async function hasLiving(group: number): Promise<boolean> {
  return process.platform !== 'linux' || (await livingIn(group)).length > 0
}

/** Pids of the processes of a group that still run. Linux only. */
export async function livingIn(group: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  // Processes end while they are listed.
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')))
  return pids.filter((_pid, index) => {
    const stat = stats[index] ?? ''
    // After the name in parentheses: state, parent, group.
    const [state = '', , ofGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return ofGroup === String(group) && state !== 'Z' && state !== 'X'
  })
}
