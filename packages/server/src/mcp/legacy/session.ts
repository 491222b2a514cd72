import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { LegacyVersion } from '../../kernel/protocol-version.ts'
import { RefusedInput, type UpstreamClient } from '../../upstream/upstream.ts'
import type { EventStream } from '../event-stream.ts'
import { isObject, notificationText, type Params, type RequestId, type Response } from '../json-rpc.ts'
import { Replay } from './replay.ts'
import { parseEventId, SessionStream } from './session-stream.ts'

export interface SessionOptions {
  readonly replayEventsMax: number
  readonly replayBytesMax: number
  readonly retryMs: number
  readonly clientReplyMs: number
}

/** Streams of one session that can be resumed; older ended ones are forgotten. */
const STREAMS_KEPT_MAX = 32
/** Requests to one client that may wait for its answer at once. */
const CLIENT_REQUESTS_MAX = 100
/** Resources one session may subscribe to. */
const SUBSCRIPTIONS_MAX = 1000

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
  readonly onProgress: OnProgress | undefined
  readonly timer: NodeJS.Timeout
}

/** Told of the client's `notifications/progress` of an answer. */
export type OnProgress = (params: Params) => void

/** Where messages of one exchange go: the stream of a POST, or the one stream of HTTP+SSE. */
export interface Outlet {
  /** Can it carry messages before the answer? If not, the server asks the client nothing. */
  readonly streams: boolean
  send(text: string): void
}

/** What a legacy client and this server know of each other between `initialize` and the end of the session. */
export class Session {
  readonly id: string
  /** The namespace of the address it was opened on, '' for all: a session is valid there only. */
  readonly address: string
  readonly principal: Principal
  version: LegacyVersion
  clientCapabilities: Readonly<Record<string, unknown>> = {}
  clientInfo: Readonly<Record<string, unknown>> | undefined
  /** Least severe level sent as `notifications/message`; a client that set none receives info and above. */
  logLevel = 'info'
  lastUsedMs: number
  /** Subscribed resources, as this address names them, with what ends each upstream. */
  readonly #subscriptions = new Map<string, (() => void) | undefined>()
  /** Calls under way, by the id their client gave them. */
  readonly running = new Map<RequestId, { cancel(reason: string): void }>()
  /** HTTP+SSE only: the stream everything is sent on. */
  channel: EventStream | undefined
  readonly #options: SessionOptions
  readonly #replay: Replay
  readonly #streams = new Map<number, SessionStream>()
  readonly #standalone = new Set<SessionStream>()
  readonly #waiting = new Map<RequestId, Waiting>()
  #streamNumber = 0
  #requestNumber = 0

  constructor(id: string, address: string, principal: Principal, version: LegacyVersion, nowMs: number, options: SessionOptions) {
    this.id = id
    this.address = address
    this.principal = principal
    this.version = version
    this.lastUsedMs = nowMs
    this.#options = options
    this.#replay = new Replay(options.replayEventsMax, options.replayBytesMax)
  }

