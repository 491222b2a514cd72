/** One HTTP request that has ended. None of the members but `path` can hold what a caller made up. */
export interface RequestLine {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly status: number
  readonly durationMs: number
  readonly requestId: string
  /** Missing: the caller sent no valid token. */
  readonly principal: string | undefined
}

export type RequestLevel = 'debug' | 'info' | 'warn'

/** Writes the line of a request; must cost next to nothing, as there is one for every request. */
export type RequestLog = (level: RequestLevel, line: RequestLine) => void

/** What needs no quotes in the text log and no escape in JSON. */
const PLAIN = /^[A-Za-z0-9/_.~%:@-]+$/

/** The line as pino would write it, several times faster because its members are known. */
export function requestJson(time: string, level: RequestLevel, line: RequestLine): string {
  const path = PLAIN.test(line.path) ? `"${line.path}"` : JSON.stringify(line.path)
  const principal = line.principal === undefined ? '' : `,"principal":${JSON.stringify(line.principal)}`
  return `{"level":"${level}","time":"${time}","method":"${line.method}","path":${path},"status":${line.status},"durationMs":${line.durationMs},"requestId":"${line.requestId}"${principal},"msg":"request"}\n`
}

/** The line as {@link toTextLine} would make it of that JSON; undefined when that has to be asked. */
export function requestText(time: string, label: string, line: RequestLine): string | undefined {
  if (!PLAIN.test(line.path)) return undefined
  const principal = line.principal === undefined ? '' : ` principal=${line.principal}`
  return `${time.slice(11, 23)} ${label} request method=${line.method} path=${line.path} status=${line.status} durationMs=${line.durationMs} requestId=${line.requestId}${principal}\n`
}
