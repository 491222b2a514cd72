import type { EventStream } from '../event-stream.ts'
import type { Replay } from './replay.ts'

/**
 * One stream of a session as its client thinks of it: it outlives the HTTP connection that carries it, so that a client
 * which lost the connection goes on where it was. Event ids are `{stream}-{sequence}`.
 */
export class SessionStream {
  readonly number: number
  readonly #replay: Replay
  readonly #primes: boolean
  readonly #retryMs: number
  #sequence = 0
  #carrier: EventStream | undefined
  #ended = false

  constructor(number: number, replay: Replay, primes: boolean, retryMs: number) {
    this.number = number
    this.#replay = replay
    this.#primes = primes
    this.#retryMs = retryMs
  }

  get live(): boolean {
    return this.#carrier?.open === true
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Carries the stream from now on; `afterSequence` says what the client has already seen. */
  attach(carrier: EventStream, afterSequence?: number): void {
    this.#carrier?.end()
    this.#carrier = carrier
    // Clients of revisions before 2025-11-25 take an event without data for a broken message.
    if (this.#primes) carrier.prime(`${this.number}-${afterSequence ?? this.#sequence}`, this.#retryMs)
    if (afterSequence !== undefined) for (const { id, data } of this.#replay.after(this.number, afterSequence)) carrier.send(data, id)
    if (this.#ended) carrier.end()
  }

  send(data: string): void {
    this.#sequence++
    const id = `${this.number}-${this.#sequence}`
    this.#replay.add(id, this.number, data)
    this.#carrier?.send(data, id)
  }

  /** Nothing more will be sent; what was can still be fetched. */
  end(): void {
    this.#ended = true
    this.#carrier?.end()
  }

  /** Closes the connection but not the stream: the client is expected to come back for the rest. */
  pause(): void {
    this.#carrier?.end()
    this.#carrier = undefined
  }
}

/** Reads an event id of ours. */
export function parseEventId(id: string): { readonly stream: number; readonly sequence: number } | undefined {
  const match = /^(\d{1,9})-(\d{1,9})$/.exec(id)
  return match === null ? undefined : { stream: Number(match[1]), sequence: Number(match[2]) }
}
