import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 20
/** After SIGKILL only the kernel is waited for; a zombie that its parent never reaps is not waited for longer than this. */
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
  while (signalGroup(group, 0)) {
    if (performance.now() >= until) return false
    await delay(POLL_MS)
  }
  return true
}
