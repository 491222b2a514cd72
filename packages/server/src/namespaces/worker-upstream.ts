import type { LoadResult } from '@tooldock/worker/protocol'
import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Processes } from '../process/processes.ts'
import type { Sandbox } from '../process/sandbox.ts'
import { ConnectionError, type Outcome } from '../upstream/json-lines.ts'
import type { RunningCall, UpstreamCall, UpstreamResult } from '../upstream/upstream.ts'
import { parseParkedState, toOuterState, toToolDockError, toUpstreamResult, toWireParams } from '../upstream/worker-wire.ts'
import { createWorkerVoice, type OutputSink } from './worker-voice.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts'
import type { Generation, WorkerEvent, WorkerState, WorkerUpstream } from './worker-upstream.types.ts'

/** Granularity of all deadlines of calls: one timer for each busy namespace, none for each call. */
const SWEEP_MS = 100
/** After a call timed out: how long the worker may take to answer a ping before it counts as stuck in a loop. */
const STUCK_MS = 1000
/** Pause after a failed start; doubled by each further one. Meanwhile calls fail at once with worker_start_failed. */
const BACKOFF_MIN_MS = 1000
const BACKOFF_MAX_MS = 30_000
/** Workers in a row that may end without having answered anything before starts are paused as well. */
const BARREN_MAX = 2

export interface WorkerUpstreamDeps {
  readonly processes: Processes
  readonly sandbox: Sandbox
  readonly config: Pick<
    Config,
    'toolTimeoutSeconds' | 'callConcurrencyMax' | 'callQueueMax' | 'resultBytesMax' | 'workerMemoryMb' | 'workerIdleMinutes' | 'workerStartSeconds' | 'parkedCallsMax' | 'parkedCallMinutes'
  >
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  /** Where what the tools print goes. */
  readonly output: OutputSink
  readonly onEvent: (event: WorkerEvent) => void
}

interface PendingCall {
  readonly call: UpstreamCall
  readonly resolve: (result: UpstreamResult) => void
  readonly reject: (error: ToolDockError) => void
  /** Of the queue first, then of the run. */
  deadline: number
  phase: 'queued' | 'running' | 'ended'
  /** Id on the wire while it runs. */
  id: number
}

