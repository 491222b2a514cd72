import type { Channel } from '../upstream/channel.ts'
import type { ConnectionEvent, ConnectOptions } from '../upstream/mcp-connection.types.ts'
import { type AskSession, ConnectionPool, type PoolDeps } from './connection-pool.ts'
import { type LaunchDeps, prepareLaunch } from './launch.ts'
import { createRemoteChannels, type RemoteChannelsConfig } from './remote-channels.ts'
import type { Installed, ServerConfig } from './server.types.ts'
import { type ConnectionDeps, type ConnectionGone, openConnection, type ServerConnection, spawnServer, untilAborted } from './server-connection.ts'
import { type Listing, listingOf } from './server-listing.ts'
import type { ServerOutput } from './server-output.ts'

/** One version of a server that answered, with everything it listed. */
export interface RunningServer {
  readonly pool: ConnectionPool
  readonly listing: Listing
  /** The main connection has ended: nobody has looked yet. */
  lost: ConnectionGone | undefined
}

export interface StartDeps extends Pick<ConnectionDeps, 'processes' | 'messageBytesMax'> {
  readonly launch: LaunchDeps
  readonly remote: RemoteChannelsConfig
  readonly clientInfo: ConnectOptions['clientInfo']
  readonly askSession: AskSession
  readonly limits: {
    readonly startMs: number
    readonly callTimeoutMs: number
    readonly parkMs: number
    readonly parkedCallsMax: number
    readonly listEntriesMax: number
    readonly connectionsMax: number
    readonly connectionIdleMs: number
  }
}

export interface StartRequest {
  readonly config: ServerConfig
  readonly installed: Installed | undefined
  /** Of the same version of the server. */
  readonly knownEra: PoolDeps['knownEra']
  readonly output: ServerOutput
  readonly onEvent: (event: ConnectionEvent, running: RunningServer | undefined, connection: ServerConnection | undefined) => void
  /** A connection beside the main one is open. */
  readonly onOpened: () => void
  readonly onLost: (running: RunningServer, gone: ConnectionGone) => void
  readonly signal: AbortSignal
}

/**
 * Starts a server and resolves when it has answered the handshake and all lists, within the startup bound. Rejects with an
 * Error in words, or a ToolDockError when it may not start; nothing of it is left then.
 */
export async function startServer(request: StartRequest, deps: StartDeps): Promise<RunningServer> {
  const { config, installed, output, knownEra } = request
  const { limits } = deps
  const launch = await prepareLaunch(config, installed, deps.launch)
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error(`it did not answer within ${limits.startMs / 1000} s (FASTMCP_STARTUP_TIMEOUT)`)), limits.startMs)
  const signal = AbortSignal.any([request.signal, late.signal])
  let pool: ConnectionPool | undefined
  const options = {
    clientInfo: deps.clientInfo,
    deadlineMs: limits.startMs,
    callTimeoutMs: config.timeoutSeconds === undefined ? limits.callTimeoutMs : config.timeoutSeconds * 1000,
    parkMs: limits.parkMs,
    parkedCallsMax: limits.parkedCallsMax,
    parkedTogether: () => pool?.parked ?? 0,
    listEntriesMax: limits.listEntriesMax,
  }
  const remote = launch.kind === 'remote' ? await createRemoteChannels(launch, { ...options, messageBytesMax: deps.messageBytesMax }, deps.remote) : undefined
  const openChannel = (): Channel => {
    if (remote === undefined) throw new Error('a process has no channel over HTTP')
    return remote.open()
  }
  const connecting = { ...deps, output, options, openChannel }
  let running: RunningServer | undefined
  let lost: ConnectionGone | undefined
  try {
    pool = await ConnectionPool.open(
      {
        namespace: config.namespace,
        isRemote: launch.kind === 'remote',
        sharing: config.sharing,
        connectionsMax: limits.connectionsMax,
        idleMs: limits.connectionIdleMs,
        knownEra,
        startMs: limits.startMs,
        open: (wanted) => openConnection(launch, wanted, connecting),
        ...(launch.kind === 'process' && config.sharing === 'per-capabilities' ? { spawn: () => spawnServer(launch, connecting) } : {}),
        askSession: deps.askSession,
        onOpened: request.onOpened,
        onClosed: async () => remote?.close(),
        onEvent: (event, connection) => request.onEvent(event, running, connection),
        onLost(gone) {
          lost = gone
          if (running === undefined) return
          running.lost = gone
          request.onLost(running, gone)
        },
      },
      signal,
    )
    const { mcp } = pool.main
    const catalogue = await untilAborted(mcp.list(), signal)
    running = { pool, listing: listingOf(mcp, catalogue), lost }
    return running
  } catch (error) {
    await (pool === undefined ? remote?.close() : pool.close())
    // A list that fails because the server has ended says less than how it ended.
    throw lost === undefined || signal.aborted ? error : new Error(lost.reason)
  } finally {
    clearTimeout(timer)
  }
}
