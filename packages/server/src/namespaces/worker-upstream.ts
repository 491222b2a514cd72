import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Processes } from '../process/processes.ts'
import type { Sandbox } from '../process/sandbox.ts'
import { ConnectionError, type Outcome } from '../upstream/json-lines.ts'
import type { RunningCall, UpstreamCall, UpstreamResult } from '../upstream/upstream.ts'
import { parseParkedState, toOuterState, toToolDockError, toUpstreamResult, toWireParams } from '../upstream/worker-wire.ts'
import { ParkedCalls } from './parked-calls.ts'
import { createWorkerLife } from './worker-life.ts'
import type { WorkerProcess } from './worker-process.ts'
import type { Generation, WorkerEvent, WorkerSecrets, WorkerUpstream } from './worker-upstream.types.ts'
import { createWorkerVoice, type OutputSink } from './worker-voice.ts'

/** Granularity of all deadlines of calls: one timer for each busy namespace, none for each call. */
const SWEEP_MS = 100
/** After a call timed out: how long the worker may take to answer a ping before it counts as stuck in a loop. */
const STUCK_MS = 1000

export interface WorkerUpstreamDeps {
  readonly processes: Processes
  readonly sandbox: Sandbox
  readonly config: Pick<
    Config,
    | 'toolTimeoutSeconds'
    | 'callConcurrencyMax'
    | 'callQueueMax'
    | 'resultBytesMax'
    | 'workerMemoryMb'
    | 'workerIdleMinutes'
    | 'workerStartSeconds'
    | 'parkedCallsMax'
    | 'parkedCallMinutes'
  >
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  /** Where what the tools print goes. */
  readonly output: OutputSink
  readonly secrets: WorkerSecrets
  readonly onEvent: (event: WorkerEvent) => void
}

interface PendingCall {
  readonly call: UpstreamCall
  readonly resolve: (result: UpstreamResult) => void
  readonly reject: (error: ToolDockError) => void
  /** The tool's own timeout, or the namespace's. */
  readonly timeoutMs: number
  /** Of the queue first, then of the run. */
  deadline: number
  phase: 'queued' | 'running' | 'ended'
  /** Id on the wire while it runs. */
  id: number
}

