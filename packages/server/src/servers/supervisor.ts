import type { Logger } from 'pino'
import type { IsFor } from '../catalog/snapshot.ts'
import type { Config } from '../config/settings.ts'
import type { ErrorCode } from '../errors/catalogue.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { BoundedQueue } from '../kernel/bounded-queue.ts'
import type { ConnectionEvent } from '../upstream/mcp-connection.types.ts'
import { type ConnectionPool, messageOf } from './connection-pool.ts'
import { Endings } from './endings.ts'
import { createRelister, type ListName } from './relister.ts'
import type { Installed, ServerConfig } from './server.types.ts'
import type { ConnectionGone, ServerConnection } from './server-connection.ts'
import type { Listing } from './server-listing.ts'
import { createMachine, type Effect, type Machine, type MachineEvent, type MachineRules, transition } from './server-machine.ts'
import type { ServerOutput } from './server-output.ts'
import { createServerUpstream, type ServerUpstream } from './server-upstream.ts'
import type { RunningServer, StartRequest } from './start-server.ts'
import { unavailable } from './unavailable.ts'

/** Everything that is looked after while a server runs. */
export interface Care {
  stop(): void
}

export interface SupervisorDeps {
  readonly config: Pick<
    Config,
    'restartFailuresMax' | 'restartDelayMs' | 'restartDelayMaxSeconds' | 'serverStableSeconds' | 'callConcurrencyMax' | 'callQueueMax'
  >
  /** Bounds how many servers start at once. */
  readonly starts: BoundedQueue
  readonly start: (request: StartRequest) => Promise<RunningServer>
  readonly startCare: (supervisor: Supervisor, running: RunningServer) => Care
  readonly output: ServerOutput
  /** A server answered: what it lists is to be kept and published. */
  readonly onListing: (listing: Listing, announced?: readonly ListName[]) => void
  /** `connection` undefined: the main one. Lists that depend on capabilities may have changed. */
  readonly onVariantChanged: (list: 'tools' | 'prompts' | 'resources') => void
  readonly onResourceUpdated: (uri: string, isFor: IsFor) => void
  /** What a legacy server said outside of any call, and to which sessions. */
  readonly onSaid: (method: string, params: Readonly<Record<string, unknown>>, isFor: IsFor) => void
  readonly onState: (machine: Machine) => void
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['server_blocked', 'secret_unavailable', 'namespace_unavailable'])

/** What a server is made of; changed only while none of it is on its way to run. */
export interface Version {
  readonly config: ServerConfig
  readonly installed: Installed | undefined
}

/** Does what {@link transition} decides: starts, watches, restarts and ends one server, and knows the way to it for calls. */
export class Supervisor {
  version: Version
  listing: Listing | undefined
  readonly upstream: ServerUpstream
  readonly #deps: SupervisorDeps
  readonly #endings: Endings
  readonly #relist: (running: RunningServer, list: ListName) => void
  #machine: Machine = createMachine(Date.now())
  #running: RunningServer | undefined
  #care: Care | undefined
  #attempt: AbortController | undefined
  /** Calls that wait for the start under way. */
  #up: PromiseWithResolvers<ConnectionPool> | undefined
  #retryTimer: NodeJS.Timeout | undefined
  #stableTimer: NodeJS.Timeout | undefined
  #generation = 0
  #lastExit: { readonly reason: string; readonly at: number } | undefined

