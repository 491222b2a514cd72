interface Kept {
  readonly id: string
  readonly stream: number
  readonly data: string
}

/**
 * The last events of one session, for clients that come back with `Last-Event-ID` (2025-11-25, basic/transports
 * "Resumability and Redelivery"). Bounded in number and bytes: the oldest events are forgotten.
 */
export class Replay {
  readonly #eventsMax: number
  readonly #bytesMax: number
  #kept: Kept[] = []
  #bytes = 0

  constructor(eventsMax: number, bytesMax: number) {
    this.#eventsMax = eventsMax
    this.#bytesMax = bytesMax
  }

  add(id: string, stream: number, data: string): void {
    this.#kept.push({ id, stream, data })
    this.#bytes += data.length
    let drop = 0
    while (drop < this.#kept.length && (this.#kept.length - drop > this.#eventsMax || this.#bytes > this.#bytesMax))
      this.#bytes -= this.#kept[drop++]?.data.length ?? 0
    if (drop > 0) this.#kept = this.#kept.slice(drop)
  }

  /** The events of one stream after `sequence`, oldest first. */
  after(stream: number, sequence: number): readonly { readonly id: string; readonly data: string }[] {
    return this.#kept.filter((event) => event.stream === stream && sequenceOf(event.id) > sequence)
  }
}

const sequenceOf = (id: string): number => Number(id.split('-')[1])
