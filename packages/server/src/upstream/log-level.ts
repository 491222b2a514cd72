import type { ChannelExchange } from './channel.ts'
import { severityOf } from './open-call.ts'

/**
 * The level of a legacy server, which has one for all its callers: the most verbose that any of them wanted. It is not raised
 * again; each caller gets what it asked for, because what it did not ask for is filtered.
 */
export class LogLevel {
  #level: string | undefined
  #setting: Promise<void> | undefined
  readonly #send: (level: string) => ChannelExchange

  constructor(send: (level: string) => ChannelExchange) {
    this.#send = send
  }

  /** Settled when the server logs at least this level; undefined when it does already. Never rejects: a call does not fail for its logs. */
  lowerTo(level: string): Promise<void> | undefined {
    if (this.#level !== undefined && severityOf(this.#level) <= severityOf(level)) return this.#setting
    this.#level = level
    const done = (): void => {
      if (this.#setting === setting) this.#setting = undefined
    }
    const setting: Promise<void> = this.#send(level).answer.then(done, done)
    this.#setting = setting
    return setting
  }

  /** The server has forgotten it. */
  reset(): void {
    this.#level = undefined
  }
}
