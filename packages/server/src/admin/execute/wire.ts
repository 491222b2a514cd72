import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { OwnRequest } from '../../http/tls/own-request.ts'
import { EventReader } from '../../upstream/http/event-reader.ts'
import type { ExecuteEvent, SentRequest } from './execute-events.ts'

/** Of a longer message only the beginning is told: the result itself comes whole with `finished`. */
const MESSAGE_CHARS_MAX = 65_536

export interface WireOptions {
  /** The gateway's own address, such as `http://host:port`. */
  readonly baseUrl: string
  readonly ownRequest: OwnRequest
  /** Never told to anybody. */
  readonly token: string
  readonly requestId: string
  /** Bytes of all answers together. */
  readonly bytesMax: number
  /** Ends what is under way; its reason is what requests reject with. */
  readonly signal: AbortSignal
  readonly emit: (event: ExecuteEvent) => void
  /** Milliseconds since the execution began. */
  readonly elapsedMs: () => number
}

export interface WireRequest {
  readonly method: 'POST' | 'DELETE'
  /** Of the URL, encoded. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent as JSON; missing: no body. */
  readonly body?: unknown
  /** In place of the signal of the wire: for what is to be tidied up when that is aborted. */
  readonly signal?: AbortSignal
}

export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body; empty when it was an event stream. */
  readonly text: string
  readonly firstByteMs: number
  readonly request: SentRequest
}

/** HTTP to the gateway itself; everything that crosses it is told. */
export class Wire {
  readonly #options: WireOptions
  #bytes = 0

  constructor(options: WireOptions) {
    this.#options = options
  }

  /**
   * Resolves when the answer has ended; `onEvent` gets the data of each event of a stream as it comes.
   * @throws the reason of the signal; {ToolDockError} `result_too_large`, `upstream_failed`
   */
  async send(
    { method, path, headers: own, body, signal = this.#options.signal }: WireRequest,
    onEvent: (data: string) => void = () => {},
  ): Promise<WireAnswer> {
    const { baseUrl, ownRequest, token, requestId, emit, elapsedMs } = this.#options
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = { ...own, 'x-request-id': requestId, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const shown = { ...headers, authorization: 'Bearer ***' }
    emit({ type: 'message', direction: 'sent', atMs: elapsedMs(), method, ...shortened(text), headers: shown })
    const url = `${baseUrl}${path}`
    try {
      const response = await begin(ownRequest, url, method, { ...headers, authorization: `Bearer ${token}` }, text, signal)
      const firstByteMs = elapsedMs()
      const head = { status: response.statusCode ?? 0, headers: plain(response.headers) }
      return { ...head, firstByteMs, text: await this.#read(response, head, onEvent), request: { method, url, headers: shown, body: text } }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof ToolDockError) throw error
      throw new ToolDockError('upstream_failed', `The gateway did not answer itself: ${(error as Error).message}.`, undefined, { cause: error })
    }
  }

  async #read(response: IncomingMessage, head: Pick<WireAnswer, 'status' | 'headers'>, onEvent: (data: string) => void): Promise<string> {
    const { bytesMax } = this.#options
    const isStream = head.headers['content-type']?.startsWith('text/event-stream') === true
    let first: Pick<WireAnswer, 'status' | 'headers'> | undefined = head
    const tell = (data: string): void => {
      this.#options.emit({ type: 'message', direction: 'received', atMs: this.#options.elapsedMs(), ...shortened(data), ...first })
      first = undefined
    }
    const events = new EventReader(bytesMax, ({ data }) => {
      tell(data)
      onEvent(data)
    })
    const chunks: Buffer[] = []
    for await (const chunk of response as AsyncIterable<Buffer>) {
      this.#bytes += chunk.length
      if (this.#bytes > bytesMax)
        throw new ToolDockError('result_too_large', `The call answers more than ${bytesMax} bytes, which is EXECUTION_BYTES_MAX: make it as another client.`)
      if (isStream) events.read(chunk)
      else chunks.push(chunk)
    }
    const text = Buffer.concat(chunks).toString('utf8')
    if (!isStream) tell(text)
    return text
  }
}

/** On a connection of its own: closing it is how a call is cancelled, and nothing is left behind. */
function begin(
  ownRequest: OwnRequest,
  url: string,
  method: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = ownRequest(url, { method, headers, signal })
    request.once('response', resolve)
    request.on('error', reject)
    request.end(body)
  })
}

function shortened(message: string): { readonly message: string; readonly bytes: number } {
  return { message: message.slice(0, MESSAGE_CHARS_MAX), bytes: Buffer.byteLength(message) }
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
