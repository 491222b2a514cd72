import { ERRORS, type ErrorCode } from '../../packages/server/src/errors/catalogue.ts'
import type { RawAnswer } from './raw-http.ts'

/** What is wrong with an answer, whatever was asked; undefined: nothing. */
export function faultOf(answer: RawAnswer, mayBeHalf: boolean): string | undefined {
  const { status, type, body, timedOut } = answer
  if (timedOut) return 'no answer'
  if (status === undefined) return mayBeHalf ? undefined : 'the connection was cut'
  if (type === 'text/event-stream') return status === 200 ? undefined : `an event stream of status ${status}`
  if (status < 400) return type === 'application/json' && body !== '' && parsed(body) === undefined ? 'not JSON' : undefined
  if (body === '') return 'an error without words'
  const answered = parsed(body)
  if (answered === undefined) return 'an error that is not JSON'
  const faults = (Array.isArray(answered) ? answered : [answered]).map((one) => errorFault(one, status)).filter((fault) => fault !== undefined)
  return faults[0]
}

// biome-ignore lint/suspicious/noExplicitAny: whatever came
type Json = any

function errorFault({ jsonrpc, id, error }: Json, status: number): string | undefined {
  if (typeof error !== 'object' || error === null || typeof error.message !== 'string') return 'an error without message'
  const code = jsonrpc === undefined ? error.code : error.data?.code
  if (jsonrpc !== undefined && (jsonrpc !== '2.0' || !Number.isInteger(error.code) || id === null)) return 'no JSON-RPC error'
  const requestId = jsonrpc === undefined ? error.requestId : error.data?.requestId
  if (!(code in ERRORS)) return `the code ${code}, which nothing documents`
  if (typeof requestId !== 'string') return 'an error without request id'
  if (code === 'internal_error') return 'a fault of ToolDock'
  if (jsonrpc === undefined && ERRORS[code as ErrorCode].status !== status) return `${code} as ${status}`
  return undefined
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Lines of the log that only a fault of ours writes: an error, or a stack. What a tool throws is its author's. */
export function faultLines(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => !/"msg":"tool \w+: /.test(line) && /"level":"(error|fatal)"|UnhandledPromise|uncaughtException|^\s+at .+:\d+:\d+\)?$/.test(line))
}