export function createWorkerUpstream(generation: Generation, deps: WorkerUpstreamDeps): WorkerUpstream {
  const { config, log } = deps
  const { namespace, manifest } = generation
  const limits = {
    timeoutMs: (manifest.limits.timeoutSeconds ?? config.toolTimeoutSeconds) * 1000,
    concurrency: manifest.limits.concurrency ?? config.callConcurrencyMax,
    queue: manifest.limits.queue ?? config.callQueueMax,
    memoryMb: manifest.limits.memoryMb ?? config.workerMemoryMb,
    resultBytesMax: manifest.limits.resultBytes ?? config.resultBytesMax,
    idleMs: manifest.keepWarm ? 0 : config.workerIdleMinutes * 60_000,
    parkMs: config.parkedCallMinutes * 60_000,
  }

  /** Oldest first, as all of these sets: every deadline of one of them is as long as the others. */
  const queued = new Set<PendingCall>()
  const running = new Map<number, PendingCall>()
  /** Parked calls of the current worker, by number, with the time they end. */
  const parked = new Map<string, number>()

  let state: WorkerState = 'stopped'
  let worker: WorkerProcess | undefined
  let ready: Promise<LoadResult> | undefined
  let problems: LoadResult['problems'] = []
  let hasAnswered = false
  /** In a row: starts that failed, or workers that ended before they answered anything. */
  let failures = 0
  let startFailure = ''
  let nextStart = 0
  let pingDeadline = Number.POSITIVE_INFINITY
  let sweepTimer: NodeJS.Timeout | undefined
  let idleTimer: NodeJS.Timeout | undefined
  let lastUsed = 0
  let draining = false
  let stopped = false
  const quiet: (() => void)[] = []

  const voice = createWorkerVoice({ namespace, log, output: deps.output, onEvent: deps.onEvent, callOf: (id) => running.get(id)?.call })

  function setState(next: WorkerState, reason?: string): void {
    state = next
    log.debug({ namespace, generation: generation.id, pid: worker?.pid, state, reason }, 'worker state')
    deps.onEvent(reason === undefined ? { type: 'state', state } : { type: 'state', state, reason })
  }

  // --- The process -----------------------------------------------------------------------------------------------

  function start(): Promise<LoadResult> {
    ready ??= startWorker().then(onStarted, (error: unknown) => {
      throw onStartFailed(error instanceof Error ? error.message : String(error))
    })
    return ready
  }

  async function startWorker(): Promise<LoadResult> {
    setState('starting')
    const { dir, dependenciesDir, stateDir, permissions } = generation
    const env = manifest.env
    const paths = dependenciesDir === undefined ? { generationDir: dir, stateDir } : { generationDir: dir, stateDir, dependenciesDir }
    const command = await deps.sandbox.prepare({ ...paths, permissions, memoryMb: limits.memoryMb, env })
    if (stopped) throw new Error('ToolDock is stopping')
    const startTimeoutMs = config.workerStartSeconds * 1000
    // Half of it: the worker can say which file hangs before it is ended.
    const load = { namespace, dir, env, limits: { resultBytesMax: limits.resultBytesMax, parkedCallsMax: config.parkedCallsMax, importMs: startTimeoutMs / 2 } }
    const started = startWorkerProcess(deps.processes, {
      command,
      load: permissions.includes('write') ? { ...load, dataDir: stateDir } : load,
      startTimeoutMs,
      memoryMb: limits.memoryMb,
      onOutput: (stream, chunk) => deps.output(namespace, stream, chunk),
      onNotification: voice.hear,
    })
    worker = started
    try {
      const loaded = await started.loaded
      void started.gone.then(onGone)
      return loaded
    } catch (error) {
      started.kill('it did not load')
      await started.gone
      throw error
    }
  }

  function onStarted(loaded: LoadResult): LoadResult {
    hasAnswered = false
    problems = loaded.problems
    setState('running')
    if (problems.length > 0) log.warn({ namespace, generation: generation.id, problems }, 'the folder did not load as a whole')
    armIdleTimer()
    pump()
    settle()
    return loaded
  }

  function onStartFailed(reason: string): ToolDockError {
    worker = undefined
    ready = undefined
    failures += 1
    holdStarts(reason, failures)
    log.warn({ namespace, generation: generation.id, reason, failures }, 'worker did not start')
    setState('failed', reason)
    const error = stopped ? shuttingDown() : startFailed(reason)
    for (const pending of queued) fail(pending, error)
    settle()
    return error
  }

  function holdStarts(reason: string, times: number): void {
    startFailure = reason
    nextStart = performance.now() + Math.min(BACKOFF_MIN_MS * 2 ** (times - 1), BACKOFF_MAX_MS)
  }

  function isHeld(): boolean {
    return ready === undefined && performance.now() < nextStart
  }

  function heldReason(): string {
    return `${startFailure}; it ended ${failures} times in a row and is started again in ${Math.ceil((nextStart - performance.now()) / 1000)} s`
  }

  function startFailed(reason: string): ToolDockError {
    return new ToolDockError('worker_start_failed', `The worker of "${namespace}" could not be started: ${reason}.`)
  }

  /** A worker that had started has ended, whoever wanted it. */
  function onGone(reason: string): void {
    const wasExpected = state === 'stopping'
    worker = undefined
    ready = undefined
    parked.clear()
    pingDeadline = Number.POSITIVE_INFINITY
    clearTimeout(idleTimer)
    if (!wasExpected) log.warn({ namespace, generation: generation.id, reason, calls: running.size }, 'worker ended')
    failures = wasExpected || hasAnswered ? 0 : failures + 1
    if (failures > BARREN_MAX) holdStarts(reason, failures - BARREN_MAX)
    setState('stopped', wasExpected ? undefined : reason)
    for (const pending of running.values()) fail(pending, new ToolDockError('worker_crashed', `The worker of "${namespace}" ended during the call: ${reason}.`))
    pump()
    settle()
  }

  function stopWorker(): Promise<void> {
    if (worker === undefined) return Promise.resolve()
    if (state !== 'stopping') setState('stopping')
    return worker.stop()
  }

  /** Kills a worker that no longer takes part; the next call starts another. */
  function replaceWorker(reason: string): void {
    pingDeadline = Number.POSITIVE_INFINITY
    log.warn({ namespace, generation: generation.id, reason }, 'worker replaced')
    worker?.kill(reason)
  }

  // --- Calls -----------------------------------------------------------------------------------------------------

  function call(call: UpstreamCall): RunningCall {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamResult>()
    const pending: PendingCall = { call, resolve, reject, deadline: performance.now() + limits.timeoutMs, phase: 'queued', id: 0 }
    const refusal = refusalOf(call)
    if (refusal === undefined) {
      queued.add(pending)
      lastUsed = performance.now()
      pump()
      armSweep()
    } else {
      pending.phase = 'ended'
      reject(refusal)
    }
    return { result: promise, cancel: (reason) => cancel(pending, reason) }
  }

  function refusalOf({ params }: UpstreamCall): ToolDockError | undefined {
    if (stopped) return shuttingDown()
    if (running.size + queued.size >= limits.concurrency + limits.queue)
      return new ToolDockError('too_many_calls', `"${namespace}" already runs and queues ${running.size + queued.size} calls, as many as its limits allow.`)
    if (isHeld()) return startFailed(heldReason())
    return isGoneState(params.requestState) ? parkedCallGone() : undefined
  }

  /** Moves calls from the queue to the worker as far as the limits allow. */
  function pump(): void {
    if (queued.size === 0 || running.size >= limits.concurrency) return
    if (state === 'running' && worker !== undefined) {
      for (const pending of queued) {
        if (running.size >= limits.concurrency) return
        send(worker, pending)
      }
    } else if (isHeld()) {
      for (const pending of queued) fail(pending, startFailed(heldReason()))
    } else if (ready === undefined) {
      // Every call in the queue is told of a failed start by onStartFailed.
      start().catch(() => undefined)
    }
  }

  function send({ connection }: WorkerProcess, pending: PendingCall): void {
    queued.delete(pending)
    const { requestState } = pending.call.params
    if (isGoneState(requestState)) return fail(pending, parkedCallGone())
    const resumed = typeof requestState === 'string' ? parseParkedState(requestState) : undefined
    if (resumed !== undefined) parked.delete(resumed.number)
    pending.phase = 'running'
    pending.deadline = performance.now() + limits.timeoutMs
    pending.id = connection.request(
      pending.call.method,
      (id) => toWireParams(pending.call, id, limits.parkMs, resumed === undefined ? undefined : `parked:${resumed.number}`),
      (outcome) => onOutcome(pending, outcome),
    )
    running.set(pending.id, pending)
  }

  function onOutcome(pending: PendingCall, outcome: Outcome): void {
    if (outcome instanceof ConnectionError) {
      // Why the connection closed is known when the process has been reaped: see onGone.
      if (outcome.reason === 'full') fail(pending, new ToolDockError('too_many_calls', `The worker of "${namespace}" does not take further calls: too much waits for it.`))
      return
    }
    hasAnswered = true
    if (outcome instanceof Error) fail(pending, explain(toToolDockError(outcome)))
    else succeed(pending, toUpstreamResult(outcome))
  }

  /** What a folder that did not load as a whole lacks is not unknown: it is missing. */
  function explain(error: ToolDockError): ToolDockError {
    const problem = problems[0]
    if (problem === undefined || !/^(tool|prompt|resource)_not_found$/.test(error.code)) return error
    return new ToolDockError('namespace_unavailable', `${error.message} (${problem.file} of "${namespace}" did not load: ${problem.message})`)
  }

  function succeed(pending: PendingCall, result: UpstreamResult): void {
    if (result.kind === 'complete' || result.requestState === undefined) return end(pending, () => pending.resolve(result))
    const requestState = toOuterState(result.requestState, generation.id, worker?.instance ?? '')
    const number = parseParkedState(requestState)?.number
    if (number !== undefined && parked.size >= config.parkedCallsMax) {
      worker?.connection.notify('notifications/cancelled', { requestState: result.requestState })
      return fail(pending, new ToolDockError('too_many_parked_calls', `${parked.size} calls of "${namespace}" already wait for input.`))
    }
    if (number !== undefined) parked.set(number, performance.now() + limits.parkMs)
    end(pending, () => pending.resolve({ ...result, requestState }))
  }

  function fail(pending: PendingCall, error: ToolDockError): void {
    end(pending, () => pending.reject(error))
  }

  function end(pending: PendingCall, settleCall: () => void): void {
    const { phase } = pending
    if (phase === 'ended') return
    pending.phase = 'ended'
    if (phase === 'queued') queued.delete(pending)
    else running.delete(pending.id)
    lastUsed = performance.now()
    settleCall()
    if (phase === 'running') pump()
    settle()
  }

  function cancel(pending: PendingCall, reason: string): void {
    if (pending.phase === 'running') {
      tellCancelled(pending, reason)
      expectAnswer(limits.timeoutMs)
    }
    fail(pending, new ToolDockError('cancelled', `The call was cancelled: ${reason}`))
  }

  function tellCancelled({ id }: PendingCall, reason: string): void {
    worker?.connection.forget(id)
    worker?.connection.notify('notifications/cancelled', { requestId: id, reason })
  }

  /** Asks the worker for a sign of life: one that is stuck in a loop does not hear that a call is cancelled. */
  function expectAnswer(withinMs: number): void {
    const isAsked = pingDeadline !== Number.POSITIVE_INFINITY
    pingDeadline = Math.min(pingDeadline, performance.now() + withinMs)
    armSweep()
    if (isAsked) return
    const asked = worker
    asked?.connection.request(
      'ping',
      () => ({}),
      () => {
        if (worker === asked) pingDeadline = Number.POSITIVE_INFINITY
      },
    )
  }

  // --- Parked calls ----------------------------------------------------------------------------------------------

  function isGoneState(requestState: unknown): boolean {
    const named = typeof requestState === 'string' ? parseParkedState(requestState) : undefined
    return named !== undefined && !(named.generation === generation.id && named.instance === worker?.instance && parked.has(named.number))
  }

  function parkedCallGone(): ToolDockError {
    return new ToolDockError('parked_call_gone', `The call of "${namespace}" that waited for this input has ended: start it again.`)
  }

  function abandon(requestState: string): void {
    const named = parseParkedState(requestState)
    if (named === undefined || isGoneState(requestState)) return
    parked.delete(named.number)
    worker?.connection.notify('notifications/cancelled', { requestState: `parked:${named.number}` })
    settle()
  }

  // --- Time ------------------------------------------------------------------------------------------------------

  function armSweep(): void {
    sweepTimer ??= setInterval(sweep, SWEEP_MS)
  }

  function sweep(): void {
    const now = performance.now()
    for (const pending of running.values()) {
      if (pending.deadline > now) break
      tellCancelled(pending, 'timeout')
      fail(pending, new ToolDockError('tool_timeout', `"${nameOf(pending.call)}" did not answer within ${limits.timeoutMs / 1000} s.`))
      expectAnswer(STUCK_MS)
    }
    for (const pending of queued) {
      // Calls that wait for a start end with it; it has its own deadline.
      if (pending.deadline > now || state !== 'running') break
      fail(pending, new ToolDockError('too_many_calls', `The call waited ${limits.timeoutMs / 1000} s for its turn: "${namespace}" runs as many calls as its limits allow.`))
    }
    for (const [number, until] of parked) {
      if (until > now) break
      parked.delete(number)
    }
    if (pingDeadline <= now) replaceWorker('a tool held it up and it did not answer any more')
    if (isIdle() && pingDeadline === Number.POSITIVE_INFINITY) {
      clearInterval(sweepTimer)
      sweepTimer = undefined
      settle()
    }
  }

  function isIdle(): boolean {
    return running.size === 0 && queued.size === 0 && parked.size === 0
  }

  function armIdleTimer(): void {
    clearTimeout(idleTimer)
    if (limits.idleMs === 0) return
    lastUsed = performance.now()
    const check = (): void => {
      const leftMs = isIdle() ? lastUsed + limits.idleMs - performance.now() : limits.idleMs
      if (leftMs > 0) idleTimer = setTimeout(check, leftMs).unref()
      else void stopWorker()
    }
    idleTimer = setTimeout(check, limits.idleMs).unref()
  }

  /** Tells those who wait for the end of calls; a drained upstream also stops its worker. */
  function settle(): void {
    if (draining && state === 'running' && isIdle()) void stopWorker()
    if (quiet.length > 0) for (const check of [...quiet]) check()
  }

  /** Resolves when `condition` holds after a call or the worker has ended. */
  function until(condition: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const check = (): void => {
      if (!condition()) return
      const index = quiet.indexOf(check)
      if (index >= 0) quiet.splice(index, 1)
      resolve()
    }
    quiet.push(check)
    check()
    return promise
  }

  async function stop(graceMs: number): Promise<void> {
    const isQuiet = until(() => running.size === 0 && queued.size === 0)
    stopped = true
    const { promise: graceOver, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, graceMs)
    await Promise.race([isQuiet, graceOver])
    clearTimeout(timer)
    for (const pending of [...queued, ...running.values()]) fail(pending, shuttingDown())
    parked.clear()
    clearInterval(sweepTimer)
    clearTimeout(idleTimer)
    await stopWorker()
    await ready?.catch(() => undefined)
    await stopWorker()
    settle()
  }

  return {
    generation,
    get state() {
      return state
    },
    get pid() {
      return worker?.pid
    },
    get inFlight() {
      return running.size + queued.size
    },
    get parked() {
      return parked.size
    },
    holds: (requestState) => parseParkedState(requestState) !== undefined && !isGoneState(requestState),
    call,
    abandon,
    load: () => (stopped ? Promise.reject(shuttingDown()) : state === 'stopping' ? until(() => worker === undefined).then(start) : start()),
    async drain() {
      draining = true
      const drained = until(() => isIdle() && worker === undefined && ready === undefined)
      settle()
      await drained
    },
    stop,
  }
}

function shuttingDown(): ToolDockError {
  return new ToolDockError('shutting_down', 'ToolDock is stopping or has replaced this version.')
}

function nameOf({ params }: UpstreamCall): string {
  return String(params.name ?? params.uri ?? 'the call')
}
