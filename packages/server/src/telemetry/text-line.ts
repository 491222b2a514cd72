const COLOURS: Partial<Record<string, string>> = { error: '\x1b[31m', warn: '\x1b[33m', info: '\x1b[32m', debug: '\x1b[2m' }
const RESET = '\x1b[0m'
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a caller sent must not reach a terminal as a command
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g
const PLAIN_VALUE = /^[^\s"=]+$/

const HEAD: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'err'])

/** A line of the JSON log for people: `14:05:10.123 INFO  request path=/x status=200`, then the stack of an error, indented. */
export function toTextLine(json: string, coloured: boolean): string {
  const line = JSON.parse(json) as Record<string, unknown>
  const { level, time, msg, err } = line
  const shown = levelLabel(String(level), coloured)
  let body = String(msg ?? '')
  for (const key in line) if (!HEAD.has(key)) body += ` ${key}=${toText(line[key])}`
  return `${String(time).slice(11, 23)} ${shown} ${escapeControls(body)}\n${errorLines(err)}`
}

export function levelLabel(level: string, coloured: boolean): string {
  const label = level.toUpperCase().padEnd(5)
  return coloured ? `${COLOURS[level] ?? ''}${label}${RESET}` : label
}

function toText(value: unknown): string {
  return typeof value === 'string' && PLAIN_VALUE.test(value) ? value : JSON.stringify(value)
}

function errorLines(err: unknown): string {
  if (typeof err !== 'object' || err === null) return err === undefined ? '' : `    ${escapeControls(toText(err))}\n`
  const { stack, message, ...rest } = err as Record<string, unknown>
  const lines = String(stack ?? message).split('\n')
  if (Object.keys(rest).length > 1) lines.push(JSON.stringify(rest))
  return lines.map((line) => `    ${escapeControls(line.trim())}\n`).join('')
}

function escapeControls(text: string): string {
  return text.replace(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
