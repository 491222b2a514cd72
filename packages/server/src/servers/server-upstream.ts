import { ToolDockError } from '../errors/tooldock-error.ts'
import { requestAcrossEras } from '../upstream/across-eras.ts'
import type { Json } from '../upstream/json-lines.ts'
import { TaskOwners } from '../upstream/task-owners.ts'
import type { PassedRequest, RunningCall, Upstream, UpstreamResult } from '../upstream/upstream.ts'
import { createClientWatches } from './client-watches.ts'
import type { ConnectionPool } from './connection-pool.ts'
import type { ServerConnection } from './server-connection.ts'

export interface ServerUpstreamDeps {
  readonly namespace: string
  /** The pool that takes calls now; undefined while the server does not run. */
  readonly current: () => ConnectionPool | undefined
  /** Those of earlier versions that still hold calls. */
  readonly draining: () => Iterable<ConnectionPool>
  /** Waits for a start, or begins one for a server that is idle. @throws {ToolDockError} `namespace_unavailable` in words */
  readonly whenUp: () => Promise<ConnectionPool>
  /** Calls in flight or waiting for the start; one more is refused. */
  readonly callsMax: number
}

/** The upstream of one server for as long as it is published, whatever process or connection is behind it. */
export interface ServerUpstream extends Upstream {
  /** Calls that wait for the server to start. */
  readonly waiting: number
  /** Does any client want to hear of resources? */
  readonly isWatched: boolean
  /** There are new connections: asks those of clients that watch resources for the updates. */
  rebind(): void
  /** Takes a message of an extension that belongs to no open call; false when it is about no task, and so for everyone. */
  hear(method: string, params: Json): boolean
}

export function createServerUpstream({ namespace, current, draining, whenUp, callsMax }: ServerUpstreamDeps): ServerUpstream {
  const watches = createClientWatches(current)
  const tasks = new TaskOwners()
  let waiting = 0

  function call(call: PassedRequest, send = sendAnyEra): RunningCall {
    const pool = holderPool(call.params.requestState) ?? current()
    try {
      if ((pool?.inFlight ?? 0) + waiting >= callsMax)
        throw new ToolDockError('too_many_calls', `"${namespace}" already runs ${callsMax} calls, as many as CALL_CONCURRENCY_MAX and CALL_QUEUE_MAX allow.`)
      const picked = pool?.pick(call)
      if (picked !== undefined && !(picked instanceof Promise)) return send(picked, call)
      return sendLater(picked ?? whenUp().then((up) => up.pick(call)), call, send)
    } catch (error) {
      return { result: Promise.reject(error), cancel() {} }
    }
  }

  /** What one revision defines and the other does not means nothing to a server of the other. */
  function sendSameEra(connection: ServerConnection, request: PassedRequest): RunningCall {
    if (connection.mcp.era !== request.era)
      throw new ToolDockError('method_not_found', `"${namespace}" speaks another revision of MCP, to which "${request.method}" cannot be passed on.`)
    tasks.assertOwn(request)
    return sendAnyEra(connection, request)
  }

  function sendAnyEra(connection: ServerConnection, call: PassedRequest): RunningCall {
    const running = explained(connection, requestAcrossEras(call, connection.mcp.era))
    if (!tasks.concerns(call)) return running
    return { result: running.result.then((result) => tasks.read(result, call)), cancel: (reason) => running.cancel(reason) }
  }

  function explained(connection: ServerConnection, call: PassedRequest): RunningCall {
    connection.usedAt = performance.now()
    const running = connection.mcp.call(call)
    if (connection.pid === undefined) return running
    return { result: running.result.catch((error: unknown) => explain(connection, error)), cancel: (reason) => running.cancel(reason) }
  }

  /** That a pipe was closed says less than how the process ended. */
  async function explain(connection: ServerConnection, error: unknown): Promise<never> {
    if (!(error instanceof ToolDockError) || error.code !== 'upstream_failed' || !connection.isClosed) throw error
    const { reason } = await connection.gone
    throw new ToolDockError('upstream_failed', `"${namespace}" ended during the call: ${reason}.`, error.details, { cause: error })
  }

  function sendLater(picked: Promise<ServerConnection>, call: PassedRequest, send: typeof sendAnyEra): RunningCall {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamResult>()
    let running: RunningCall | undefined
    let isCancelled = false
    waiting += 1
    picked
      .finally(() => {
        waiting -= 1
      })
      .then((connection) => {
        if (isCancelled) return
        running = send(connection, call)
        resolve(running.result)
      })
      .catch(reject)
    return {
      result: promise,
      cancel(reason) {
        isCancelled = true
        if (running !== undefined) running.cancel(reason)
        else reject(new ToolDockError('cancelled', `The call was cancelled: ${reason}`))
      },
    }
  }

  /** On the connection of the client's calls, so that what they began is known there. */
  function listen(request: PassedRequest): RunningCall {
    const own = { ...request, params: { ...request.params, notifications: tasks.ownOf(request) } }
    return call(own, (connection) => {
      if (connection.mcp.listen === undefined)
        throw new ToolDockError('method_not_found', `"${namespace}" speaks a revision of MCP that knows no "${request.method}".`)
      connection.usedAt = performance.now()
      return connection.mcp.listen(own)
    })
  }

  function holderPool(requestState: unknown): ConnectionPool | undefined {
    if (typeof requestState !== 'string') return undefined
    for (const pool of draining()) if (pool.holderOf(requestState) !== undefined) return pool
    return undefined
  }

  return {
    get waiting() {
      return waiting
    },
    get isWatched() {
      return watches.size > 0
    },
    call: (request) => call(request),
    pass: (request) => call(request, sendSameEra),
    listen,
    notify({ method, params, ...client }) {
      // A server that does not run has nothing it could be told about.
      const mcp = current()?.opened({ ...client, era: 'legacy' })?.mcp
      if (mcp?.era === 'legacy') mcp.notify?.(method, params)
    },
    hear: (method, params) => tasks.tell(method, params),
    subscribe: watches.add,
    rebind: watches.rebind,
    endSession(session) {
      current()?.endSession(session)
      for (const pool of draining()) pool.endSession(session)
    },
    abandon(requestState) {
      const pool = holderPool(requestState) ?? current()
      pool?.holderOf(requestState)?.mcp.abandon(requestState)
    },
  }
}
