import type { CallRecord } from './call-record.ts'

/** One HTTP request that has ended. Of the members, `path` and the name of a call can hold what a caller made up. */
export interface RequestLine {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly status: number
  readonly durationMs: number
  readonly requestId: string
  /** Missing: the caller sent no valid token. */
  readonly principal: string | undefined
  readonly traceId?: string | undefined
  /** What it was about, when it had ended with it. */
  readonly call?: CallRecord | undefined
}

export type RequestLevel = 'debug' | 'info' | 'warn'

/** Writes the line of a request; must cost next to nothing, as there is one for every request. */
export type RequestLog = (level: RequestLevel, line: RequestLine) => void

/** What needs no quotes in the text log and no escape in JSON. */
const PLAIN = /^[A-Za-z0-9/_.~%:@-]+$/
/** A URI that a caller made up may be as long as a body. */
const NAME_CHARS_MAX = 256

/** The line as pino would write it, several times faster because its members are known. */
export function requestJson(time: string, level: RequestLevel, line: RequestLine): string {
  const principal = line.principal === undefined ? '' : `,"principal":${JSON.stringify(line.principal)}`
  const traceId = line.traceId === undefined ? '' : `,"traceId":"${line.traceId}"`
  const call = line.call === undefined ? '' : callJson(line.call)
  return `{"level":"${level}","time":"${time}","method":"${line.method}","path":${quoted(line.path)},"status":${line.status},"durationMs":${line.durationMs},"requestId":"${line.requestId}"${principal}${traceId}${call},"msg":"request"}\n`
}

/** The line as {@link toTextLine} would make it of that JSON; undefined when that has to be asked. */
export function requestText(time: string, label: string, line: RequestLine): string | undefined {
  const { call } = line
  if (!PLAIN.test(line.path) || (call !== undefined && !(PLAIN.test(call.namespace) && PLAIN.test(nameOf(call))))) return undefined
  const principal = line.principal === undefined ? '' : ` principal=${line.principal}`
  const traceId = line.traceId === undefined ? '' : ` traceId=${line.traceId}`
  const about = call === undefined ? '' : ` namespace=${call.namespace} ${memberOf(call)}=${nameOf(call)} era=${call.era} outcome=${call.outcome}`
  return `${time.slice(11, 23)} ${label} request method=${line.method} path=${line.path} status=${line.status} durationMs=${line.durationMs} requestId=${line.requestId}${principal}${traceId}${about}\n`
}

/** The members of a call that ended after the line of its request, or beside another of the same batch. */
export function callLine(call: CallRecord): Record<string, unknown> {
  const { namespace, era, outcome, principal, requestId, traceId, durationMs } = call
  return {
    ...{ requestId, principal, durationMs: Math.round(durationMs * 10) / 10 },
    ...(traceId === undefined ? {} : { traceId }),
    ...{ namespace, [memberOf(call)]: nameOf(call), era, outcome },
  }
}

function callJson(call: CallRecord): string {
  return `,"namespace":${quoted(call.namespace)},"${memberOf(call)}":${quoted(nameOf(call))},"era":"${call.era}","outcome":"${call.outcome}"`
}

const MEMBERS: Readonly<Record<string, string>> = { 'tools/call': 'tool', 'prompts/get': 'prompt', 'resources/read': 'resource' }
const memberOf = ({ method }: CallRecord): string => MEMBERS[method] ?? 'name'
const nameOf = ({ name }: CallRecord): string => (name.length > NAME_CHARS_MAX ? `${name.slice(0, NAME_CHARS_MAX)}…` : name)
const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text))