export function createWorkerUpstream(generation: Generation, deps: WorkerUpstreamDeps): WorkerUpstream {
  const { namespace } = generation
  const limits = limitsOf(generation, deps.config)

  const queued = new Set<PendingCall>()
  const running = new Map<number, PendingCall>()
  const parked = new ParkedCalls(generation.id, limits.parkMs)

  /** When the worker must have shown a sign of life. */
  let pingDeadline = Number.POSITIVE_INFINITY
  /** A call timed out: no others are sent before the worker showed a sign of life. */
  let isSuspect = false
  let sweepTimer: NodeJS.Timeout | undefined
  let idleTimer: NodeJS.Timeout | undefined
  let lastUsed = 0
  let isDraining = false
  let isStopped = false
  /** Waiting for the end of calls or of the worker. */
  const waiters = new Set<() => void>()

  const voice = createWorkerVoice({
    namespace,
    log: deps.log,
    output: (about, stream, text) => deps.output(about, stream, deps.secrets.scrub(String(text))),
    onEvent: deps.onEvent,
    callOf: (id) => running.get(id)?.call,
  })
  const life = createWorkerLife(generation, limits, {
    ...deps,
    onNotification: voice.hear,
    onStarted() {
      armIdleTimer()
      pump()
      settle()
    },
    onStartFailed(error) {
      for (const pending of queued) fail(pending, isStopped ? shuttingDown() : error)
      settle()
    },
    onGone(reason) {
      parked.clear()
      noteSignOfLife()
      clearTimeout(idleTimer)
      for (const pending of running.values())
        fail(pending, new ToolDockError('worker_crashed', `The worker of "${namespace}" ended during the call: ${reason}.`))
      pump()
      settle()
    },
  })

  // --- From the call to the worker -------------------------------------------------------------------------------

  function call(call: UpstreamCall): RunningCall {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamResult>()
    const timeoutMs = call.timeoutMs ?? limits.timeoutMs
    const pending: PendingCall = { call, resolve, reject, timeoutMs, deadline: performance.now() + timeoutMs, phase: 'queued', id: 0 }
    const refusal = refusalOf(call)
    if (refusal !== undefined) {
      pending.phase = 'ended'
      reject(refusal)
    } else {
      queued.add(pending)
      lastUsed = performance.now()
      pump()
      armSweep()
    }
    return { result: promise, cancel: (reason) => cancel(pending, reason) }
  }

  function refusalOf({ params }: UpstreamCall): ToolDockError | undefined {
    if (isStopped) return shuttingDown()
    if (running.size + queued.size >= limits.concurrency + limits.queue)
      return new ToolDockError('too_many_calls', `"${namespace}" already runs and queues ${running.size + queued.size} calls, as many as its limits allow.`)
    if (limits.payloadBytesMax !== undefined && Buffer.byteLength(JSON.stringify(params)) > limits.payloadBytesMax)
      return new ToolDockError('payload_too_large', `The parameters are larger than the ${limits.payloadBytesMax} bytes that "${namespace}" allows.`)
    return isGone(params.requestState) ? parkedCallGone() : life.hold
  }

  /** Moves calls from the queue to the worker as far as the limits allow; starts one when there is none. */
  function pump(): void {
    if (queued.size === 0 || running.size >= limits.concurrency || isSuspect) return
    if (life.state === 'running' && life.worker !== undefined) {
      for (const pending of queued) {
        if (running.size >= limits.concurrency) return
        send(life.worker, pending)
      }
      return
    }
    const { hold } = life
    if (hold !== undefined) for (const pending of queued) fail(pending, hold)
    // Every call in the queue is told of a failed start by onStartFailed.
    else if (life.isOver) life.start().catch(() => undefined)
  }

  function send({ connection }: WorkerProcess, pending: PendingCall): void {
    const { call } = pending
    queued.delete(pending)
    if (isGone(call.params.requestState)) return fail(pending, parkedCallGone())
    const resumed = parked.take(call.params.requestState)
    pending.phase = 'running'
    pending.deadline = performance.now() + pending.timeoutMs
    pending.id = connection.request(
      call.method,
      (id) => toWireParams(call, id, limits.parkMs, resumed),
      (outcome) => onOutcome(pending, outcome),
    )
    running.set(pending.id, pending)
  }

  // --- From the worker to the caller -----------------------------------------------------------------------------

  function onOutcome(pending: PendingCall, outcome: Outcome): void {
    if (outcome instanceof ConnectionError) {
      // Why the connection closed is known when the process has been reaped: see onGone.
      if (outcome.reason === 'full')
        fail(pending, new ToolDockError('too_many_calls', `The worker of "${namespace}" does not take further calls: too much waits for it.`))
      return
    }
    life.noteAnswer()
    if (outcome instanceof Error) fail(pending, explain(toToolDockError(outcome)))
    else succeed(pending, toUpstreamResult(outcome))
  }

  /** What a folder that did not load as a whole lacks is not unknown: it is missing. */
  function explain(error: ToolDockError): ToolDockError {
    const problem = life.problems[0]
    if (problem === undefined || !/^(tool|prompt|resource)_not_found$/.test(error.code)) return error
    return new ToolDockError('namespace_unavailable', `${error.message} (${problem.file} of "${namespace}" did not load: ${problem.message})`)
  }

  function succeed(pending: PendingCall, result: UpstreamResult): void {
    if (result.kind === 'complete' || result.requestState === undefined) return end(pending, () => pending.resolve(result))
    const requestState = toOuterState(result.requestState, generation.id, life.worker?.instance ?? '')
    if (parked.size >= limits.parkedCallsMax && parseParkedState(requestState) !== undefined) {
      life.worker?.connection.notify('notifications/cancelled', { requestState: result.requestState })
      return fail(pending, new ToolDockError('too_many_parked_calls', `${parked.size} calls of "${namespace}" already wait for input.`))
    }
    const settled = parked.add(requestState)
    end(pending, () => pending.resolve({ ...result, requestState, ...(settled === undefined ? {} : { settled }) }))
  }

  function fail(pending: PendingCall, error: ToolDockError): void {
    end(pending, () => pending.reject(error))
  }

  function end(pending: PendingCall, answer: () => void): void {
    const { phase } = pending
    if (phase === 'ended') return
    pending.phase = 'ended'
    if (phase === 'queued') queued.delete(pending)
    else running.delete(pending.id)
    lastUsed = performance.now()
    answer()
    if (phase === 'running') pump()
    settle()
  }

  // --- Calls that do not end well --------------------------------------------------------------------------------

  function cancel(pending: PendingCall, reason: string): void {
    if (pending.phase === 'running') {
      tellCancelled(pending, reason)
      // Not as strict as after a timeout: another call may rightly keep the worker busy.
      expectSignOfLife(pending.timeoutMs)
    }
    fail(pending, new ToolDockError('cancelled', `The call was cancelled: ${reason}`))
  }

  function tellCancelled({ id }: PendingCall, reason: string): void {
    life.worker?.connection.forget(id)
    life.worker?.connection.notify('notifications/cancelled', { requestId: id, reason })
  }

  function timeOut(pending: PendingCall): void {
    tellCancelled(pending, 'timeout')
    isSuspect = true
    expectSignOfLife(STUCK_MS)
    fail(pending, new ToolDockError('tool_timeout', `"${nameOf(pending.call)}" did not answer within ${pending.timeoutMs / 1000} s.`))
  }

  /** A worker that is stuck in a loop does not hear that a call is cancelled: it is asked, and replaced when it stays silent. */
  function expectSignOfLife(withinMs: number): void {
    const { worker } = life
    const isAsked = pingDeadline !== Number.POSITIVE_INFINITY
    pingDeadline = Math.min(pingDeadline, performance.now() + withinMs)
    armSweep()
    if (isAsked) return
    worker?.connection.request(
      'ping',
      () => ({}),
      (outcome) => {
        if (outcome instanceof Error || worker !== life.worker) return
        noteSignOfLife()
        pump()
      },
    )
  }

  function noteSignOfLife(): void {
    pingDeadline = Number.POSITIVE_INFINITY
    isSuspect = false
  }

  function isGone(requestState: unknown): boolean {
    return parked.isGone(requestState, life.worker?.instance)
  }

  function parkedCallGone(): ToolDockError {
    return new ToolDockError('parked_call_gone', `The call of "${namespace}" that waited for this input has ended: start it again.`)
  }

  function abandon(requestState: string): void {
    if (isGone(requestState)) return
    const state = parked.take(requestState)
    if (state === undefined) return
    life.worker?.connection.notify('notifications/cancelled', { requestState: state })
    settle()
  }

  // --- Time ------------------------------------------------------------------------------------------------------

  function armSweep(): void {
    sweepTimer ??= setInterval(sweep, SWEEP_MS)
  }

  function sweep(): void {
    const now = performance.now()
    for (const pending of running.values()) {
      if (pending.deadline <= now) timeOut(pending)
    }
    // Calls that wait for a start end with it; it has its own deadline.
    if (life.state === 'running' && !isSuspect) {
      for (const pending of queued) {
        if (pending.deadline > now) continue
        fail(
          pending,
          new ToolDockError(
            'too_many_calls',
            `The call waited ${pending.timeoutMs / 1000} s for its turn: "${namespace}" runs as many calls as its limits allow.`,
          ),
        )
      }
    }
    parked.expire(now)
    if (pingDeadline <= now) {
      pingDeadline = Number.POSITIVE_INFINITY
      life.replace('a tool held it up and it did not answer any more')
    }
    if (!isIdle() || pingDeadline !== Number.POSITIVE_INFINITY) return
    clearInterval(sweepTimer)
    sweepTimer = undefined
    settle()
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
      else void life.stop()
    }
    idleTimer = setTimeout(check, limits.idleMs).unref()
  }

  // --- The end ---------------------------------------------------------------------------------------------------

  /** After each end of a call or of the worker: a drained upstream stops its worker, and those who wait are told. */
  function settle(): void {
    if (isDraining && life.state === 'running' && isIdle()) void life.stop()
    for (const check of waiters) check()
  }

  function until(condition: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const check = (): void => {
      if (!condition()) return
      waiters.delete(check)
      resolve()
    }
    waiters.add(check)
    check()
    return promise
  }

  async function load(): ReturnType<WorkerUpstream['load']> {
    if (life.state === 'stopping') await until(() => life.isOver)
    if (isStopped) throw shuttingDown()
    return life.start()
  }

  async function drain(): Promise<void> {
    isDraining = true
    settle()
    await until(() => isIdle() && life.isOver)
  }

  async function stop(graceMs: number): Promise<void> {
    isStopped = true
    const isQuiet = until(() => running.size === 0 && queued.size === 0)
    const grace = Promise.withResolvers<void>()
    const timer = setTimeout(grace.resolve, graceMs)
    await Promise.race([isQuiet, grace.promise])
    clearTimeout(timer)
    for (const pending of [...queued, ...running.values()]) fail(pending, shuttingDown())
    parked.clear()
    clearInterval(sweepTimer)
    clearTimeout(idleTimer)
    await life.close()
    settle()
  }

  return {
    generation,
    get state() {
      return life.state
    },
    get pid() {
      return life.worker?.pid
    },
    get inFlight() {
      return running.size + queued.size
    },
    get parked() {
      return parked.size
    },
    holds: (requestState) => parseParkedState(requestState) !== undefined && !isGone(requestState),
    call,
    abandon,
    load,
    rest: () => (isIdle() ? life.stop() : Promise.resolve()),
    drain,
    stop,
  }
}

