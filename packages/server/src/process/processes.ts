import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Duplex, Readable, Writable } from 'node:stream'
import type { Logger } from 'pino'
import { endGroup, signalGroup } from './groups.ts'
import { createLeftovers } from './leftovers.ts'
import { createMemoryWatch, type MemoryWatch } from './memory-watch.ts'
import { createOutputThrottle } from './output-throttle.ts'
import { createReaper } from './reaper.ts'

/** How long a child has between SIGTERM and SIGKILL. */
const STOP_GRACE_MS = 5000
/** The same for children of an earlier run: nothing is served before they are gone. */
const LEFTOVER_GRACE_MS = 500
/** How long output may still arrive after the child ended; a process that left the group can hold the pipe for ever. */
const OUTPUT_AFTER_EXIT_MS = 1000

export interface ChildSpec {
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly stdin: 'ignore' | 'pipe'
  /** Open a duplex pipe as file descriptor 3 of the child. */
  readonly protocol: boolean
  /** What the child prints, at a bounded rate. Without it, stdout is left to the owner to read (`child.stdout`). */
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
  /** `raw`: `child.stdout` carries a protocol and is not passed to `onOutput`. */
  readonly stdout?: 'output' | 'raw'
}

export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The child never ran: why. */
  readonly error?: Error
}

export interface Child {
  /** Undefined when the command could not be started; `exited` says why. */
  readonly pid: number | undefined
  /** File descriptor 3. */
  readonly protocol: Duplex | undefined
  readonly stdin: Writable | undefined
  readonly stdout: Readable | undefined
  /** Resolves when the child itself was reaped. Never rejects. */
  readonly exited: Promise<ChildExit>
  /**
   * Ends the whole group: protocol and stdin closed, SIGTERM, `graceMs` (default 5 s), SIGKILL. Resolves when all of it
   * is gone. Idempotent; 0 kills at once.
   */
  stop(graceMs?: number): Promise<void>
}

export interface Processes {
  spawn(spec: ChildSpec): Child
  readonly memory: MemoryWatch
  /** Ends what children of an earlier run are still there. Call once, before the first spawn. */
  endLeftovers(): Promise<number>
  /** Children that have not been reaped. */
  readonly size: number
  /** Stops every child, then the reaper. */
  close(): Promise<void>
}

export interface ProcessesDeps {
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** `DATA_DIR`; children are noted under `run/`. */
  readonly dataDir: string
}

/** Everything this gateway starts: each child in its own process group, ended with it even when the gateway is killed. */
export function createProcesses({ log, dataDir }: ProcessesDeps): Processes {
  const reaper = createReaper()
  const leftovers = createLeftovers(join(dataDir, 'run'))
  const throttle = createOutputThrottle()
  const memory = createMemoryWatch()
  const children = new Set<Child>()

  function register(child: Child, pid: number): void {
    children.add(child)
    reaper.add(pid)
    leftovers.note(pid).catch((error) => log.warn({ err: error, pid }, 'child process not noted on disk'))
  }

  async function unregister(child: Child, pid: number): Promise<void> {
    children.delete(child)
    reaper.remove(pid)
    await leftovers.forget(pid).catch((error) => log.warn({ err: error, pid }, 'note of a child process not removed'))
  }

  return {
    memory,
    get size() {
      return children.size
    },
    spawn(spec) {
      const child = spawn(spec.command, [...spec.args], {
        env: { ...spec.env },
        cwd: spec.cwd,
        detached: true,
        stdio: [spec.stdin, 'pipe', 'pipe', ...(spec.protocol ? (['pipe'] as const) : [])],
      })
      if (child.stderr) throttle.read(child.stderr, (chunk) => spec.onOutput('stderr', chunk))
      if (child.stdout && spec.stdout !== 'raw') throttle.read(child.stdout, (chunk) => spec.onOutput('stdout', chunk))
      return adopt(child, register, unregister)
    },
    async endLeftovers() {
      const ended = await leftovers.end((pid) => endGroup(pid, LEFTOVER_GRACE_MS))
      if (ended > 0) log.warn({ ended }, 'ended child processes that an earlier run left behind')
      return ended
    },
    async close() {
      await Promise.all([...children].map((child) => child.stop()))
      reaper.close()
      throttle.close()
      memory.close()
    },
  }
}

function adopt(child: ChildProcess, register: (child: Child, pid: number) => void, unregister: (child: Child, pid: number) => Promise<void>): Child {
  const { pid } = child
  const protocol = (child.stdio[3] ?? undefined) as Duplex | undefined
  // A pipe whose other end is gone fails; that the child is gone is known by its exit.
  for (const stream of [child.stdin, child.stdout, protocol]) stream?.on('error', () => stream.destroy())

  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', (error) => {
      if (pid === undefined) resolve({ code: null, signal: null, error })
    })
  })
  /** The leader has ended; whatever it started must not stay. */
  const ended = exited.then(async () => {
    const timer = setTimeout(() => {
      for (const stream of child.stdio) stream?.destroy()
    }, OUTPUT_AFTER_EXIT_MS)
    child.once('close', () => clearTimeout(timer))
    if (pid === undefined) return
    await endGroup(pid, STOP_GRACE_MS)
    await unregister(adopted, pid)
  })

  const adopted: Child = {
    pid,
    protocol,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    exited,
    async stop(graceMs = STOP_GRACE_MS) {
      child.stdin?.end()
      protocol?.end()
      if (pid !== undefined && child.exitCode === null && child.signalCode === null) {
        signalGroup(pid, graceMs > 0 ? 'SIGTERM' : 'SIGKILL')
        const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs)
        await exited
        clearTimeout(timer)
      }
      await ended
    },
  }
  if (pid !== undefined) register(adopted, pid)
  return adopted
}
