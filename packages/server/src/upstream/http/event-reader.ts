import { ChannelError } from '../channel.ts'

/** One event of a stream, after the HTML standard ("Server-sent events", event stream interpretation). */
export interface ServerEvent {
  /** `message` unless the stream names another. */
  readonly type: string
  readonly data: string
}

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const SPACE = 0x20
const BOM = Buffer.from([0xef, 0xbb, 0xbf])
/** An id is sent back as a header: a longer one, or one with other characters, makes the stream one that cannot be resumed. */
const HEADER_SAFE_ID = /^[\x20-\x7e]{1,4096}$/
/** The longest delay a timer can have. */
const RETRY_MS_MAX = 2 ** 31 - 1

/**
 * Splits the body of an event stream into events. Works on bytes: each is looked at once however the chunks fall, and only
 * whole values are decoded, so that no character is ever split.
 */
export class EventReader {
  /** Where the stream can be resumed after; undefined when the server gave no id. */
  lastEventId: string | undefined
  /** The delay before reconnecting that the server asked for, in milliseconds. */
  retryMs: number | undefined
  readonly #eventBytesMax: number
  readonly #onEvent: (event: ServerEvent) => void
  #line: Buffer[] = []
  #lineBytes = 0
  #isFirstLine = true
  #skipLf = false
  #type = ''
  #data: string[] = []
  #dataBytes = 0
  #id: string | undefined

  constructor(eventBytesMax: number, onEvent: (event: ServerEvent) => void) {
    this.#eventBytesMax = eventBytesMax
    this.#onEvent = onEvent
  }

  /** The stream goes on in another body: what was unfinished is dropped, the place and the delay are kept. */
  restart(): void {
    this.#line = []
    this.#lineBytes = 0
    this.#isFirstLine = true
    this.#skipLf = false
    this.#clearEvent()
  }

  /** @throws {ChannelError} too_large, when an event has more bytes than it may; and what `onEvent` throws. */
  read(chunk: Buffer): void {
    if (chunk.length === 0) return
    let start = this.#skipLf && chunk[0] === LF ? 1 : 0
    this.#skipLf = false
    let lf = chunk.indexOf(LF, start)
    let cr = chunk.indexOf(CR, start)
    while (lf >= 0 || cr >= 0) {
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr
      this.#endLine(chunk.subarray(start, end))
      start = end + 1
      if (end === cr) {
        if (lf === start) start++
        else if (start === chunk.length) this.#skipLf = true
      }
      if (lf >= 0 && lf < start) lf = chunk.indexOf(LF, start)
      if (cr >= 0 && cr < start) cr = chunk.indexOf(CR, start)
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
  }

  #keep(part: Buffer): void {
    this.#line.push(part)
    this.#lineBytes += part.length
    this.#checkSize(this.#lineBytes)
  }

  #checkSize(lineBytes: number): void {
    if (this.#dataBytes + lineBytes > this.#eventBytesMax)
      throw new ChannelError('too_large', `The server sent an event of more than ${this.#eventBytesMax} bytes.`)
  }

  #endLine(end: Buffer): void {
    let line = end
    if (this.#line.length > 0) {
      this.#line.push(end)
      line = Buffer.concat(this.#line)
      this.#line = []
      this.#lineBytes = 0
    }
    if (this.#isFirstLine) {
      this.#isFirstLine = false
      if (line.subarray(0, BOM.length).equals(BOM)) line = line.subarray(BOM.length)
    }
    if (line.length === 0) this.#endEvent()
    else if (line[0] !== COLON) this.#field(line)
  }

  #field(line: Buffer): void {
    this.#checkSize(line.length)
    const colon = line.indexOf(COLON)
    const name = line.toString('latin1', 0, colon < 0 ? line.length : colon)
    const value = colon < 0 ? '' : line.toString('utf8', colon + (line[colon + 1] === SPACE ? 2 : 1))
    if (name === 'data') {
      this.#data.push(value)
      this.#dataBytes += line.length
    } else if (name === 'event') this.#type = value
    else if (name === 'id') this.#id = value
    else if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Math.min(Number(value), RETRY_MS_MAX)
  }

  /** An event without data only carries an id: servers send one first, so that the stream can be resumed from its start. */
  #endEvent(): void {
    if (this.#id !== undefined) this.lastEventId = HEADER_SAFE_ID.test(this.#id) ? this.#id : undefined
    const data = this.#data.length === 1 ? (this.#data[0] as string) : this.#data.join('\n')
    const type = this.#type === '' ? 'message' : this.#type
    this.#clearEvent()
    if (data !== '') this.#onEvent({ type, data })
  }

  #clearEvent(): void {
    this.#type = ''
    this.#data = []
    this.#dataBytes = 0
    this.#id = undefined
  }
}
