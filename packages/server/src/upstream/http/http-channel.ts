import {
  type Channel,
  type ChannelAnswer,
  type ChannelEnd,
  ChannelError,
  type ChannelExchange,
  type ChannelMessage,
  type ChannelReply,
  type ChannelRequest,
} from '../channel.ts'
import type { HttpPool } from './http-pool.ts'
import { SseWire } from './sse-wire.ts'
import { StreamableWire } from './streamable-wire.ts'
import type { Outgoing, Wire } from './wire.types.ts'

export interface HttpChannelOptions {
  /** http or https, of the pool's origin; checked by its owner. */
  readonly url: string
  /** Of the user, secrets filled in. Those that belong to HTTP or MCP are left out. */
  readonly headers: Readonly<Record<string, string>>
  /** `auto`: Streamable HTTP, and HTTP+SSE of 2024-11-05 where a server knows nothing else. */
  readonly transport: 'auto' | 'streamable-http' | 'sse'
  /** A longer answer or event ends its request with `too_large`. */
  readonly messageBytesMax: number
  /** HTTP+SSE: how long the server may take to say where messages are posted. */
  readonly openTimeoutMs: number
  /** Longest pause between attempts to open the stream of {@link Channel.listen} again. */
  readonly reconnectMsMax: number
}

export interface HttpChannelDeps {
  /** Shared by all channels to one server; closed by its owner, after them. */
  readonly pool: HttpPool
}

/** Headers that are ours to set, or whose meaning ends at this connection. */
const OWN_HEADERS =
  /^(accept|accept-encoding|connection|content-length|content-type|expect|keep-alive|last-event-id|mcp-.*|te|trailer|transfer-encoding|upgrade|proxy-.*)$/

/** The statuses with which servers that know HTTP+SSE only answer a POST (2025-03-26 and later, "Backwards Compatibility"). */
const OLD_SERVER_STATUSES: ReadonlySet<number | undefined> = new Set([400, 404, 405])

/** A channel to a remote server, over Streamable HTTP or HTTP+SSE. Opens nothing before its first message. */
export function createHttpChannel(options: HttpChannelOptions, { pool }: HttpChannelDeps): Channel {
  return new HttpChannel(options, pool)
}

class HttpChannel implements Channel {
  readonly kind = 'http'
  readonly closed: Promise<ChannelEnd>
  readonly #options: HttpChannelOptions
  readonly #pool: HttpPool
  readonly #end: (end: ChannelEnd) => void
  readonly #exchanges = new Set<Exchange>()
  #wire: Wire | undefined
  #opening: Promise<Wire> | undefined
  /** Which transport the server speaks is known. */
  #isDecided: boolean
  #lastId = 0
  #isClosed = false
  #closing: Promise<void> | undefined
  #onMessage: (message: ChannelMessage) => void = () => {}

  constructor(options: HttpChannelOptions, pool: HttpPool) {
    const headers = ownHeadersRemoved(options.headers)
    this.#options = { ...options, headers }
    this.#pool = pool
    this.#isDecided = options.transport !== 'auto'
    const closed = Promise.withResolvers<ChannelEnd>()
    this.closed = closed.promise
    this.#end = closed.resolve
    if (options.transport !== 'sse') this.#wire = new StreamableWire(pool, { ...this.#options, onMessage: (message) => this.#onMessage(message) })
  }

  receive(onMessage: (message: ChannelMessage) => void): void {
    this.#onMessage = onMessage
  }

  useVersion(version: string | undefined): void {
    this.#wire?.useVersion(version)
  }

