import { ToolDockError } from '../errors/tooldock-error.ts'
import { clientCapabilitiesFor } from '../upstream/across-eras.ts'
import type { ChannelReply } from '../upstream/channel.ts'
import type { ConnectionEvent, Era } from '../upstream/mcp-connection.types.ts'
import type { PassedRequest, UpstreamClient } from '../upstream/upstream.ts'
import { createCanonicalCapabilities, RELAYED_CAPABILITIES } from './client-capabilities.ts'
import type { Sharing } from './server.types.ts'
import type { ConnectionGone, ConnectionRequest, ServerConnection, ServerProcess } from './server-connection.ts'
import { SpareProcess } from './spare-process.ts'

/** Never rejects: who cannot be asked is answered for. */
export type AskSession = (session: string, method: string, params: Readonly<Record<string, unknown>>) => Promise<ChannelReply>

export interface PoolDeps {
  readonly namespace: string
  /** HTTP: connections cost no process and are kept for each set of capabilities, whatever `sharing` says. */
  readonly isRemote: boolean
  readonly sharing: Sharing
  /** Beside the main one. */
  readonly connectionsMax: number
  readonly idleMs: number
  readonly knownEra: Era | undefined
  /** How long a connection beside the main one may take to answer. */
  readonly startMs: number
  readonly open: (request: ConnectionRequest) => Promise<ServerConnection>
  /** Starts a process ahead of the next connection; missing: none is kept ready. */
  readonly spawn?: () => ServerProcess
  readonly onEvent: (event: ConnectionEvent, connection: ServerConnection | undefined) => void
  /** Asks the client of a legacy session what its server asks outside of any call. */
  readonly askSession: AskSession
  /** A connection beside the main one is open. */
  readonly onOpened: () => void
  /** Every connection is closed. */
  readonly onClosed: () => Promise<void>
  /** The main connection ended although nobody wanted that. */
  readonly onLost: (gone: ConnectionGone) => void
}

/** A connection beside the main one. */
interface Lane {
  readonly key: string
  readonly session: string | undefined
  readonly opening: Promise<ServerConnection>
  readonly giveUp: AbortController
  connection: ServerConnection | undefined
}

interface Target {
  readonly key: string
  readonly era: Era
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly session?: string
}

/**
 * Every connection to one version of a server: the main one, which says whether the server runs and what it lists, and
 * those beside it, one for each session, set of capabilities or era that must not share it. Bounded; what is unused is closed.
 */
export class ConnectionPool {
  readonly #deps: PoolDeps
  readonly #main: ServerConnection
  readonly #mainKey: string
  readonly #lanes = new Map<string, Lane>()
  readonly #canonical = createCanonicalCapabilities()
  /** Lanes that were closed and have not ended yet. */
  readonly #closing = new Set<Promise<unknown>>()
  /** All clients are served in the era of the main connection; the others by translation. */
  #hasOneEra: boolean
  /** It is known to speak both eras: it says so, or has answered in the other. */
  #isDual: boolean
  /** Counts as one of those beside the main one. */
  readonly #spare: SpareProcess | undefined
  #isClosed = false

  /** @throws {Error} in words: why the server does not answer */
  static async open(deps: PoolDeps, signal: AbortSignal): Promise<ConnectionPool> {
    let main: ServerConnection | undefined
    main = await deps.open({
      clientCapabilities: RELAYED_CAPABILITIES,
      ...(deps.knownEra === undefined ? {} : { knownEra: deps.knownEra }),
      onEvent: (event) => deps.onEvent(event, main),
      signal,
    })
    return new ConnectionPool(deps, main)
  }

