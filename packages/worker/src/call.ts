import { inspect } from 'node:util'
import type { Context, Log, LogLevel, Principal } from '../../sdk/src/context.ts'
import { InputAbandonedError } from '../../sdk/src/errors.ts'
import { type ElicitForm, type ElicitUrl, elicit, type InputRequest, listRoots, sample } from '../../sdk/src/input.ts'
import { Asks } from './asks.ts'
import { requireCapability } from './capabilities.ts'
import { type ReadAnswer, readElicited, readRoots, readSampled } from './input-answer.ts'
import { CALL_META, type CallMeta } from './protocol.ts'
import { notify, type Runtime, writeLog } from './runtime.ts'

/** `_meta` of a request, as MCP 2026-07-28 and protocol.ts define it. */
export interface RequestMeta {
  readonly [CALL_META]: CallMeta
  readonly 'io.modelcontextprotocol/clientCapabilities'?: Readonly<Record<string, unknown>>
  readonly 'io.modelcontextprotocol/logLevel'?: string
  readonly progressToken?: string | number
  readonly traceparent?: string
  readonly tracestate?: string
  readonly baggage?: string
}

export interface CallRequest {
  readonly id: number
  readonly meta: RequestMeta
  readonly inputResponses: Readonly<Record<string, unknown>> | undefined
  readonly requestState: string | undefined
}

/** What a call needs of the table of calls. */
export interface CallTable {
  /** Answers `input_required`; false when too many calls wait already. */
  park(call: Call, inputRequests: Record<string, InputRequest>): boolean
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']
const NO_CAPABILITIES = Object.freeze({})

/**
 * One call of a handler, which may outlive several requests; also the `ctx` that the handler sees. Everything a
 * handler may not use is made only when it is touched, and functions are getters so that they may be destructured.
 */
export class Call implements Context {
  readonly #runtime: Runtime
  readonly #table: CallTable
  /** What is called, e.g. `tool add`. */
  readonly target: string
  #request: CallRequest
  /** Answered, cancelled, or waiting for input: notifications have nowhere to go. */
  #open = true
  #asks: Asks | undefined
  #gathering = false
  #controller: AbortController | undefined
  #ended: Error | undefined
  #progress = Number.NEGATIVE_INFINITY

  constructor(runtime: Runtime, table: CallTable, request: CallRequest, target: string) {
    this.#runtime = runtime
    this.#table = table
    this.#request = request
    this.target = target
  }

  /** The request that this call answers next. */
  get id(): number {
    return this.#request.id
  }
  get parkMs(): number {
    return this.#request.meta[CALL_META].parkMs
  }
  get isOpen(): boolean {
    return this.#open
  }

  /** The request was answered: with a result, or by parking the call. */
  close(): void {
    this.#open = false
  }

  /** A retry brings the answers: the call goes on under its id. */
  resume(request: CallRequest): void {
    this.#request = request
    this.#open = true
    this.#progress = Number.NEGATIVE_INFINITY
    const asks = this.#asks as Asks
    void asks.answer(request.inputResponses ?? {}).then(() => {
      if (asks.waiting > 0) this.#gather()
    })
  }

  /** Nobody waits for this call any more. */
  end(reason: InputAbandonedError): void {
    this.#open = false
    this.#ended = reason
    this.#asks?.abandon(reason)
    this.#controller?.abort(reason)
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#ended) this.#controller.abort(this.#ended)
    }
    return this.#controller.signal
  }
  get env(): Readonly<Record<string, string>> {
    return this.#runtime.env
  }
  get dataDir(): string | undefined {
    return this.#runtime.dataDir
  }
  get requestId(): string {
    return this.#request.meta[CALL_META].requestId
  }
  get traceHeaders(): Readonly<Record<string, string>> {
    const { traceparent, tracestate, baggage } = this.#request.meta
    return Object.fromEntries(Object.entries({ traceparent, tracestate, baggage }).filter((member): member is [string, string] => member[1] !== undefined))
  }
  get principal(): Principal {
    return this.#request.meta[CALL_META].principal
  }
  get clientCapabilities(): Readonly<Record<string, unknown>> {
    return this.#request.meta['io.modelcontextprotocol/clientCapabilities'] ?? NO_CAPABILITIES
  }
  get inputResponses(): Readonly<Record<string, unknown>> | undefined {
    return this.#request.inputResponses
  }
  get requestState(): string | undefined {
    return this.#request.requestState
  }

