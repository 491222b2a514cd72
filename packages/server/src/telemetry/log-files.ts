import { createReadStream } from 'node:fs'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createLineTest, levelOf, parseLine, timeOf } from './log-line.ts'
import type { LogBucket, LogFiles, LogFilter, LogLine } from './logs.types.ts'

const DAILY_FILE = /^(\d{4}-\d{2}-\d{2})\.jsonl$/
/** So much is looked through in one turn of the event loop: less than a millisecond. */
const CHUNK_BYTES = 65_536
/** Enough to find where a line begins, and its time. */
const PROBE_BYTES = 8192

interface Place {
  readonly day: string
  /** Lines that begin before this byte. */
  readonly end: number
}

interface FoundLine {
  readonly day: string
  readonly start: number
  readonly text: string
}

/** Reads the daily files from their ends backwards; one question reads at most `queryBytesMax` of them. */
export function createLogFiles(dir: string, queryBytesMax: number): LogFiles {
  async function listDays(): Promise<string[]> {
    const names = await readdir(dir)
    return names.flatMap((name) => DAILY_FILE.exec(name)?.[1] ?? []).sort((a, b) => (a < b ? 1 : -1))
  }

  /** Lines that match, newest first, until the files or the bytes are used up; returns where to go on, or null at the end. */
  async function* scan(filter: LogFilter, from: Place | undefined): AsyncGenerator<FoundLine, Place | null> {
    const matches = createLineTest(filter)
    const fromMs = filter.fromMs ?? Number.NEGATIVE_INFINITY
    const toMs = filter.toMs ?? Number.POSITIVE_INFINITY
    const firstDay = from?.day ?? (filter.toMs === undefined ? undefined : dayOf(filter.toMs))
    const lastDay = filter.fromMs === undefined ? '' : dayOf(filter.fromMs)
    let bytes = 0
    for (const day of await listDays()) {
      if (firstDay !== undefined && day > firstDay) continue
      if (day < lastDay) return null
      const file = await open(join(dir, `${day}.jsonl`), 'r').catch(ignoreMissing)
      if (file === undefined) continue
      try {
        const end = from?.day === day ? from.end : await findEnd(file, toMs)
        for await (const chunk of readBackwards(file, end)) {
          for (const { start, text } of chunk.lines) {
            const time = timeOf(text)
            if (time === undefined || time >= toMs || !matches(text)) continue
            // Lines of one moment may be a little out of order, a whole chunk of them is not.
            if (time >= fromMs) yield { day, start, text }
          }
          const oldest = chunk.lines.at(-1)
          if (oldest !== undefined && (timeOf(oldest.text) ?? fromMs) < fromMs) return null
          bytes += chunk.bytes
          if (bytes >= queryBytesMax) return { day, end: oldest?.start ?? chunk.begin }
        }
      } finally {
        await file.close()
      }
    }
    return null
  }

  return {
    async search(filter, { cursor, limit }) {
      const lines: LogLine[] = []
      const found = scan(filter, cursor === undefined ? undefined : toPlace(cursor))
      for (let next = await found.next(); ; next = await found.next()) {
        if (next.done) return { lines, nextCursor: next.value && toCursor(next.value.day, next.value.end) }
        const { day, start, text } = next.value
        const line = parseLine(text, toCursor(day, start))
        if (line === undefined || !hasMembers(line, filter)) continue
        lines.push(line)
        if (lines.length < limit) continue
        await found.return(null)
        return { lines, nextCursor: line.id }
      }
    },
    async histogram(filter, count) {
      const { fromMs, toMs } = filter
      const width = Math.ceil((toMs - fromMs) / count)
      const buckets = Array.from({ length: Math.ceil((toMs - fromMs) / width) }, (_, index) => ({
        fromMs: fromMs + index * width,
        toMs: Math.min(toMs, fromMs + (index + 1) * width),
        lines: 0,
        warnings: 0,
        errors: 0,
      }))
      const found = scan(filter, undefined)
      for (let next = await found.next(); ; next = await found.next()) {
        if (next.done) return { buckets: buckets satisfies LogBucket[], complete: next.value === null }
        const bucket = buckets[Math.floor(((timeOf(next.value.text) as number) - fromMs) / width)]
        if (bucket === undefined) continue
        const level = levelOf(next.value.text)
        bucket.lines++
        if (level === 'warn') bucket.warnings++
        else if (level === 'error') bucket.errors++
      }
    },
    async days() {
      const days = await listDays()
      const sizes = await Promise.all(days.map((day) => stat(join(dir, `${day}.jsonl`)).catch(ignoreMissing)))
      return days.flatMap((day, index) => {
        const found = sizes[index]
        return found === undefined ? [] : [{ day, bytes: found.size }]
      })
    },
    async open(day) {
      if (!DAILY_FILE.test(`${day}.jsonl`)) return undefined
      const file = await open(join(dir, `${day}.jsonl`), 'r').catch(ignoreMissing)
      if (file === undefined) return undefined
      const { size } = await file.stat()
      // What is written meanwhile is left out, else the end of today's file could move on for ever.
      return createReadStream('', { fd: file, start: 0, end: Math.max(0, size - 1) })
    },
  }
}

