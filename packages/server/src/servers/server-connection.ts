import type { ChildExit, Processes } from '../process/processes.ts'
import type { Channel } from '../upstream/channel.ts'
import { connect } from '../upstream/connect.ts'
import type { ConnectionEvent, ConnectOptions, Era, McpConnection } from '../upstream/mcp-connection.types.ts'
import { createStdioChannel } from '../upstream/stdio-channel.ts'
import type { Launch } from './launch.ts'
import type { ServerOutput } from './server-output.ts'

/** How long the pipes may stay open after the process ended, and how long it may take to end after it closed them. */
const HALF_CLOSED_MS = 500
/** A process that never answered has nothing to finish. */
const FAILED_START_GRACE_MS = 1000

/** One way to a server: a process of its own and its pipes, or HTTP. */
export interface ServerConnection {
  readonly mcp: McpConnection
  readonly pid: number | undefined
  /** Nothing can be exchanged any more; `gone` follows. */
  readonly isClosed: boolean
  /** As `performance.now()` counts. */
  readonly openedAt: number
  usedAt: number
  /** Resolves when it is of no more use and its process was reaped. Never rejects. */
  readonly gone: Promise<ConnectionGone>
  /** Ends it at once; `reason` is what is said of it. */
  kill(reason: string): void
  /** Ends it politely; resolves when its whole process group is gone. */
  close(): Promise<void>
}

export interface ConnectionGone {
  /** In words: "it exited with code 1". */
  readonly reason: string
  /** It ended by itself, with exit code 0 and no call under way. */
  readonly isClean: boolean
}

export interface ConnectionRequest {
  readonly clientCapabilities: Readonly<Record<string, unknown>>
  readonly preferEra?: Era
  readonly knownEra?: Era
  readonly onEvent: (event: ConnectionEvent) => void
  readonly onQuestion?: ConnectOptions['onQuestion']
  /** Aborted: nobody wants it any more. Its reason is an Error for those who wait. */
  readonly signal: AbortSignal
}

export interface ConnectionDeps {
  readonly processes: Pick<Processes, 'spawn'>
  readonly output: ServerOutput
  /** Of a remote server. */
  readonly openChannel: () => Channel
  readonly messageBytesMax: number
  readonly options: Omit<ConnectOptions, 'clientCapabilities' | 'preferEra' | 'knownEra' | 'onEvent' | 'onQuestion'>
}

/** A process to which nothing was said yet. */
export interface ServerProcess {
  readonly isClosed: boolean
  /** Resolves when it was reaped. Never rejects. */
  readonly gone: Promise<ConnectionGone>
  /** Once; as {@link openConnection}. */
  connect(request: ConnectionRequest): Promise<ServerConnection>
  /** Ends it, while it is not connected. */
  stop(): Promise<void>
}

/** Starts the process when there is one and resolves when the server has answered. Rejects with an Error in words; nothing is left then. */
export async function openConnection(launch: Launch, request: ConnectionRequest, deps: ConnectionDeps): Promise<ServerConnection> {
  return launch.kind === 'remote' ? openRemote(request, deps) : spawnServer(launch, deps).connect(request)
}

async function openRemote(request: ConnectionRequest, deps: ConnectionDeps): Promise<ServerConnection> {
  const channel = deps.openChannel()
  try {
    const mcp = await untilAborted(connect(channel, connectOptions(request, deps)), request.signal)
    let killedBecause: string | undefined
    let isClosed = false
    return {
      mcp,
      pid: undefined,
      get isClosed() {
        return isClosed
      },
      openedAt: performance.now(),
      usedAt: performance.now(),
      gone: mcp.closed.then(({ message }) => {
        isClosed = true
        return { reason: killedBecause ?? message, isClean: false }
      }),
      kill(reason) {
        killedBecause ??= reason
        void mcp.close()
      },
      close: () => mcp.close(),
    }
  } catch (error) {
    await channel.close()
    throw error
  }
}

export function spawnServer(launch: Extract<Launch, { kind: 'process' }>, deps: ConnectionDeps): ServerProcess {
  const stdout = deps.output.stream()
  const stderr = deps.output.stream()
  const { command, args, env, cwd } = launch
  const child = deps.processes.spawn({
    command,
    args,
    env,
    cwd,
    stdin: 'pipe',
    protocol: false,
    stdout: 'raw',
    onOutput: (_stream, chunk) => stderr.write(chunk),
  })
  if (child.stdin === undefined || child.stdout === undefined) throw new Error('a child with pipes has them')
  const channel = createStdioChannel(child.stdin, child.stdout, {
    messageBytesMax: deps.messageBytesMax,
    onOutput: (text) => stdout.write(Buffer.from(text)),
  })
  let killedBecause: string | undefined
  let mcp: McpConnection | undefined
  const kill = (reason: string): void => {
    killedBecause ??= reason
    void child.stop(0)
  }
  let callsAtEnd = 0
  let isClosed = false
  const halfClosed = channel.closed.then(() => {
    isClosed = true
    callsAtEnd = mcp?.inFlight ?? 0
    return setTimeout(() => kill('it closed its connection'), HALF_CLOSED_MS)
  })
  const gone = child.exited.then(async (exit): Promise<ConnectionGone> => {
    const calls = mcp?.inFlight ?? 0
    // What it wrote last is still read; something it started may hold the pipe for ever.
    const timer = setTimeout(() => void channel.close(), HALF_CLOSED_MS)
    clearTimeout(await halfClosed)
    clearTimeout(timer)
    stdout.end()
    stderr.end()
    return { reason: killedBecause ?? describeExit(exit), isClean: killedBecause === undefined && exit.code === 0 && calls + callsAtEnd === 0 }
  })

  const stop = async (): Promise<void> => {
    await child.stop(FAILED_START_GRACE_MS)
    await gone
  }

  async function connectTo(request: ConnectionRequest): Promise<McpConnection> {
    const failed = gone.then(({ reason }): never => {
      throw new Error(reason)
    })
    const connecting = connect(channel, connectOptions(request, deps)).catch(async (error: unknown): Promise<never> => {
      // A connection that closes says nothing of the cause; how the process ended does.
      if (isClosed) return failed
      throw error
    })
    failed.catch(() => {})
    try {
      return await untilAborted(Promise.race([connecting, failed]), request.signal)
    } catch (error) {
      await stop()
      throw error
    }
  }

  return {
    get isClosed() {
      return isClosed
    },
    gone,
    stop,
    async connect(request) {
      const connection = await connectTo(request)
      mcp = connection
      return {
        mcp: connection,
        pid: child.pid,
        get isClosed() {
          return isClosed
        },
        openedAt: performance.now(),
        usedAt: performance.now(),
        gone,
        kill,
        async close() {
          killedBecause ??= 'it was stopped'
          await connection.close()
          await child.stop()
          await gone
        },
      }
    },
  }
}

function connectOptions({ clientCapabilities, preferEra, knownEra, onEvent, onQuestion }: ConnectionRequest, { options }: ConnectionDeps): ConnectOptions {
  return {
    ...options,
    clientCapabilities,
    onEvent,
    ...(preferEra === undefined ? {} : { preferEra }),
    ...(knownEra === undefined ? {} : { knownEra }),
    ...(onQuestion === undefined ? {} : { onQuestion }),
  }
}

/** What `promise` becomes, or the reason of the signal, whichever is first. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  promise.catch(() => {})
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function describeExit({ code, signal, error }: ChildExit): string {
  if (error !== undefined) return `it could not be started (${error.message})`
  return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`
}
