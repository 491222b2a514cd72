import type { Dispatcher } from 'undici'
import { ChannelError } from '../channel.ts'
import type { Deadlines } from '../deadlines.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import { isOwnFault, toChannelError } from './connection-failure.ts'
import type { Lane } from './lane.ts'
import type { Turn } from './turn.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** `call` waits for a connection; `control` is what the server itself may be waiting for; `stream` stays open. */
  readonly lane: 'call' | 'control' | 'stream'
}

export interface ResponseHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Where the answer came from, when the server redirected. */
  readonly path: string
}

/** Takes an answer. Ends with either `onEnd` or `onError`, and never after `abort`. What it throws ends the exchange. */
export interface HttpReader {
  onStart(head: ResponseHead): void
  onData(chunk: Buffer): void
  onEnd(): void
  onError(error: ChannelError): void
}

export interface HttpExchange {
  /** Nobody reads any more: the connection is closed, for one request cannot be taken back otherwise. */
  abort(): void
  /** Leaves its place to another request, while it goes on: it waits for a person now. */
  leaveLane(): void
}

export interface PoolState {
  readonly origin: string
  readonly dispatcher: Dispatcher
  readonly exchanges: Set<PooledExchange>
  readonly breaker: CircuitBreaker
  readonly lanes: Readonly<Record<HttpRequest['lane'], Lane | undefined>>
  readonly turn: Turn
  /** Answers under way that must not pause for too long. */
  readonly stalls: Deadlines<PooledExchange>
  readonly headersTimeoutMs: number
}

const REDIRECTS_MAX = 5
/** Of the bodies of redirects, which nobody reads. */
const REDIRECT_BYTES_MAX = 64 * 1024
const ENDED = new ChannelError('cancelled', 'Nobody waits for the answer.')

/** One request and its answer, redirects included: waits for its turn, then for a connection, then for the server. */
export class PooledExchange implements HttpExchange, Dispatcher.DispatchHandler {
  readonly #pool: PoolState
  readonly #request: HttpRequest
  readonly #reader: HttpReader
  readonly #start = () => this.#dispatch()
  readonly #finish = () => this.#onWhole()
  readonly #leave = () => this.leaveLane()
  #path: string
  #redirects = 0
  #redirectTo: string | undefined
  #redirectBytes = 0
  #controller: Dispatcher.DispatchController | undefined
  #isInLane = false
  /** The connection attempt counts as one for the breaker. */
  #isUndecided = false
  #isOver = false

  constructor(pool: PoolState, request: HttpRequest, reader: HttpReader) {
    this.#pool = pool
    this.#request = request
    this.#reader = reader
    this.#path = request.path
  }

  begin(): void {
    this.#pool.exchanges.add(this)
    const lane = this.#pool.lanes[this.#request.lane]
    if (lane === undefined) this.#dispatch()
    else if (!lane.enter(this.#start)) this.fail(new ChannelError('refused', `Too many requests wait for ${this.#pool.origin}.`))
  }

  abort(): void {
    if (this.#isOver) return
    this.#end()
    this.#controller?.abort(ENDED)
  }

  leaveLane(): void {
    if (!this.#isInLane) return
    this.#isInLane = false
    this.#pool.lanes[this.#request.lane]?.leave()
  }

  /** Ends it from our side. */
  fail(error: ChannelError): void {
    if (this.#isOver) return
    this.#end()
    this.#controller?.abort(error)
    queueMicrotask(() => this.#reader.onError(error))
  }

  #end(): void {
    this.#isOver = true
    this.#pool.stalls.delete(this)
    this.#pool.exchanges.delete(this)
    this.#pool.lanes[this.#request.lane]?.withdraw(this.#start)
  }

  #dispatch(): void {
    this.#isInLane = true
    const refusal = this.#pool.breaker.enter()
    if (refusal !== undefined) {
      this.#leaveSoon()
      return this.fail(new ChannelError('unreachable', `${this.#pool.origin} ${refusal}.`))
    }
    this.#isUndecided = true
    const { method, headers, body } = this.#request
    const { origin, dispatcher, headersTimeoutMs } = this.#pool
    dispatcher.dispatch({ origin, path: this.#path, method, headers, body: body ?? null, headersTimeout: headersTimeoutMs, bodyTimeout: 0 }, this)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    this.#decide('succeeded')
    if (this.#isOver) controller.abort(ENDED)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHead['headers']): void {
    if (status < 200) return
    if (!isEventStream(headers)) this.#pool.stalls.add(this)
    this.#redirectTo = this.#redirectOf(status, headers.location)
    if (this.#redirectTo === undefined) this.#reader.onStart({ status, headers, path: this.#path })
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#pool.stalls.delete(this)) this.#pool.stalls.add(this)
    if (this.#redirectTo === undefined) return this.#reader.onData(chunk)
    this.#redirectBytes += chunk.length
    if (this.#redirectBytes > REDIRECT_BYTES_MAX) throw new ChannelError('protocol_violation', `${this.#pool.origin} redirects with an endless page.`)
  }

  onResponseEnd(): void {
    this.#pool.stalls.delete(this)
    if (this.#isOver) return this.#leaveSoon()
    if (this.#redirectTo !== undefined) {
      this.#path = this.#redirectTo
      this.#redirectTo = undefined
      this.#controller = undefined
      return this.#dispatch()
    }
    this.#pool.turn.add(this.#finish)
  }

  /** A whole answer has come. */
  #onWhole(): void {
    this.#leaveSoon()
    if (this.#isOver) return
    this.#end()
    try {
      this.#reader.onEnd()
    } catch (error) {
      this.#reader.onError(toChannelError(error, this.#pool.origin, true))
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const isSent = this.#controller !== undefined
    this.#decide(isOwnFault(error) ? 'undecided' : 'failed')
    this.#leaveSoon()
    this.fail(toChannelError(error, this.#pool.origin, isSent))
  }

  /**
   * After a whole answer: one turn later, when undici has freed the connection. Whoever began earlier would open another one.
   * Never at once, so that refusals do not nest.
   */
  #leaveSoon(): void {
    this.#pool.turn.add(this.#leave)
  }

  #decide(outcome: 'succeeded' | 'failed' | 'undecided'): void {
    if (!this.#isUndecided) return
    this.#isUndecided = false
    this.#pool.breaker[outcome]()
  }

  /** Only to the same origin, whose address was checked, and only where the method stays what it is. */
  #redirectOf(status: number, location: string | string[] | undefined): string | undefined {
    const isRedirect = status === 307 || status === 308 || (this.#request.method === 'GET' && (status === 301 || status === 302 || status === 303))
    const { origin } = this.#pool
    if (!isRedirect || typeof location !== 'string' || !URL.canParse(location, origin + this.#path)) return undefined
    const target = new URL(location, origin + this.#path)
    if (target.origin !== origin)
      throw new ChannelError('refused', `${origin} redirects to ${target.origin}: another server is not followed, use its address instead.`)
    if (++this.#redirects > REDIRECTS_MAX) throw new ChannelError('protocol_violation', `${origin} redirects in a circle.`)
    return target.pathname + target.search
  }

  stall(): void {
    this.fail(new ChannelError('timed_out', `${this.#pool.origin} stopped in the middle of its answer.`))
  }
}

export function isEventStream(headers: ResponseHead['headers']): boolean {
  return mediaTypeOf(headers) === 'text/event-stream'
}

/** Lower case, without parameters; '' when there is none. */
export function mediaTypeOf(headers: ResponseHead['headers']): string {
  const value = headers['content-type']
  return (typeof value === 'string' ? value : '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
