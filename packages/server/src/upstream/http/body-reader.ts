import { ChannelError } from '../channel.ts'
import { decodeParts } from '../decode-parts.ts'
import { findMembers } from '../json-members.ts'

const LF = 0x0a

/**
 * Gathers a body that is no event stream. JSON is one message; yet some servers write several, one to a line, and keep such a
 * body open as a stream: when the first line is a whole message, each line is handed on as it ends.
 */
export class BodyReader {
  readonly #bytesMax: number
  readonly #onMessage: (text: string) => void
  #chunks: Buffer[] = []
  #bytes = 0
  /** Undefined until the first line has ended. */
  #isLines: boolean | undefined

  constructor(bytesMax: number, onMessage: (text: string) => void) {
    this.#bytesMax = bytesMax
    this.#onMessage = onMessage
  }

  /** @throws {ChannelError} too_large; and what `onMessage` throws. */
  read(chunk: Buffer): void {
    let rest = chunk
    while (this.#isLines !== false) {
      const end = rest.indexOf(LF)
      if (end < 0) break
      this.#keep(rest.subarray(0, end))
      if (!this.#endLine()) {
        this.#keep(rest.subarray(end))
        return
      }
      rest = rest.subarray(end + 1)
    }
    this.#keep(rest)
  }

  end(): void {
    const text = this.#take()
    if (text.trim() !== '') this.#onMessage(text)
  }

  /** False when what was read so far is only a part of a message. */
  #endLine(): boolean {
    const text = this.#take()
    if (text.trim() === '') return true
    this.#isLines ??= findMembers(text) !== undefined
    if (this.#isLines) this.#onMessage(text)
    else this.#keep(Buffer.from(text))
    return this.#isLines
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return
    this.#chunks.push(part)
    this.#bytes += part.length
    if (this.#bytes > this.#bytesMax) throw new ChannelError('too_large', `The server answered with more than ${this.#bytesMax} bytes.`)
  }

  #take(): string {
    const text = decodeParts(this.#chunks, this.#bytes)
    this.#chunks = []
    this.#bytes = 0
    return text
  }
}
