import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Config } from '../../config/settings.ts'
import type { AlertDelivery, AlertMessage } from './alert.types.ts'
import type { PostWebhook } from './post-webhook.ts'
import { signWebhook } from './sign-webhook.ts'

export type AlertSenderConfig = Pick<Config, 'alertQueueMax' | 'alertRetryMinutes'>

export interface AlertSenderDeps {
  readonly config: AlertSenderConfig
  readonly url: string
  readonly secret: string
  readonly post: PostWebhook['post']
  readonly log: Pick<Logger, 'info' | 'warn'>
}

interface Waiting {
  readonly id: string
  readonly body: string
  readonly giveUpAtMs: number
}

const PAUSE_MS = 1000
const PAUSE_MS_MAX = 60_000
const MINUTE_MS = 60_000

/**
 * Delivers alerts one after the other, so that an end never arrives before its begin. What cannot be delivered is tried again
 * with growing pauses until its time is over; what comes when too many wait takes the place of the oldest.
 */
export class AlertSender {
  readonly #deps: AlertSenderDeps
  readonly #queue: Waiting[] = []
  #running: Promise<void> | undefined
  #endPause: (() => void) | undefined
  #closing = false
  #delivered = 0
  #lost = 0
  #failure: { readonly since: string; readonly error: string } | undefined

  constructor(deps: AlertSenderDeps) {
    this.#deps = deps
  }

  get waiting(): number {
    return this.#queue.length
  }

  get delivered(): number {
    return this.#delivered
  }

  /** Nobody will be told of these. */
  get lost(): number {
    return this.#lost
  }

  /** Since when the receiver takes nothing, and why; undefined while it does. */
  get failure(): { readonly since: string; readonly error: string } | undefined {
    return this.#failure
  }

  /** Returns at once. */
  send(message: AlertMessage): void {
    if (this.#closing) return
    const { alertQueueMax, alertRetryMinutes } = this.#deps.config
    if (this.#queue.length >= alertQueueMax) {
      this.#queue.shift()
      this.#lose('too many wait')
    }
    this.#queue.push({ id: randomUUID(), body: JSON.stringify(message), giveUpAtMs: Date.now() + alertRetryMinutes * MINUTE_MS })
    this.#running ??= this.#run()
  }

  /** One attempt, beside the queue. */
  try(message: AlertMessage): Promise<AlertDelivery> {
    return this.#attempt({ id: randomUUID(), body: JSON.stringify(message) })
  }

  /** Gives what waits one more chance, for at most `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true
    this.#endPause?.()
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, graceMs)
    await Promise.race([this.#running, late.promise])
    clearTimeout(timer)
    this.#lost += this.#queue.length
    this.#queue.length = 0
  }

  async #run(): Promise<void> {
    let pauseMs = PAUSE_MS
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const result = await this.#attempt(next)
      this.#note(result)
      if (result.delivered) {
        pauseMs = PAUSE_MS
        this.#delivered++
        this.#remove(next)
      } else if (this.#closing) break
      else if (Date.now() >= next.giveUpAtMs) {
        this.#remove(next)
        this.#lose(result.error ?? '')
      } else {
        // Between half and the whole of it, so that gateways that lost one receiver do not come back together.
        await this.#pause(pauseMs * (0.5 + Math.random() / 2))
        pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)
      }
    }
    this.#running = undefined
  }

  #attempt({ id, body }: Pick<Waiting, 'id' | 'body'>): Promise<AlertDelivery> {
    const { url, secret, post } = this.#deps
    return post(url, signWebhook(secret, id, Math.floor(Date.now() / 1000), body), body)
  }

  /** Says once that the receiver fails, and once that it does no longer. */
  #note({ delivered, error }: AlertDelivery): void {
    if (delivered === (this.#failure === undefined)) return
    this.#failure = delivered ? undefined : { since: new Date().toISOString(), error: error ?? '' }
    if (delivered) this.#deps.log.info('the receiver of alerts takes them again')
    else this.#deps.log.warn({ reason: error, waiting: this.#queue.length }, 'alerts cannot be delivered; they are tried again')
  }

  #remove(message: Waiting): void {
    // A full queue may have dropped it meanwhile.
    if (this.#queue[0] === message) this.#queue.shift()
  }

  #lose(reason: string): void {
    this.#lost++
    this.#deps.log.warn({ reason, lost: this.#lost }, 'an alert was dropped')
  }

  #pause(ms: number): Promise<void> {
    if (this.#closing) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
