import type { LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici'
import { ChannelError } from '../channel.ts'
import { Deadlines } from '../deadlines.ts'
import { CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.ts'
import { Lane } from './lane.ts'
import { type HttpExchange, type HttpReader, type HttpRequest, PooledExchange, type PoolState } from './pooled-exchange.ts'
import { Turn } from './turn.ts'

export interface HttpPoolOptions {
  /** Any address of the server: the pool reaches its origin only. */
  readonly url: string
  /** Requests under way at once that wait for an answer; each has a connection. Further ones wait. */
  readonly connectionsMax: number
  /** Requests that may wait for a connection; more are refused. */
  readonly waitingMax: number
  readonly connectTimeoutMs: number
  /**
   * From the request to the head of its answer. Many servers send the head together with the answer, so this must be longer
   * than a call may take.
   */
  readonly headersTimeoutMs: number
  /** Longest pause within a body. Event streams may pause for ever: TCP keep-alive finds out when their server is gone. */
  readonly bodyIdleMs: number
  readonly breaker: CircuitBreakerOptions
  /** See {@link proxyFor}. */
  readonly proxy?: string | undefined
  /** Resolves and judges the server's name at each connection. Through a proxy it is the proxy that resolves. */
  readonly lookup?: LookupFunction
}

/** The connections to one server, shared by its channels. */
export interface HttpPool {
  readonly origin: string
  /** Nothing of `reader` is called before this returns. */
  send(request: HttpRequest, reader: HttpReader): HttpExchange
  /** Ends what is under way with `closed`; resolves when every connection is closed. */
  close(): Promise<void>
}

/**
 * What the server waits for from us (answers to its questions, notifications) never waits behind calls, which may be waiting
 * for just that.
 */
const CONTROL_CONNECTIONS_MAX = 4

export async function createHttpPool(options: HttpPoolOptions): Promise<HttpPool> {
  const origin = new URL(options.url).origin
  const dispatcher = await createDispatcher(origin, options)
  const exchanges = new Set<PooledExchange>()
  const pool: PoolState = {
    origin,
    dispatcher,
    exchanges,
    breaker: new CircuitBreaker(options.breaker),
    lanes: {
      call: new Lane(options.connectionsMax, options.waitingMax),
      control: new Lane(CONTROL_CONNECTIONS_MAX, options.waitingMax),
      stream: undefined, // one of each channel, and those of clients, which are bounded in front
    },
    turn: new Turn(),
    stalls: new Deadlines(options.bodyIdleMs, (exchange) => exchange.stall()),
    headersTimeoutMs: options.headersTimeoutMs,
  }
  let closing: Promise<void> | undefined
  return {
    origin,
    send(request, reader) {
      const exchange = new PooledExchange(pool, request, reader)
      if (closing === undefined) exchange.begin()
      else exchange.fail(new ChannelError('closed', 'The connection was closed.'))
      return exchange
    },
    close() {
      closing ??= dispatcher.destroy()
      for (const exchange of exchanges) exchange.fail(new ChannelError('closed', 'The connection was closed.'))
      pool.stalls.clear()
      return closing
    },
  }
}

/** Loaded by the first remote server: it takes 26 MB and 0.2 s that a gateway without one does not pay. */
async function createDispatcher(origin: string, { connectTimeoutMs, proxy, lookup }: HttpPoolOptions): Promise<Dispatcher> {
  const { Pool, ProxyAgent } = await import('undici')
  // One request to a connection, so that ending one never touches another: no HTTP/2, no pipelining. Lanes bound the number.
  const shared = { allowH2: false, pipelining: 1, bodyTimeout: 0 }
  if (proxy !== undefined)
    return new ProxyAgent({
      ...shared,
      uri: proxy,
      connectTimeout: connectTimeoutMs,
      // The way through the proxy is a part of connecting.
      clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectTimeoutMs }),
    })
  return new Pool(origin, { ...shared, connect: { timeout: connectTimeoutMs, ...(lookup === undefined ? {} : { lookup }) } })
}
