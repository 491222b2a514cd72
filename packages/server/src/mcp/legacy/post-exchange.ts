import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accepted } from '../accept.ts'
import type { EventStream } from '../event-stream.ts'
import { toBody } from '../json-rpc.ts'
import type { StreamSlots } from '../stream-slots.ts'
import type { Outlet, Session } from './session.ts'
import type { SessionStream } from './session-stream.ts'

/**
 * One POST of a legacy client and what is answered to it: one plain JSON body, unless something must be said before the
 * answer; then an event stream, which a client with a session can resume.
 */
export class PostExchange implements Outlet {
  readonly streams: boolean
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #session: Session | undefined
  readonly #slots: StreamSlots
  readonly #batch: boolean
  readonly #eventsOnly: boolean
  readonly #answers: string[] = []
  #open: number
  #stream: SessionStream | EventStream | undefined

  /** @param requests how many answers are to come */
  constructor(
    request: FastifyRequest,
    reply: FastifyReply,
    accepted: Accepted,
    session: Session | undefined,
    slots: StreamSlots,
    requests: number,
    batch: boolean,
  ) {
    this.#request = request
    this.#reply = reply
    this.#session = session
    this.#slots = slots
    this.#open = requests
    this.#batch = batch
    this.streams = accepted.events
    this.#eventsOnly = !accepted.json
  }

  /** A message before the answer. */
  send(text: string): void {
    this.#stream ??= this.#openStream()
    this.#stream.send(text)
  }

  /** Closes the connection while the call goes on; the client fetches the rest with Last-Event-ID (2025-11-25). */
  pause(): void {
    if (this.#session === undefined || !this.streams) return
    this.#stream ??= this.#openStream()
    if ('pause' in this.#stream) this.#stream.pause()
  }

  /** One answer; undefined when the request was cancelled, which has none. The last one ends the exchange. */
  answer(text: string | undefined): void {
    this.#open--
    if (this.#stream === undefined && this.#eventsOnly) this.#stream = this.#openStream()
    if (text !== undefined) {
      if (this.#stream === undefined) this.#answers.push(text)
      else this.#stream.send(text)
    }
    if (this.#open > 0) return
    if (this.#stream !== undefined) this.#stream.end()
    else if (this.#answers.length === 0) this.#reply.code(202).send()
    else this.#reply.type('application/json').send(toBody(this.#batch ? [`[${this.#answers.join(',')}]`] : this.#answers))
  }

  #openStream(): SessionStream | EventStream {
    const headers = this.#reply.getHeaders() as Record<string, string>
    const carrier = this.#slots.open(this.#request, this.#reply.raw, { ...headers, 'x-request-id': this.#request.requestId }, () => {})
    this.#reply.hijack()
    const stream = this.#session?.openStream()
    stream?.attach(carrier)
    for (const text of this.#answers) (stream ?? carrier).send(text)
    return stream ?? carrier
  }
}
