import type { Writable } from 'node:stream'
import { decodeParts } from './decode-parts.ts'

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
  /** How long a line that begins with this character may become. */
  readonly bytesMaxOf: (first: string) => number
  /** Called once for a line that is too long, with what was read of it; unless this throws, the rest is thrown away. */
  readonly onTooLong: (beginning: string) => void
  /** Called when such a line has ended, with its last {@link ENDING_CHARS} characters or fewer. */
  readonly onTooLongEnded?: (ending: string) => void
}

const ENDING_CHARS = 64

const LINE_END = 0x0a

/** Splits chunks into lines. Bytes are looked at once and decoded once, a line of many chunks when it is complete. */
export function createLineReader({ onLine, bytesMaxOf, onTooLong, onTooLongEnded }: LineReaderOptions): (chunk: Buffer) => void {
  /** Of the line that has not ended. */
  let parts: Buffer[] = []
  let partBytes = 0
  let bytesMax = 0
  let isSkipping = false
  let ending = ''

  function addPart(part: Buffer): void {
    if (isSkipping) {
      ending = (ending + part.toString('latin1', Math.max(0, part.length - ENDING_CHARS))).slice(-ENDING_CHARS)
      return
    }
    if (parts.length === 0) bytesMax = bytesMaxOf(part.toString('utf8', 0, 1))
    parts.push(part)
    partBytes += part.length
    if (partBytes <= bytesMax) return
    const beginning = takeParts()
    isSkipping = true
    ending = beginning.slice(-ENDING_CHARS)
    onTooLong(beginning)
  }

  function takeParts(): string {
    const text = decodeParts(parts, partBytes)
    parts = []
    partBytes = 0
    return text
  }

  /** @param last its last bytes, the line end left out */
  function endLine(last: Buffer): void {
    addPart(last)
    if (isSkipping) {
      isSkipping = false
      onTooLongEnded?.(ending)
      return
    }
    const line = takeParts()
    if (line !== '') onLine(line)
  }

  return (chunk) => {
    let start = 0
    if (partBytes > 0 || isSkipping) {
      const end = chunk.indexOf(LINE_END)
      if (end < 0) return addPart(chunk)
      start = end + 1
      endLine(chunk.subarray(0, end))
    }
    const end = chunk.lastIndexOf(LINE_END)
    if (end >= start) {
      for (const line of chunk.toString('utf8', start, end).split('\n')) if (line !== '') onLine(line)
      start = end + 1
    }
    if (start < chunk.length) addPart(start === 0 ? chunk : chunk.subarray(start))
  }
}
