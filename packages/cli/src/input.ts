import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { CommandError } from './command-error.ts'

/** Where answers come from: a person at a terminal, or the lines of a file. */
export interface Input {
  /** Is there a person to ask? */
  readonly isTerminal: boolean
  /** A line, asked for on stderr; a hidden one is not shown while it is typed. Undefined: there is none left. @throws {CommandError} Ctrl-C */
  ask(question: string, options?: { readonly hidden?: boolean }): Promise<string | undefined>
  /** Everything to the end. */
  readAll(): Promise<string>
  /** Passes on what comes, as it comes, until there is no more. */
  readBytes(onChunk: (chunk: Buffer) => void, onEnd: () => void): void
  /** Lets the process end. */
  close(): void
}

export interface InputStreams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stderr: NodeJS.WritableStream
}

export function createInput({ stdin, stderr }: InputStreams): Input {
  const isTerminal = stdin.isTTY === true
  let isHidden = false
  const echo = new Writable({
    write(chunk, _encoding, done) {
      if (!isHidden) stderr.write(chunk)
      done()
    },
  })
  let stop = () => {}
  let open: { readonly lines: Interface; readonly next: AsyncIterator<string> } | undefined

  function begin() {
    const lines = createInterface({ input: stdin, output: echo, terminal: isTerminal, historySize: 0 })
    return { lines, next: lines[Symbol.asyncIterator]() }
  }

  return {
    isTerminal,
    async ask(question, { hidden = false } = {}) {
      open ??= begin()
      const { lines, next } = open
      if (isTerminal) stderr.write(question)
      isHidden = hidden
      const interrupted = Promise.withResolvers<never>()
      const onInterrupt = () => interrupted.reject(new CommandError('Cancelled.'))
      lines.once('SIGINT', onInterrupt)
      try {
        const { done, value } = await Promise.race([next.next(), interrupted.promise])
        return done ? undefined : value
      } finally {
        lines.off('SIGINT', onInterrupt)
        if (hidden && isTerminal) stderr.write('\n')
        isHidden = false
      }
    },
    readAll: () => text(stdin),
    readBytes(onChunk, onEnd) {
      stdin.on('data', onChunk)
      for (const event of ['end', 'close', 'error']) stdin.once(event, onEnd)
      stop = () => void stdin.off('data', onChunk).pause()
    },
    close() {
      open?.lines.close()
      stop()
    },
  }
}