  get log(): Log {
    return Object.fromEntries(LEVELS.map((level) => [level, (message: unknown) => this.#log(level, message)])) as unknown as Log
  }

  get progress(): Context['progress'] {
    return (progress, total, message) => {
      // MCP: progress must grow, and goes only to those who asked for it.
      if (!this.#open || this.#request.meta.progressToken === undefined || !(progress > this.#progress)) return
      this.#progress = progress
      notify(this.#runtime.connection, 'notifications/progress', { progressToken: this.id, progress, total, message })
    }
  }

  get elicit(): Context['elicit'] {
    return ((ask: ElicitForm | ElicitUrl) => this.#ask(() => elicit(ask), readElicited('mode' in ask ? undefined : ask), ask.key)) as Context['elicit']
  }
  get sample(): Context['sample'] {
    return ((ask) => this.#ask(() => sample(ask), readSampled, ask.key)) as Context['sample']
  }
  get listRoots(): Context['listRoots'] {
    return ((options) => this.#ask(listRoots, readRoots, options?.key)) as Context['listRoots']
  }

  get notifyResourceUpdated(): Context['notifyResourceUpdated'] {
    return (uri) => notify(this.#runtime.connection, 'notifications/resources/updated', { uri })
  }
  get notifyToolsChanged(): () => void {
    return () => notify(this.#runtime.connection, 'notifications/tools/list_changed')
  }
  get notifyPromptsChanged(): () => void {
    return () => notify(this.#runtime.connection, 'notifications/prompts/list_changed')
  }
  get notifyResourcesChanged(): () => void {
    return () => notify(this.#runtime.connection, 'notifications/resources/list_changed')
  }
  get closeStream(): () => void {
    return () => {
      if (this.#open) notify(this.#runtime.connection, 'tooldock/closeStream', { callId: this.id })
    }
  }

  async #ask(build: () => InputRequest, read: ReadAnswer, key: string | undefined): Promise<unknown> {
    if (this.#ended) throw this.#ended
    const request = build()
    requireCapability(request, this.clientCapabilities)
    this.#asks ??= new Asks(this.#request.inputResponses ?? {})
    return this.#asks.ask(request, read, key, () => this.#gather())
  }

  /** Questions asked side by side share a round: two turns of the event loop are awaited before the call is parked. */
  #gather(): void {
    if (this.#gathering) return
    this.#gathering = true
    setImmediate(() =>
      setImmediate(() => {
        this.#gathering = false
        const asks = this.#asks as Asks
        // While it is parked a further question waits for the next round.
        if (!this.#open || asks.waiting === 0) return
        if (!this.#table.park(this, asks.requests)) {
          asks.abandon(new InputAbandonedError('too_many_parked_calls', 'Too many calls of this namespace wait for input already: try again later.'))
        }
      }),
    )
  }

  #log(level: LogLevel, message: unknown): void {
    const callId = this.#open ? this.id : undefined
    const data = loggable(message)
    const wanted = LEVELS.indexOf(this.#request.meta['io.modelcontextprotocol/logLevel'] as LogLevel)
    if (callId !== undefined && wanted >= 0 && LEVELS.indexOf(level) >= wanted) {
      notify(this.#runtime.connection, 'notifications/message', { level, data, _meta: { 'io.tooldock/callId': callId } })
    }
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    writeLog(this.#runtime.connection, level, text, { callId, requestId: this.requestId })
  }
}

/** What to log of a value: itself when JSON can say it, else a description. Logging never throws. */
function loggable(message: unknown): unknown {
  if (typeof message === 'string') return message
  try {
    if (message instanceof Error || JSON.stringify(message) === undefined) return inspect(message)
    return message
  } catch {
    // A cycle, a BigInt or a throwing getter.
    return inspect(message)
  }
}
