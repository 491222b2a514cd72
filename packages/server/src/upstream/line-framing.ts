import type { Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** What may wait to be written to a process that does not read; beyond it requests are refused. */
const WRITE_CHARS_MAX = 64 * 1024 * 1024

export interface LineWriter {
  /** False when too much waits already; the line is dropped. */
  write(line: string): boolean
}

/** Gathers what one turn of the event loop writes into one write: a system call for each call would halve the throughput. */
export function createLineWriter(stream: Writable): LineWriter {
  let queued = ''
  let scheduled = false
  let blocked = false

  function flush(): void {
    scheduled = false
    if (blocked || queued === '' || stream.destroyed || stream.writableEnded) return
    const text = queued
    queued = ''
    blocked = !stream.write(text)
  }
  stream.on('drain', () => {
    blocked = false
    flush()
  })

  return {
    write(line) {
      if (queued.length + line.length > WRITE_CHARS_MAX) return false
      queued += line
      if (!scheduled) {
        scheduled = true
        setImmediate(flush)
      }
      return true
    },
  }
}

export interface LineReaderOptions {
  readonly onLine: (line: string) => void
  /** How long a line that begins like this may become. */
  readonly bytesMaxOf: (beginning: string) => number
  /** Called once for a line that is too long, with what was read of it; unless this throws, the rest is thrown away. */
  readonly onTooLong: (beginning: string) => void
  /** Called when such a line has ended, with its last {@link ENDING_CHARS} characters or fewer. */
  readonly onTooLongEnded?: (ending: string) => void
}

const ENDING_CHARS = 64

/** Splits chunks into lines. Each chunk is decoded once and each byte looked at once, however many chunks a line has. */
export function createLineReader({ onLine, bytesMaxOf, onTooLong, onTooLongEnded }: LineReaderOptions): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let parts: string[] = []
  let partBytes = 0
  let isSkipping = false
  let ending = ''

  function endLine(end: string): void {
    let line = end
    if (parts.length > 0) {
      line = parts.join('') + line
      parts = []
      partBytes = 0
    }
    if (isSkipping) {
      isSkipping = false
      onTooLongEnded?.((ending + line).slice(-ENDING_CHARS))
    } else if (line !== '') onLine(line)
  }

  return (chunk) => {
    const text = decoder.write(chunk)
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const rest = text.slice(start, end)
      start = end + 1
      endLine(rest)
    }
    if (start === text.length) return
    if (isSkipping) {
      ending = (ending + text.slice(start)).slice(-ENDING_CHARS)
      return
    }
    parts.push(start === 0 ? text : text.slice(start))
    partBytes += start === 0 ? chunk.length : Buffer.byteLength(parts[0] ?? '')
    if (partBytes <= bytesMaxOf(parts[0] ?? '')) return
    const beginning = parts.join('')
    parts = []
    partBytes = 0
    isSkipping = true
    ending = beginning.slice(-ENDING_CHARS)
    onTooLong(beginning)
  }
}