interface Chunk {
  /** Whole lines, newest first. */
  readonly lines: readonly { readonly start: number; readonly text: string }[]
  readonly begin: number
  readonly bytes: number
}

async function* readBackwards(file: FileHandle, end: number): AsyncGenerator<Chunk> {
  let rest: Buffer = Buffer.alloc(0)
  for (let begin = end; begin > 0; ) {
    const bytes = Math.min(CHUNK_BYTES, begin)
    begin -= bytes
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, begin)
    const data = Buffer.concat([buffer.subarray(0, bytesRead), rest])
    // The first line may have begun before this chunk.
    const first = begin === 0 ? 0 : data.indexOf(10) + 1
    if (begin > 0 && first === 0) {
      rest = data
      yield { lines: [], begin: begin + data.length, bytes }
      continue
    }
    const lines: { start: number; text: string }[] = []
    for (let stop = data.length; stop > first; ) {
      const start = Math.max(first, data.lastIndexOf(10, stop - 2) + 1)
      const text = data.toString('utf8', start, stop).trimEnd()
      if (text !== '') lines.push({ start: begin + start, text })
      stop = start
    }
    rest = data.subarray(0, first)
    yield { lines, begin: begin + first, bytes }
  }
}

/** The byte at or a little after which lines are of `toMs` or later: they are written in the order of time. */
async function findEnd(file: FileHandle, toMs: number): Promise<number> {
  const { size } = await file.stat()
  if (toMs === Number.POSITIVE_INFINITY) return size
  let low = 0
  let high = size
  const probe = Buffer.alloc(PROBE_BYTES)
  while (high - low > CHUNK_BYTES) {
    const middle = Math.floor((low + high) / 2)
    const { bytesRead } = await file.read(probe, 0, PROBE_BYTES, middle)
    const text = probe.toString('utf8', 0, bytesRead)
    const time = timeOf(text.slice(text.indexOf('\n') + 1))
    // A line longer than the probe: from here on everything is looked at.
    if (time === undefined) break
    if (time < toMs) low = middle
    else high = middle
  }
  return high === size ? size : lineEndAfter(file, high)
}

async function lineEndAfter(file: FileHandle, position: number): Promise<number> {
  const buffer = Buffer.alloc(PROBE_BYTES)
  for (let at = position; ; at += PROBE_BYTES) {
    const { bytesRead } = await file.read(buffer, 0, PROBE_BYTES, at)
    const end = buffer.subarray(0, bytesRead).indexOf(10)
    if (end !== -1) return at + end + 1
    if (bytesRead < PROBE_BYTES) return at + bytesRead
  }
}

/** The test of the text may have found the member deeper inside. */
function hasMembers(line: LogLine, { namespace, tool, requestId }: LogFilter): boolean {
  return (
    (namespace === undefined || line.namespace === namespace) &&
    (tool === undefined || line.tool === tool) &&
    (requestId === undefined || line.requestId === requestId)
  )
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const toCursor = (day: string, byte: number): string => `${day}.${byte}`

function toPlace(cursor: string): Place {
  const [day = '', byte] = cursor.split('.')
  return { day, end: Number(byte) }
}

/** Deleted between the listing and now: retention. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined
  throw error
}