  constructor(deps: PoolDeps, main: ServerConnection) {
    this.#deps = deps
    this.#main = main
    // Whoever speaks the newest era was asked for it first; a legacy server has no other. And one process is one state:
    // with a second process for the other era, some clients would not see what others change.
    this.#hasOneEra = main.mcp.era === 'legacy' || (!deps.isRemote && deps.sharing === 'shared')
    this.#isDual = main.mcp.isDual
    this.#mainKey = this.#keyOf(main.mcp.era, RELAYED_CAPABILITIES)
    void main.gone.then((gone) => {
      if (!this.#isClosed) deps.onLost(gone)
    })
    this.#spare = deps.spawn && new SpareProcess(deps.spawn)
    this.#keepSpare()
  }

  get main(): ServerConnection {
    return this.#main
  }

  connections(): readonly ServerConnection[] {
    return [this.#main, ...[...this.#lanes.values()].flatMap(({ connection }) => connection ?? [])]
  }

  get inFlight(): number {
    let calls = this.#main.mcp.inFlight
    for (const { connection } of this.#lanes.values()) calls += connection?.mcp.inFlight ?? 0
    return calls
  }

  get parked(): number {
    let calls = this.#main.mcp.parked
    for (const { connection } of this.#lanes.values()) calls += connection?.mcp.parked ?? 0
    return calls
  }

  /** Streams that clients listen to, and resources that are watched. */
  get listening(): number {
    let streams = this.#main.mcp.listening
    for (const { connection } of this.#lanes.values()) streams += connection?.mcp.listening ?? 0
    return streams
  }

  /** When it was last used, as `performance.now()` counts. */
  get usedAt(): number {
    return Math.max(...this.connections().map(({ usedAt }) => usedAt))
  }

  holderOf(requestState: string): ServerConnection | undefined {
    if (this.#main.mcp.holds(requestState)) return this.#main
    for (const { connection } of this.#lanes.values()) if (connection?.mcp.holds(requestState)) return connection
    return undefined
  }

  /**
   * The connection a call belongs to: at once when it is open.
   * @throws {ToolDockError} `too_many_sessions`; the promise rejects with an Error in words
   */
  pick(call: PassedRequest): ServerConnection | Promise<ServerConnection> {
    const { requestState } = call.params
    if (typeof requestState === 'string') {
      const holder = this.holderOf(requestState)
      if (holder !== undefined) return holder
    }
    return this.reach(call)
  }

  /** As {@link pick}, for what is not the rest of a call. */
  reach({ clientCapabilities, era, session }: UpstreamClient): ServerConnection | Promise<ServerConnection> {
    return this.#reach(this.#targetOf(clientCapabilities, era, session))
  }

  /** The connection of a client, when it is open already. */
  opened({ clientCapabilities, era, session }: UpstreamClient): ServerConnection | undefined {
    const { key } = this.#targetOf(clientCapabilities, era, session)
    return key === this.#mainKey ? this.#main : this.#lanes.get(key)?.connection
  }

  /** Is it one that a single legacy session has for itself? */
  isOwn(connection: ServerConnection): boolean {
    return [...this.#lanes.values()].some((lane) => lane.connection === connection && lane.session !== undefined)
  }

  /** As {@link reach}, to list what a client sees. */
  reachToList({ clientCapabilities, era }: UpstreamClient): ServerConnection | Promise<ServerConnection> {
    return this.#reach(this.#targetOf(clientCapabilities, era, undefined, this.listingEra(era)))
  }

  /**
   * The era that lists are asked for in. A modern server that does not say that it is dual gets its first `initialize` with a call
   * of a legacy client: until then what it lists in its own era is shown, and a server without the other hears nothing that its
   * revision does not know.
   */
  listingEra(callerEra: Era | undefined): Era {
    return this.#isDual ? this.#eraFor(callerEra) : this.#main.mcp.era
  }

  /** Ends what was kept for one legacy session alone. */
  endSession(session: string): void {
    for (const lane of this.#lanes.values()) if (lane.session === session) this.#closeLane(lane)
  }

  /** Closes connections beside the main one that nobody uses. */
  reap(now: number): void {
    for (const lane of this.#lanes.values()) {
      const { connection, session } = lane
      if (session === undefined && connection !== undefined && isIdle(connection) && now - connection.usedAt > this.#deps.idleMs) this.#closeLane(lane)
    }
  }

  /** Resolves when no call is in flight or parked here any more; then everything is closed. */
  async drain(): Promise<void> {
    // While one ends its calls, another may get the answer that a parked one of it waits for.
    while (!this.#isClosed && this.inFlight + this.parked > 0) await Promise.all(this.connections().map(({ mcp }) => mcp.whenIdle()))
    await this.close()
  }

  /** Ends every connection; resolves when all their processes are gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const lane of this.#lanes.values()) this.#closeLane(lane)
    await Promise.all([this.#main.close(), this.#spare?.close(), ...this.#closing])
    await this.#deps.onClosed()
  }

  get #isPooledByCapabilities(): boolean {
    return this.#deps.isRemote || this.#deps.sharing === 'per-capabilities'
  }

  #keyOf(era: Era, capabilities: Readonly<Record<string, unknown>>): string {
    return this.#isPooledByCapabilities ? `${era} ${this.#canonical(capabilities)}` : era
  }

  #eraFor(callerEra: Era | undefined): Era {
    return this.#hasOneEra ? this.#main.mcp.era : (callerEra ?? this.#main.mcp.era)
  }

  #targetOf(declared: Readonly<Record<string, unknown>>, callerEra: Era | undefined, session: string | undefined, era = this.#eraFor(callerEra)): Target {
    const isExact = this.#isPooledByCapabilities || this.#deps.sharing === 'per-session'
    const capabilities = isExact ? clientCapabilitiesFor(era, callerEra, declared) : RELAYED_CAPABILITIES
    if (session !== undefined && this.#deps.sharing === 'per-session' && !this.#deps.isRemote) return { key: `session ${session}`, era, capabilities, session }
    return { key: this.#keyOf(era, capabilities), era, capabilities: this.#isPooledByCapabilities ? capabilities : RELAYED_CAPABILITIES }
  }

  #reach(target: Target): ServerConnection | Promise<ServerConnection> {
    if (target.key === this.#mainKey) return this.#main
    const lane = this.#lanes.get(target.key)
    if (lane !== undefined) return lane.connection ?? lane.opening
    return this.#openLane(target)
  }

  #openLane({ key, era, capabilities, session }: Target): Promise<ServerConnection> {
    const { namespace, connectionsMax, startMs, open, onEvent, askSession } = this.#deps
    if (this.#isClosed) throw new ToolDockError('namespace_unavailable', `"${namespace}" is being stopped or replaced: try again.`)
    if (this.#lanes.size >= connectionsMax) this.#makeRoom()
    const giveUp = new AbortController()
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      giveUp.abort(new Error(`it did not answer within ${startMs / 1000} s`))
    }, startMs)
    const spare = this.#spare?.take()
    const opening = (spare?.connect ?? open)({
      clientCapabilities: capabilities,
      preferEra: era,
      // While it opens, its lists are not known and nobody listens to it.
      onEvent: (event) => (lane.connection !== undefined || event.type === 'log') && onEvent(event, lane.connection),
      ...(session === undefined ? {} : { onQuestion: (method, params) => askSession(session, method, params) }),
      signal: giveUp.signal,
    }).finally(() => clearTimeout(timer))
    const lane: Lane = {
      key,
      session,
      giveUp,
      connection: undefined,
      opening: opening.then(
        (connection) => this.#onOpened(lane, connection, era),
        (error: unknown) => {
          this.#forget(lane)
          if (era !== this.#main.mcp.era && session === undefined && !this.#isClosed && (isLate || !giveUp.signal.aborted)) {
            // It does not take the other era: whoever speaks it is served in the one that is known to work.
            this.#hasOneEra = true
            return this.#reach(this.#targetOf(capabilities, undefined, undefined))
          }
          throw new ToolDockError('namespace_unavailable', `"${namespace}" did not open another connection: ${messageOf(error)}.`, undefined, { cause: error })
        },
      ),
    }
    // Who waits for it is told; a session may have ended meanwhile.
    lane.opening.catch(() => {})
    this.#lanes.set(key, lane)
    return lane.opening
  }

  #onOpened(lane: Lane, connection: ServerConnection, wanted: Era): ServerConnection {
    lane.connection = connection
    this.#keepSpare()
    queueMicrotask(this.#deps.onOpened)
    void connection.gone.then(() => this.#forget(lane))
    if (connection.mcp.era !== this.#main.mcp.era) this.#isDual = true
    if (connection.mcp.era === wanted || lane.session !== undefined) return connection
    // It has no other era after all: from now on its clients share what they would have shared.
    this.#hasOneEra = true
    if (this.#isPooledByCapabilities) return connection
    this.#closeLane(lane)
    return this.#main
  }

  #keepSpare(): void {
    if (!this.#isClosed && this.#lanes.size < this.#deps.connectionsMax) this.#spare?.keep()
  }

  /** At the bound the connection that was unused longest goes. @throws {ToolDockError} `too_many_sessions` when all are in use */
  #makeRoom(): void {
    let oldest: Lane | undefined
    for (const lane of this.#lanes.values()) {
      if (lane.session !== undefined || lane.connection === undefined || !isIdle(lane.connection)) continue
      if (oldest?.connection === undefined || lane.connection.usedAt < oldest.connection.usedAt) oldest = lane
    }
    if (oldest === undefined)
      throw new ToolDockError(
        'too_many_sessions',
        `"${this.#deps.namespace}" already has ${this.#deps.connectionsMax} connections for sessions or capabilities, as many as SERVER_CONNECTIONS_MAX.`,
      )
    this.#closeLane(oldest)
  }

  #closeLane(lane: Lane): void {
    this.#forget(lane)
    lane.giveUp.abort(new Error('it is no longer needed'))
    const closed = lane.opening
      .then(() => lane.connection?.close())
      .catch(() => {
        // It never opened, and whoever waited for it was told.
      })
      .finally(() => this.#closing.delete(closed))
    this.#closing.add(closed)
  }

  #forget(lane: Lane): void {
    if (this.#lanes.get(lane.key) === lane) this.#lanes.delete(lane.key)
  }
}

function isIdle({ mcp }: ServerConnection): boolean {
  return mcp.inFlight + mcp.parked + mcp.listening === 0
}

export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
}