/** What the manifest says of limits, else the settings. */
function limitsOf({ manifest }: Generation, config: WorkerUpstreamDeps['config']) {
  const { timeoutSeconds, concurrency, queue, memoryMb, payloadBytes, resultBytes } = manifest.limits
  return {
    timeoutMs: (timeoutSeconds ?? config.toolTimeoutSeconds) * 1000,
    concurrency: concurrency ?? config.callConcurrencyMax,
    queue: queue ?? config.callQueueMax,
    memoryMb: memoryMb ?? config.workerMemoryMb,
    /** Beside BODY_BYTES_MAX; most namespaces have none. */
    payloadBytesMax: payloadBytes,
    resultBytesMax: resultBytes ?? config.resultBytesMax,
    idleMs: manifest.keepWarm ? 0 : config.workerIdleMinutes * 60_000,
    startTimeoutMs: config.workerStartSeconds * 1000,
    parkMs: config.parkedCallMinutes * 60_000,
    parkedCallsMax: config.parkedCallsMax,
  }
}

function shuttingDown(): ToolDockError {
  return new ToolDockError('shutting_down', 'ToolDock is stopping or has replaced this version.')
}

function nameOf({ params }: UpstreamCall): string {
  return String(params.name ?? params.uri ?? 'the call')
}