  /** A new stream that can be resumed until it is forgotten. */
  openStream(): SessionStream {
    const stream = new SessionStream(++this.#streamNumber, this.#replay, this.version === '2025-11-25', this.#options.retryMs)
    this.#streams.set(stream.number, stream)
    if (this.#streams.size > STREAMS_KEPT_MAX) {
      for (const [number, old] of this.#streams) {
        if (old.live || (!old.ended && !this.#standalone.has(old))) continue
        this.#streams.delete(number)
        this.#standalone.delete(old)
        break
      }
    }
    return stream
  }

  /** The stream of a GET: carries what belongs to no call. */
  openStandalone(): SessionStream {
    const stream = this.openStream()
    this.#standalone.add(stream)
    return stream
  }

  /** The stream an event id belongs to. Undefined: it is not one of ours, or forgotten. */
  findStream(lastEventId: string): { readonly stream: SessionStream; readonly sequence: number } | undefined {
    const parsed = parseEventId(lastEventId)
    const stream = parsed && this.#streams.get(parsed.stream)
    return stream === undefined || parsed === undefined ? undefined : { stream, sequence: parsed.sequence }
  }

  notify(method: string, params?: Params): void {
    this.tell(notificationText(method, params))
  }

  /** Sends what belongs to no call: on one stream only, the newest that is connected, else kept for the newest to resume. */
  tell(text: string): void {
    if (this.channel !== undefined) {
      this.channel.send(text)
      return
    }
    const streams = [...this.#standalone].reverse()
    const stream = streams.find((candidate) => candidate.live) ?? streams[0]
    stream?.send(text)
  }

  /** @param begin tells the upstream, and returns what ends it there */
  subscribe(uri: string, begin: () => (() => void) | undefined): void {
    if (this.#subscriptions.has(uri)) return
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX)
      throw new ToolDockError('invalid_params', `A session may subscribe to ${SUBSCRIPTIONS_MAX} resources at most.`)
    this.#subscriptions.set(uri, begin())
  }

  unsubscribe(uri: string): void {
    this.#subscriptions.get(uri)?.()
    this.#subscriptions.delete(uri)
  }

  get client(): UpstreamClient {
    return { era: 'legacy', session: this.id, clientCapabilities: this.clientCapabilities }
  }

  isSubscribed(uri: string): boolean {
    return this.#subscriptions.has(uri)
  }

  /**
   * Asks the client something and waits for its answer, no longer than CLIENT_REPLY_SECONDS.
   * @throws input_unsupported when the client refuses (with a RefusedInput as cause), does not answer, or goes away
   */
  ask(outlet: Outlet, method: string, params: Params | undefined, onProgress?: OnProgress): Promise<unknown> {
    if (this.#waiting.size >= CLIENT_REQUESTS_MAX)
      throw new ToolDockError('too_many_parked_calls', `The client has not answered ${CLIENT_REQUESTS_MAX} earlier requests.`)
    const id = `tooldock-${++this.#requestNumber}`
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new ToolDockError('input_unsupported', `The client did not answer ${method} within ${this.#options.clientReplyMs / 1000} seconds.`))
      }, this.#options.clientReplyMs)
      this.#waiting.set(id, { resolve, reject, onProgress, timer })
      // Tokens of several servers may be the same.
      const sent =
        params !== undefined && isObject(params._meta) && 'progressToken' in params._meta
          ? { ...params, _meta: { ...params._meta, progressToken: id } }
          : params
      outlet.send(JSON.stringify({ jsonrpc: '2.0', id, method, ...(sent === undefined ? {} : { params: sent }) }))
    })
  }

  /** A response of the client to one of our requests; unknown ids are ignored, as an answer may come after its time. */
  answer(response: Response): void {
    const waiting = this.#waiting.get(response.id)
    if (waiting === undefined) return
    this.#waiting.delete(response.id)
    clearTimeout(waiting.timer)
    if (response.error !== undefined)
      waiting.reject(
        new ToolDockError('input_unsupported', `The client refused the request for input: ${response.error.message}`, undefined, {
          cause: new RefusedInput(response.error),
        }),
      )
    else if (isObject(response.result)) waiting.resolve(response.result)
    else waiting.reject(new ToolDockError('input_unsupported', 'The client answered the request for input with something that is not an object.'))
  }

  /** The client's word of an answer that is to come. */
  progress({ progressToken, ...params }: Params): void {
    this.#waiting.get(progressToken as RequestId)?.onProgress?.(params)
  }

  /** Where it is asked outside of any call; undefined while it listens to no such stream. */
  get standaloneOutlet(): Outlet | undefined {
    const listens = this.channel !== undefined || [...this.#standalone].some(({ live }) => live)
    return listens ? { streams: true, send: (text) => this.tell(text) } : undefined
  }

  /** Ends the streams that no call needs. */
  endIdleStreams(): void {
    for (const stream of this.#standalone) stream.end()
    if (!this.busy) this.channel?.end()
  }

  get busy(): boolean {
    return this.running.size > 0
  }

  /** Ends streams, calls and questions. The caller forgets the session. */
  close(reason: string): void {
    for (const call of this.running.values()) call.cancel(reason)
    this.running.clear()
    for (const uri of [...this.#subscriptions.keys()]) this.unsubscribe(uri)
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(new ToolDockError('cancelled', reason))
    }
    this.#waiting.clear()
    for (const stream of this.#streams.values()) stream.end()
    this.#streams.clear()
    this.#standalone.clear()
    this.channel?.end()
  }
}
