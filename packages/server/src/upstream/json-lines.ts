import type { Duplex } from 'node:stream'
import { createLineReader, createLineWriter } from './line-framing.ts'

/**
 * Result texts from this length on are handed on unparsed: parsing 10 MB holds up every other call for a tenth of a
 * second. Shorter ones are parsed once, which costs about a microsecond and proves that the text is one JSON value.
 */
const PARSED_CHARS_MAX = 64 * 1024
const RESULT_PREFIX = '{"jsonrpc":"2.0","id":'
const RESULT_MEMBER = ',"result":'
const COMPLETE_PREFIX = '{"resultType":"complete"'

export type Json = Readonly<Record<string, unknown>>

/** A result as the peer wrote it. */
export interface RawResult {
  readonly text: string
  /** Absent for a large complete result, which is passed on as text. */
  readonly value: Json | undefined
}

/** A JSON-RPC error response. */
export class RpcError extends Error {
  readonly code: number
  readonly data: unknown
  constructor(code: number, message: string, data: unknown) {
    super(message)
    this.name = 'RpcError'
    this.code = code
    this.data = data
  }
}

/** The connection ended before the answer, or refuses more. */
export class ConnectionError extends Error {
  readonly reason: 'closed' | 'full'
  constructor(reason: 'closed' | 'full', message: string) {
    super(message)
    this.name = 'ConnectionError'
    this.reason = reason
  }
}

export interface JsonLinesOptions {
  /** A longer line is a violation of the protocol and closes the connection. */
  readonly lineBytesMax: number
  readonly onNotification: (method: string, params: Json) => void
  /** Called once. `violation` says what the peer did wrong; undefined when it just closed. */
  readonly onClose: (violation: string | undefined) => void
}

/** How a request ended. */
export type Outcome = RawResult | RpcError | ConnectionError

/** JSON-RPC as newline-delimited JSON over a duplex pipe: the hot path of every call. */
export interface JsonLines {
  /**
   * Sends a request and returns its id. `paramsOf` builds the parameters, which may hold that id. `done` is called
   * exactly once unless the request is forgotten, never before this returns. (A callback: a promise for each layer
   * that a call passes costs more than writing it.)
   */
  request(method: string, paramsOf: (id: number) => unknown, done: (outcome: Outcome) => void): number
  notify(method: string, params: unknown): void
  /** Nobody waits for this answer any more. */
  forget(id: number): void
  /** Requests under way end with a {@link ConnectionError}. */
  close(): void
}

export function createJsonLines(stream: Duplex, options: JsonLinesOptions): JsonLines {
  const waiting = new Map<number, (outcome: Outcome) => void>()
  let lastId = 0
  let closed = false

  const writer = createLineWriter(stream)
  const fail = (violation: string | undefined): void => {
    if (closed) return
    closed = true
    stream.destroy()
    const error = new ConnectionError('closed', violation ?? 'the connection was closed')
    const ended = [...waiting.values()]
    waiting.clear()
    for (const done of ended) done(error)
    options.onClose(violation)
  }

  function onLine(line: string): void {
    if (closed) return
    if (line.startsWith(RESULT_PREFIX)) {
      const member = line.indexOf(RESULT_MEMBER, RESULT_PREFIX.length)
      const id = member < 0 ? Number.NaN : Number(line.slice(RESULT_PREFIX.length, member))
      if (Number.isInteger(id)) return onResult(id, line.slice(member + RESULT_MEMBER.length, line.endsWith('}') ? -1 : undefined))
    }
    const message: unknown = JSON.parse(line)
    if (typeof message !== 'object' || message === null || Array.isArray(message)) throw new SyntaxError('not an object')
    onMessage(message as Json)
  }

  function onResult(id: number, text: string): void {
    // A carriage return is white space to JSON but ends a line of an event stream: such a text is written anew.
    const passOn = text.length >= PARSED_CHARS_MAX && text.startsWith(COMPLETE_PREFIX)
    const value: unknown = passOn && !text.includes('\r') ? undefined : JSON.parse(text)
    if (value !== undefined && !isObject(value)) throw new SyntaxError('a result that is not an object')
    take(id)?.({ text: text.includes('\r') ? JSON.stringify(value) : text, value })
  }

  function onMessage(message: Json): void {
    const { id, method, error } = message
    if (typeof method === 'string') {
      if (id === undefined) options.onNotification(method, isObject(message.params) ? message.params : {})
      return
    }
    if (typeof id !== 'number') throw new SyntaxError('neither a response nor a notification')
    if (isObject(error))
      take(id)?.(
        new RpcError(typeof error.code === 'number' ? error.code : -32603, typeof error.message === 'string' ? error.message : 'no message', error.data),
      )
    else if (isObject(message.result)) take(id)?.({ text: JSON.stringify(message.result), value: message.result })
    else throw new SyntaxError('a response without result and error')
  }

  /** An answer that nobody waits for (cancelled, timed out) is dropped. */
  function take(id: number): ((outcome: Outcome) => void) | undefined {
    const found = waiting.get(id)
    waiting.delete(id)
    return found
  }

  const read = createLineReader({
    onLine,
    bytesMaxOf: () => options.lineBytesMax,
    onTooLong() {
      throw new RangeError(`wrote a line of more than ${options.lineBytesMax} bytes`)
    },
  })
  stream.on('data', (chunk: Buffer) => {
    try {
      if (!closed) read(chunk)
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error))
    }
  })
  stream.on('end', () => fail(undefined))
  stream.on('close', () => fail(undefined))
  stream.on('error', () => fail(undefined))

  return {
    request(method, paramsOf, done) {
      const id = ++lastId
      const isWritten = !closed && writer.write(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${JSON.stringify(paramsOf(id))}}\n`)
      if (isWritten) waiting.set(id, done)
      else
        queueMicrotask(() =>
          done(closed ? new ConnectionError('closed', 'the connection was closed') : new ConnectionError('full', 'too much waits to be written')),
        )
      return id
    },
    notify(method, params) {
      if (!closed) writer.write(`{"jsonrpc":"2.0","method":"${method}","params":${JSON.stringify(params)}}\n`)
    },
    forget(id) {
      waiting.delete(id)
    },
    close: () => fail(undefined),
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