  request({ method, params, headers, onMessage }: ChannelRequest): ChannelExchange {
    const id = ++this.#lastId
    const body = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`
    const exchange = new Exchange(id, (ended) => this.#exchanges.delete(ended))
    this.#exchanges.add(exchange)
    const outgoing: Outgoing = {
      id,
      method,
      body,
      headers,
      onMessage: (message) => (onMessage ?? this.#onMessage)(message),
      settle: (outcome) => this.#settle(exchange, outgoing, outcome),
    }
    this.#send(exchange, outgoing)
    return exchange
  }

  async notify(method: string, params?: Readonly<Record<string, unknown>>): Promise<void> {
    await (await this.#ready()).post(JSON.stringify(params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params }))
  }

  async respond(id: string | number, answer: ChannelReply): Promise<void> {
    await (await this.#ready()).post(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
  }

  listen(): void {
    if (!this.#isClosed) this.#wire?.listen()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #send(exchange: Exchange, outgoing: Outgoing): void {
    if (this.#isClosed) return exchange.end(new ChannelError('closed', 'The connection was closed.'))
    if (this.#wire !== undefined) return exchange.carriedBy(this.#wire, outgoing)
    this.#open().then(
      (wire) => exchange.carriedBy(wire, outgoing),
      (error: ChannelError) => exchange.end(error),
    )
  }

  #settle(exchange: Exchange, outgoing: Outgoing, outcome: ChannelAnswer | ChannelError): void {
    const isRefusal = outcome instanceof ChannelError && outcome.code === 'http_status' && OLD_SERVER_STATUSES.has(outcome.status)
    if (this.#isDecided || !isRefusal) {
      this.#isDecided ||= !(outcome instanceof ChannelError)
      return exchange.end(outcome)
    }
    this.#open().then(
      (wire) => exchange.carriedBy(wire, outgoing),
      () => exchange.end(outcome), // no old server either: what it said first is the better explanation
    )
  }

  async #ready(): Promise<Wire> {
    if (this.#isClosed) throw new ChannelError('closed', 'The connection was closed.')
    return this.#wire ?? this.#open()
  }

  /** Goes over to HTTP+SSE, once for all requests that find out that they need it. */
  #open(): Promise<Wire> {
    this.#opening ??= this.#openSse()
    return this.#opening
  }

  async #openSse(): Promise<Wire> {
    try {
      const wire = await SseWire.open(this.#pool, { ...this.#options, onMessage: (message) => this.#onMessage(message) })
      if (this.#isClosed) {
        await wire.close()
        throw new ChannelError('closed', 'The connection was closed.')
      }
      this.#isDecided = true
      this.#wire = wire
      void wire.ended.then((end) => this.#onEnded(end))
      return wire
    } catch (error) {
      this.#opening = undefined // another attempt may find the server there
      throw error
    }
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    const error = new ChannelError('closed', 'The connection was closed.')
    for (const exchange of this.#exchanges) exchange.end(error)
    // A wire that is still opening is closed when it has.
    await this.#wire?.close()
    this.#end({ code: 'closed', message: error.message })
  }

  #onEnded(end: ChannelEnd): void {
    this.#isClosed = true
    for (const exchange of this.#exchanges) exchange.end(new ChannelError(end.code, end.message))
    this.#end(end)
  }
}

/** One request as its owner holds it. */
class Exchange implements ChannelExchange {
  readonly id: number
  readonly answer: Promise<ChannelAnswer>
  readonly #resolve: (answer: ChannelAnswer) => void
  readonly #reject: (error: ChannelError) => void
  readonly #onEnd: (exchange: Exchange) => void
  #abandon: (() => void) | undefined
  #isOver = false

  constructor(id: number, onEnd: (exchange: Exchange) => void) {
    this.id = id
    this.#onEnd = onEnd
    const { promise, resolve, reject } = Promise.withResolvers<ChannelAnswer>()
    this.answer = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  carriedBy(wire: Wire, outgoing: Outgoing): void {
    if (!this.#isOver) this.#abandon = wire.send(outgoing)
  }

  cancel(): void {
    this.end(new ChannelError('cancelled', 'The request was cancelled.'))
  }

  end(outcome: ChannelAnswer | ChannelError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onEnd(this)
    if (outcome instanceof ChannelError) {
      this.#abandon?.()
      this.#reject(outcome)
    } else this.#resolve(outcome)
  }
}

function ownHeadersRemoved(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return Object.fromEntries(kept.filter(([name]) => !OWN_HEADERS.test(name)))
}
