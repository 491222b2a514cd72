import type { LoadProblem, LoadResult } from '@tooldock/worker/protocol'
import type { Logger } from 'pino'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Processes } from '../process/processes.ts'
import type { Sandbox } from '../process/sandbox.ts'
import type { Json } from '../upstream/json-lines.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'
import type { Generation, WorkerEvent, WorkerSecrets, WorkerState } from './worker-upstream.types.ts'
import type { OutputSink } from './worker-voice.ts'

/** Pause after a failed start; doubled by each further one. Meanwhile calls fail at once with worker_start_failed. */
const BACKOFF_MIN_MS = 1000
const BACKOFF_MAX_MS = 30_000
/** Workers in a row that may end without having answered anything before starts are paused as well. */
const BARREN_MAX = 2

export interface WorkerLifeDeps {
  readonly processes: Processes
  readonly sandbox: Sandbox
  readonly log: Pick<Logger, 'debug' | 'warn'>
  readonly output: OutputSink
  readonly secrets: WorkerSecrets
  readonly onEvent: (event: WorkerEvent) => void
  readonly onNotification: (method: string, params: Json) => void
  /** The worker takes calls. */
  readonly onStarted: () => void
  readonly onStartFailed: (error: ToolDockError) => void
  /** A worker that had started has ended, whoever wanted it; `reason` in words. */
  readonly onGone: (reason: string) => void
}

export interface WorkerLimits {
  readonly startTimeoutMs: number
  readonly memoryMb: number
  readonly resultBytesMax: number
  readonly parkedCallsMax: number
}

/** The process behind one generation: at most one at a time, started anew after its end, not too often when it keeps ending. */
export interface WorkerLife {
  readonly state: WorkerState
  /** From its start to its end; it takes calls while `state` is `running`. */
  readonly worker: WorkerProcess | undefined
  /** What of the folder the worker could not load. */
  readonly problems: readonly LoadProblem[]
  /** There is no process, and none on its way. */
  readonly isOver: boolean
  /** Why no start is tried now. */
  readonly hold: ToolDockError | undefined
  /** The same start for all who ask. Rejects with `worker_start_failed`. */
  start(): Promise<LoadResult>
  /** The worker did something useful: its end is no sign that the next one would end as well. */
  noteAnswer(): void
  /** Kills a worker that no longer takes part; callers are told `reason`. */
  replace(reason: string): void
  stop(): Promise<void>
  /** Stops, for good. */
  close(): Promise<void>
}

export function createWorkerLife(generation: Generation, limits: WorkerLimits, deps: WorkerLifeDeps): WorkerLife {
  const { log } = deps
  const about = { namespace: generation.namespace, generation: generation.id }
  let state: WorkerState = 'stopped'
  let worker: WorkerProcess | undefined
  let ready: Promise<LoadResult> | undefined
  let problems: readonly LoadProblem[] = []
  let hasAnswered = false
  let isClosed = false
  /** In a row: starts that failed, or workers that ended before they answered anything. */
  let failures = 0
  let lastFailure = ''
  let nextStart = 0

  function setState(next: WorkerState, reason?: string): void {
    state = next
    log.debug({ ...about, pid: worker?.pid, state, reason }, 'worker state')
    deps.onEvent(reason === undefined ? { type: 'state', state } : { type: 'state', state, reason })
  }

  function start(): Promise<LoadResult> {
    ready ??= run().then(onStarted, onStartFailed)
    return ready
  }

  async function run(): Promise<LoadResult> {
    setState('starting')
    const { namespace, dir, dependenciesDir, stateDir, permissions } = generation
    const env = await deps.secrets.resolveAll(namespace, generation.manifest.env)
    const { startTimeoutMs, memoryMb, resultBytesMax, parkedCallsMax } = limits
    const paths = { generationDir: dir, stateDir, ...(dependenciesDir === undefined ? {} : { dependenciesDir }) }
    const command = await deps.sandbox.prepare({ ...paths, permissions, memoryMb, env })
    if (isClosed) throw new Error('ToolDock is stopping')
    // Half of the time: the worker can say which file hangs before it is ended.
    const load = { namespace, dir, env, limits: { resultBytesMax, parkedCallsMax, importMs: startTimeoutMs / 2 } }
    const scrubbers = { stdout: deps.secrets.createScrubber(), stderr: deps.secrets.createScrubber() }
    worker = startWorkerProcess(deps.processes, {
      command,
      load: permissions.includes('write') ? { ...load, dataDir: stateDir } : load,
      startTimeoutMs,
      memoryMb,
      onOutput: (stream, chunk) => deps.output(namespace, stream, scrubbers[stream].scrub(chunk)),
      onNotification: deps.onNotification,
    })
    void worker.gone.then(() => {
      for (const stream of ['stdout', 'stderr'] as const) deps.output(namespace, stream, scrubbers[stream].end())
    })
    try {
      const loaded = await worker.loaded
      void worker.gone.then(onGone)
      return loaded
    } catch (error) {
      worker.kill('it did not load')
      await worker.gone
      throw error
    }
  }

  function onStarted(loaded: LoadResult): LoadResult {
    hasAnswered = false
    problems = loaded.problems
    if (problems.length > 0) log.warn({ ...about, problems }, 'the folder did not load as a whole')
    setState('running')
    deps.onStarted()
    return loaded
  }

  function onStartFailed(cause: unknown): never {
    const reason = cause instanceof Error ? cause.message : String(cause)
    worker = undefined
    ready = undefined
    failures += 1
    pauseStarts(reason, failures)
    log.warn({ ...about, reason, failures }, 'worker did not start')
    setState('failed', reason)
    const error = startFailed(reason)
    deps.onStartFailed(error)
    throw error
  }

  function onGone(reason: string): void {
    const wasExpected = state === 'stopping'
    worker = undefined
    ready = undefined
    if (!wasExpected) log.warn({ ...about, reason }, 'worker ended')
    failures = wasExpected || hasAnswered ? 0 : failures + 1
    if (failures > BARREN_MAX) pauseStarts(reason, failures - BARREN_MAX)
    setState('stopped', wasExpected ? undefined : reason)
    deps.onGone(reason)
  }

  function pauseStarts(reason: string, times: number): void {
    lastFailure = reason
    nextStart = performance.now() + Math.min(BACKOFF_MIN_MS * 2 ** (times - 1), BACKOFF_MAX_MS)
  }

  function startFailed(reason: string): ToolDockError {
    return new ToolDockError('worker_start_failed', `The worker of "${generation.namespace}" could not be started: ${reason}.`)
  }

  async function stop(): Promise<void> {
    if (worker === undefined) return
    if (state !== 'stopping') setState('stopping')
    await worker.stop()
  }

  return {
    get state() {
      return state
    },
    get worker() {
      return worker
    },
    get problems() {
      return problems
    },
    get isOver() {
      return ready === undefined
    },
    get hold() {
      const leftMs = nextStart - performance.now()
      if (ready !== undefined || leftMs <= 0) return undefined
      return startFailed(`${lastFailure}; it ended ${failures} times in a row and is started again in ${Math.ceil(leftMs / 1000)} s`)
    },
    start,
    noteAnswer() {
      hasAnswered = true
    },
    replace(reason) {
      worker?.kill(reason)
    },
    stop,
    async close() {
      isClosed = true
      await stop()
      // A start under way ends by itself, at the latest when its worker was stopped.
      await ready?.catch(() => undefined)
      await stop()
    },
  }
}