  constructor(version: Version, listing: Listing | undefined, deps: SupervisorDeps) {
    this.version = version
    this.listing = listing
    this.#deps = deps
    const about = { namespace: version.config.namespace }
    this.#endings = new Endings((error) => deps.log.warn({ ...about, err: error }, 'a replaced server did not end cleanly'))
    this.#relist = createRelister({
      isCurrent: (running) => this.#running === running,
      onListing: (next, announced) => this.#setListing(next, announced),
      onFailed: (error) => deps.log.warn({ ...about, reason: messageOf(error) }, 'a server announced new lists and did not give them; the old ones are kept'),
    })
    this.upstream = createServerUpstream({
      namespace: version.config.namespace,
      current: () => this.#running?.pool,
      draining: () => this.#endings.pools(),
      whenUp: () => this.#whenUp(),
      callsMax: deps.config.callConcurrencyMax + deps.config.callQueueMax,
    })
  }

  get machine(): Machine {
    return this.#machine
  }

  get running(): RunningServer | undefined {
    return this.#running
  }

  /** Grows with every start and replacement. */
  get generation(): number {
    return this.#generation
  }

  get lastExit(): { readonly reason: string; readonly at: number } | undefined {
    return this.#lastExit
  }

  get isUp(): boolean {
    return this.#machine.state === 'running' || this.#machine.state === 'degraded'
  }

  apply(event: MachineEvent): void {
    const before = this.#machine
    const step = transition(before, event, this.#rules, Date.now())
    this.#machine = step.machine
    if (step.machine.state !== before.state) this.#onState(before)
    for (const effect of step.effects) this.#perform(effect)
  }

  /**
   * Starts a version beside the one that runs and resolves when it has answered; nobody is sent to it yet.
   * @throws {Error} in words; nothing of it is left then
   */
  async tryOut(version: Version, signal: AbortSignal): Promise<RunningServer> {
    const running = await this.#endings.track(this.#start(version, signal))
    if (!signal.aborted) return running
    await running.pool.close()
    throw signal.reason
  }

  /** Sends new calls to what was tried out; what ran before ends when its calls have. */
  swap(version: Version, next: RunningServer): void {
    const before = this.#running
    this.version = version
    this.#adopt(next)
    if (before !== undefined) this.#endings.retire(before.pool)
  }

  /** Other rules for what runs: bounds, policies, names. What needs another process is {@link swap}ped in. */
  configure(version: Version): void {
    this.version = version
    if (this.#running === undefined) return
    this.#care?.stop()
    this.#care = this.#deps.startCare(this, this.#running)
  }

  /** The same version anew, without a moment in which calls are refused. When it does not answer, what runs stays. */
  async renew(reason: string): Promise<void> {
    const { log, output } = this.#deps
    const before = this.#running
    if (before === undefined) return
    output.note(`it is replaced: ${reason}`)
    try {
      const next = await this.tryOut(this.version, this.#signal())
      if (this.#running === before) this.swap(this.version, next)
      else await next.pool.close()
    } catch (error) {
      log.warn({ namespace: this.#namespace, reason: messageOf(error) }, `"${this.#namespace}" could not be replaced (${reason}); what runs is kept`)
    }
  }

  /** Resolves when no call is left in a version before the present one. */
  drained(): Promise<void> {
    return this.#endings.drained()
  }

  /** Resolves when what was ended is gone. */
  ended(): Promise<void> {
    return this.#endings.over()
  }

  /** Ends everything; calls are refused from now on. */
  async close(): Promise<void> {
    this.apply({ type: 'stop' })
    await this.#endings.close()
  }

  get #namespace(): string {
    return this.version.config.namespace
  }

  get #rules(): MachineRules {
    const { restartFailuresMax, restartDelayMs, restartDelayMaxSeconds } = this.#deps.config
    return { restart: this.version.config.restart, failuresMax: restartFailuresMax, delayMs: restartDelayMs, delayMaxMs: restartDelayMaxSeconds * 1000 }
  }

  #perform(effect: Effect): void {
    if (effect.type === 'launch') void this.#launch()
    else if (effect.type === 'end') this.#end()
    else if (effect.type === 'retryLater') this.#retryTimer = setTimeout(() => this.apply({ type: 'retry' }), effect.afterMs).unref()
    else
      this.#deps.log.error(
        { namespace: this.#namespace, reason: this.#machine.reason, output: this.#deps.output.lastLines() },
        `"${this.#namespace}" has failed`,
      )
  }

  #onState(before: Machine): void {
    const { state, reason, failures } = this.#machine
    clearTimeout(this.#retryTimer)
    if (!this.isUp) clearTimeout(this.#stableTimer)
    if (this.isUp && before.state === 'starting')
      this.#stableTimer = setTimeout(() => this.apply({ type: 'stable' }), this.#deps.config.serverStableSeconds * 1000).unref()
    if (state !== 'starting' && this.#up !== undefined) {
      if (this.#running !== undefined && this.isUp) this.#up.resolve(this.#running.pool)
      else this.#up.reject(unavailable(this.#namespace, this.#machine))
      this.#up = undefined
    }
    if (reason !== undefined) this.#deps.output.note(`${state}: ${reason}`)
    this.#deps.log[state === 'backing_off' || state === 'degraded' ? 'warn' : 'info']({ namespace: this.#namespace, state, reason, failures }, 'server state')
    this.#deps.onState(this.#machine)
  }

  async #launch(): Promise<void> {
    const attempt = new AbortController()
    this.#attempt = attempt
    const { starts, output } = this.#deps
    try {
      const next = await starts.run(async () => {
        await this.ended()
        attempt.signal.throwIfAborted()
        output.begin()
        return this.#endings.track(this.#start(this.version, attempt.signal))
      })
      if (attempt.signal.aborted) return this.#endings.track(next.pool.close())
      this.#adopt(next)
      this.apply({ type: 'answered' })
      if (next.lost !== undefined) this.#onLost(next, next.lost)
    } catch (error) {
      if (attempt.signal.aborted) return
      const reason = messageOf(error)
      this.#lastExit = { reason, at: Date.now() }
      // What may not start, or lacks something only a person can give, does not become startable by waiting.
      this.apply({ type: 'startFailed', reason, isFinal: error instanceof ToolDockError && FINAL.has(error.code) })
    }
  }

  #start(version: Version, signal: AbortSignal): Promise<RunningServer> {
    return this.#deps.start({
      ...version,
      knownEra: version === this.version ? this.listing?.era : undefined,
      output: this.#deps.output,
      onEvent: (event, running, connection) => this.#onEvent(event, running, connection),
      onOpened: () => this.upstream.rebind(),
      onLost: (running, gone) => this.#onLost(running, gone),
      signal,
    })
  }

  #adopt(next: RunningServer): void {
    this.#running = next
    this.#generation += 1
    this.#care?.stop()
    this.#care = this.#deps.startCare(this, next)
    this.upstream.rebind()
    this.#setListing(next.listing)
  }

  #setListing(listing: Listing, announced?: readonly ListName[]): void {
    this.listing = listing
    this.#deps.onListing(listing, announced)
  }

  #onLost(running: RunningServer, gone: ConnectionGone): void {
    if (this.#running !== running) return
    this.#lastExit = { reason: gone.reason, at: Date.now() }
    const isRemote = running.pool.main.pid === undefined
    this.#drop()
    this.#endings.track(running.pool.close())
    this.apply({ type: 'ended', reason: gone.reason, isClean: gone.isClean, isRemote })
  }

  #end(): void {
    this.#attempt?.abort(new Error('it was stopped'))
    this.#attempt = undefined
    const running = this.#running
    if (running === undefined) return
    this.#drop()
    this.#endings.track(running.pool.close())
  }

  /** Nobody is sent there any more. */
  #drop(): void {
    this.#running = undefined
    this.#care?.stop()
    this.#care = undefined
  }

  /** Of the attempt under way, or of one that a stop will end. */
  #signal(): AbortSignal {
    this.#attempt ??= new AbortController()
    return this.#attempt.signal
  }

  async #whenUp(): Promise<ConnectionPool> {
    if (this.#machine.state === 'idle') this.apply({ type: 'start', by: 'call' })
    if (this.isUp && this.#running !== undefined) return this.#running.pool
    if (this.#machine.state !== 'starting') throw unavailable(this.#namespace, this.#machine)
    if (this.#up === undefined) {
      this.#up = Promise.withResolvers()
      // Those who wait may all have gone.
      this.#up.promise.catch(() => {})
    }
    return this.#up.promise
  }

  #onEvent(event: ConnectionEvent, running: RunningServer | undefined, connection: ServerConnection | undefined): void {
    if (event.type === 'log') this.#deps.output.note(`${event.level}: ${typeof event.data === 'string' ? event.data : JSON.stringify(event.data)}`)
    if (event.type === 'notification' && this.upstream.hear(event.method, event.params)) return
    // What is not adopted yet is listed when it is, and serves nobody.
    if (running === undefined || running !== this.#running) return
    const { pool } = running
    const isFor: IsFor = (client) => pool.opened(client) === connection
    // A modern server says nothing that was not asked for, and what was comes on the stream of who asked.
    const tells = connection?.mcp.era === 'legacy'
    if (event.type === 'notification') return void (tells && this.#deps.onSaid(event.method, event.params, isFor))
    if (event.type === 'log') {
      if (tells && event.params !== undefined && pool.isOwn(connection)) this.#deps.onSaid('notifications/message', event.params, isFor)
      return
    }
    if (event.type === 'resourceUpdated') return this.#deps.onResourceUpdated(event.uri, isFor)
    if (connection !== undefined && connection !== pool.main) return this.#deps.onVariantChanged(event.list)
    this.#relist(running, event.list)
  }
}
