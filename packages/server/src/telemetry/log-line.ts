import { LINE_LEVELS, type LineLevel, type LogFilter, type LogLine } from './logs.types.ts'

const LEVEL_START = '{"level":"'
const TIME_START = '"time":"'
/** Level and time are the first members of a line. */
const HEAD_CHARS = 100

/** When a line was written; undefined: it is none. Reads its first characters only. */
export function timeOf(line: string): number | undefined {
  const start = line.indexOf(TIME_START)
  if (start === -1 || start > HEAD_CHARS) return undefined
  const time = Date.parse(line.slice(start + TIME_START.length, line.indexOf('"', start + TIME_START.length)))
  return Number.isNaN(time) ? undefined : time
}

export function levelOf(line: string): LineLevel | undefined {
  if (!line.startsWith(LEVEL_START)) return undefined
  const level = line.slice(LEVEL_START.length, line.indexOf('"', LEVEL_START.length))
  // Nothing of ours is worse than an error.
  return level === 'fatal' ? 'error' : level === 'trace' ? 'debug' : LINE_LEVELS.find((known) => known === level)
}

/** Tests the text of a line without parsing it, which most lines of a search never need. Times are not looked at. */
export function createLineTest({ level, namespace, tool, requestId, search }: LogFilter): (line: string) => boolean {
  const leastLevel = level === undefined ? 0 : LINE_LEVELS.indexOf(level)
  const members = Object.entries({ namespace, tool, requestId }).flatMap(([name, value]) => (value === undefined ? [] : [`"${name}":${JSON.stringify(value)}`]))
  const part = search === undefined ? undefined : JSON.stringify(search).slice(1, -1).toLowerCase()
  return (line) => {
    if (leastLevel > 0) {
      const found = levelOf(line)
      if (found === undefined || LINE_LEVELS.indexOf(found) < leastLevel) return false
    }
    return members.every((member) => line.includes(member)) && (part === undefined || line.toLowerCase().includes(part))
  }
}

/** Undefined: it is not a whole line of the log. */
export function parseLine(text: string, id: string): LogLine | undefined {
  const at = timeOf(text)
  const level = levelOf(text)
  if (at === undefined || level === undefined) return undefined
  let members: Record<string, unknown>
  try {
    members = JSON.parse(text) as Record<string, unknown>
  } catch {
    // Cut off: the gateway was killed while it wrote, or is writing it now.
    return undefined
  }
  const { level: _level, time: _time, msg, namespace, tool, requestId, ...fields } = members
  return {
    id,
    at: new Date(at).toISOString(),
    level,
    message: typeof msg === 'string' ? msg : '',
    ...(typeof namespace === 'string' ? { namespace } : {}),
    ...(typeof tool === 'string' ? { tool } : {}),
    ...(typeof requestId === 'string' ? { requestId } : {}),
    fields,
  }
}
