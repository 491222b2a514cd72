import { randomBytes } from 'node:crypto'
import type { LoadParams, LoadResult } from '@tooldock/worker/protocol'
import type { ChildExit, Processes } from '../process/processes.ts'
import type { WorkerCommand } from '../process/sandbox.ts'
import { ConnectionError, createJsonLines, type Json, type JsonLines } from '../upstream/json-lines.ts'

/** How long the pipe may stay open after the process ended (something it started holds it), and the reverse. */
const HALF_CLOSED_MS = 500
/** What a line may hold beside the largest result. */
const LINE_SLACK_BYTES = 64 * 1024
/** What is kept of stderr to tell why a process could not begin. */
const FIRST_OUTPUT_CHARS_MAX = 4096
const MIB = 1024 * 1024

export interface WorkerProcessSpec {
  readonly command: WorkerCommand
  readonly load: LoadParams
  readonly startTimeoutMs: number
  readonly memoryMb: number
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
  readonly onNotification: (method: string, params: Json) => void
}

/** One worker process from its start to its end. */
export interface WorkerProcess {
  /** Random, so that no worker of another run of the gateway is taken for this one. */
  readonly instance: string
  readonly pid: number | undefined
  readonly connection: JsonLines
  /** Rejects with an Error that says why the worker did not load. */
  readonly loaded: Promise<LoadResult>
  /** Resolves, with the reason in words, when the process was reaped and everything it wrote was read. */
  readonly gone: Promise<string>
  /** Kills it; `reason` is what its callers are told. */
  kill(reason: string): void
  /** Ends it politely; resolves when its whole group is gone. */
  stop(): Promise<void>
}

export function startWorkerProcess(processes: Processes, spec: WorkerProcessSpec): WorkerProcess {
  const { command, load, memoryMb } = spec
  let firstOutput = ''
  const child = processes.spawn({
    ...command,
    stdin: 'ignore',
    protocol: true,
    onOutput(stream, chunk) {
      if (stream === 'stderr' && firstOutput.length < FIRST_OUTPUT_CHARS_MAX) firstOutput += chunk.toString().slice(0, FIRST_OUTPUT_CHARS_MAX)
      spec.onOutput(stream, chunk)
    },
  })
  if (child.protocol === undefined) throw new Error('a child with a protocol pipe has one')
  let killedBecause: string | undefined
  let fault: string | undefined
  let hasLoaded = false

  const kill = (reason: string): void => {
    killedBecause ??= reason
    void child.stop(0)
  }
  const closed = Promise.withResolvers<void>()
  const connection = createJsonLines(child.protocol, {
    lineBytesMax: load.limits.resultBytesMax + LINE_SLACK_BYTES,
    onNotification(method, params) {
      if (method === 'tooldock/fault') fault = String(params.message)
      else spec.onNotification(method, params)
    },
    onClose(violation) {
      if (violation !== undefined) kill(`it broke the protocol: ${violation}`)
      else setTimeout(() => kill('it closed its connection'), HALF_CLOSED_MS).unref()
      closed.resolve()
    },
  })
  const unwatch =
    child.pid === undefined ? () => undefined : processes.memory.watch(child.pid, memoryMb * MIB, () => kill(`it used more than its ${memoryMb} MiB of memory`))

  const gone = child.exited.then(async (exit) => {
    unwatch()
    const timer = setTimeout(() => connection.close(), HALF_CLOSED_MS)
    await closed.promise
    clearTimeout(timer)
    return killedBecause ?? fault ?? describeExit(exit, memoryMb) + describeFailedStart(hasLoaded, firstOutput)
  })

  const loaded = loadFolder(connection, spec, gone, kill)
  loaded.then(
    () => {
      hasLoaded = true
    },
    () => undefined, // Whoever started it hears of it.
  )
  return {
    instance: randomBytes(6).toString('hex'),
    pid: child.pid,
    connection,
    loaded,
    gone,
    kill,
    async stop() {
      await child.stop()
      await gone
    },
  }
}

function loadFolder(connection: JsonLines, spec: WorkerProcessSpec, gone: Promise<string>, kill: (reason: string) => void): Promise<LoadResult> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>()
  const timer = setTimeout(() => kill(`it did not load within ${spec.startTimeoutMs / 1000} s`), spec.startTimeoutMs)
  connection.request(
    'tooldock/load',
    () => spec.load,
    (outcome) => {
      // A connection that closes says nothing of the cause; how the process ended does.
      if (outcome instanceof ConnectionError) return
      if (outcome instanceof Error) reject(outcome)
      else resolve((outcome.value ?? JSON.parse(outcome.text)) as unknown as LoadResult)
    },
  )
  void gone.then((reason) => reject(new Error(reason)))
  return promise.finally(() => clearTimeout(timer))
}

/** A program that could not even begin (a folder it may not read, a broken installation) says why on stderr. */
function describeFailedStart(hasLoaded: boolean, output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const cause = hasLoaded ? undefined : (lines.find((line) => /error/i.test(line)) ?? lines.find((line) => line !== ''))
  return cause === undefined ? '' : `: ${cause}`
}

function describeExit({ code, signal, error }: ChildExit, memoryMb: number): string {
  if (error !== undefined) return `it could not be started (${error.message})`
  if (signal === 'SIGABRT' || signal === 'SIGTRAP' || signal === 'SIGILL')
    return `it was aborted with ${signal}, as when its heap grows beyond its ${memoryMb} MiB of memory`
  return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`
}
