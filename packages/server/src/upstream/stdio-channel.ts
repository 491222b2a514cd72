import type { Readable, Writable } from 'node:stream'
import { type Channel, type ChannelAnswer, type ChannelEnd, ChannelError, type ChannelExchange, type ChannelMessage, type ChannelRequest } from './channel.ts'
import { createLineReader, createLineWriter } from './line-framing.ts'
import { answerIdAt, readMessage, type WireMessage } from './wire-message.ts'

/** What does not begin like a message is output, and handed on in pieces of this size when it has no line ends. */
const OUTPUT_LINE_BYTES_MAX = 64 * 1024

export interface StdioChannelOptions {
  /** A longer message is thrown away; when it is an answer, its request ends with `too_large`. */
  readonly messageBytesMax: number
  /** Takes what is on stdout and is no message. Must not throw. */
  readonly onOutput: (text: string) => void
}

/**
 * A channel over the pipes of a child process: one JSON-RPC message to a line (2026-07-28, basic/transports/stdio, and the
 * earlier revisions). Closing it closes the child's stdin and ends every exchange; the process is its owner's to end.
 */
export function createStdioChannel(stdin: Writable, stdout: Readable, options: StdioChannelOptions): Channel {
  const waiting = new Map<number, PromiseWithResolvers<ChannelAnswer>>()
  const closed = Promise.withResolvers<ChannelEnd>()
  const writer = createLineWriter(stdin)
  let onMessage: (message: ChannelMessage) => void = () => {}
  let end: ChannelEnd | undefined
  let lastId = 0

  function finish(message: string): void {
    if (end !== undefined) return
    end = { code: 'closed', message }
    const error = new ChannelError('closed', message)
    const ended = [...waiting.values()]
    waiting.clear()
    for (const { reject } of ended) reject(error)
    stdin.end()
    closed.resolve(end)
  }

  function onLine(line: string): void {
    if (end !== undefined) return
    let message: WireMessage
    try {
      message = readMessage(line)
    } catch {
      return options.onOutput(`${line}\n`) // no message: what a program prints, which the specification forbids and many do
    }
    if (message.kind === 'message') onMessage(message.message)
    else take(message.id)?.resolve(message.answer)
  }

  function refuseTooLong(id: number | undefined): void {
    if (id !== undefined) take(id)?.reject(new ChannelError('too_large', `The server answered with more than ${options.messageBytesMax} bytes.`))
  }

  /** An answer that nobody waits for (cancelled, answered before) is dropped. */
  function take(id: number): PromiseWithResolvers<ChannelAnswer> | undefined {
    const found = waiting.get(id)
    waiting.delete(id)
    return found
  }

  function write(text: string): void {
    if (end !== undefined) throw new ChannelError(end.code, end.message)
    if (!writer.write(`${text}\n`)) throw new ChannelError('refused', 'The server does not read: too much waits to be written to it.')
  }

  function request({ method, params }: ChannelRequest): ChannelExchange {
    const id = ++lastId
    const answer = Promise.withResolvers<ChannelAnswer>()
    try {
      write(`{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`)
      waiting.set(id, answer)
    } catch (error) {
      answer.reject(error)
    }
    return {
      id,
      answer: answer.promise,
      cancel: () => take(id)?.reject(new ChannelError('cancelled', 'The request was cancelled.')),
    }
  }

  const read = createLineReader({
    onLine,
    bytesMaxOf: (first) => (first === '{' ? options.messageBytesMax : OUTPUT_LINE_BYTES_MAX),
    onTooLong(beginning) {
      if (!beginning.startsWith('{')) return options.onOutput(beginning)
      options.onOutput(`[a message of more than ${options.messageBytesMax} bytes was thrown away]\n`)
      refuseTooLong(answerIdAt({ beginning }))
    },
    onTooLongEnded: (ending) => refuseTooLong(answerIdAt({ ending })),
  })
  // Read to the end even when closed: a child that cannot write cannot exit.
  stdout.on('data', (chunk: Buffer) => read(chunk))
  stdout.on('end', () => finish('the server closed its output'))
  stdout.on('close', () => finish('the server closed its output'))
  stdout.on('error', (error) => finish(`its output cannot be read: ${error.message}`))
  stdin.on('error', (error) => finish(`its input cannot be written: ${error.message}`))

  return {
    kind: 'stdio',
    closed: closed.promise,
    receive(listener) {
      onMessage = listener
    },
    useVersion() {},
    request,
    notify: async (method, params = {}) => write(JSON.stringify({ jsonrpc: '2.0', method, params })),
    respond: async (id, answer) => write(JSON.stringify({ jsonrpc: '2.0', id, ...answer })),
    listen() {},
    close: async () => finish('the connection was closed'),
  }
}
