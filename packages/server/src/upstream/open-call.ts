import { ToolDockError } from '../errors/tooldock-error.ts'
import { LOG_LEVELS } from '../kernel/protocol-version.ts'
import type { ChannelExchange } from './channel.ts'
import type { Json } from './json-lines.ts'
import type { PassedRequest, UpstreamResult } from './upstream.ts'

/** A call under way in a server: who waits for it, and the exchange that carries it. */
export class OpenCall {
  /** Stands for the caller's progress token on the wire. */
  readonly token: number
  /** Of the latest round: a retry brings a caller's stream and level of its own. */
  call: PassedRequest
  /** Undefined until it is sent. */
  exchange: ChannelExchange | undefined
  /** Has the caller been told how this round ended? */
  isSettled = false
  #waiter = Promise.withResolvers<UpstreamResult>()

  constructor(token: number, call: PassedRequest) {
    this.token = token
    this.call = call
  }

  get result(): Promise<UpstreamResult> {
    return this.#waiter.promise
  }

  /** The caller is back with input: the call goes on for it. */
  resume(call: PassedRequest): void {
    this.call = call
    this.isSettled = false
    this.#waiter = Promise.withResolvers<UpstreamResult>()
  }

  resolve(result: UpstreamResult): void {
    this.isSettled = true
    this.#waiter.resolve(result)
  }

  reject(error: Error): void {
    this.isSettled = true
    this.#waiter.reject(error)
  }

  /** Is its caller there to be told something? */
  get canHear(): boolean {
    return !this.isSettled
  }

  hear(method: string, params: Json): void {
    if (this.canHear) this.call.onNotification?.(method, { ...params })
  }

  /** Does the caller want to read logs of this level? Levels nobody knows are passed on. */
  wantsLog(level: unknown): boolean {
    const { logLevel, onNotification } = this.call
    return logLevel !== undefined && onNotification !== undefined && severityOf(level) >= severityOf(logLevel)
  }
}

/** 0 is the least severe; what is no level is the most severe. */
export function severityOf(level: unknown): number {
  const severity = (LOG_LEVELS as readonly unknown[]).indexOf(level)
  return severity < 0 ? LOG_LEVELS.length : severity
}

export function timedOut(call: PassedRequest, timeoutMs: number): ToolDockError {
  return new ToolDockError('tool_timeout', `"${nameOf(call)}" did not answer within ${timeoutMs / 1000} s.`)
}

export function nameOf({ method, params }: PassedRequest): string {
  return String(params.name ?? params.uri ?? method)
}
