import { setTimeout as pause } from 'node:timers/promises'
import { ERRORS, type ErrorCode } from '../../packages/server/src/errors/catalogue.ts'
import { LegacySession, type Message, modern, type Target } from '../system/mcp-http.ts'
import { until } from '../system/until.ts'

/** A call that is not answered by now never will be: ten times what any deadline here allows. */
const ANSWER_MS = 60_000
/** Between two calls of a caller whose last one failed. */
const AFTER_FAILURE_MS = 20
const EACH_PROTOCOL = 2

/** How calls ended. */
export interface Tally {
  readonly tried: number
  readonly survived: number
  /** Answered with an error of the catalogue, or by the end of the connection (`connection`). */
  readonly lost: Readonly<Record<string, number>>
  /** Neither the right answer nor an honest error: each is a finding. */
  readonly wrong: readonly string[]
}

export interface Load {
  tally(): Tally
  /** Resolves when every caller has had a right answer again. */
  recovered(timeoutMs?: number): Promise<void>
  stop(): Promise<Tally>
}

type Outcome = { readonly right: true } | { readonly lost: string } | { readonly wrong: string }
type Call = (text: string) => Promise<Outcome>

/** Two callers of each protocol, each with one call of `echo` at a time, until stopped. */
export function startLoad(target: Target, namespace: string): Load {
  const path = `/${namespace}/mcp`
  const wrong: string[] = []
  const lost: Record<string, number> = {}
  const rightAnswers: number[] = []
  let tried = 0
  let survived = 0
  let stopped = false

  async function run(caller: number, call: Call): Promise<void> {
    rightAnswers[caller] = 0
    for (let turn = 0; !stopped; turn++) {
      tried++
      const text = `${caller}-${turn}`
      const outcome = await Promise.race([call(text).catch(cutOff), pause(ANSWER_MS, { wrong: 'no answer' }, { ref: false })])
      if ('right' in outcome) {
        survived++
        rightAnswers[caller] = (rightAnswers[caller] ?? 0) + 1
        continue
      }
      if ('lost' in outcome) lost[outcome.lost] = (lost[outcome.lost] ?? 0) + 1
      else wrong.push(outcome.wrong)
      await pause(AFTER_FAILURE_MS)
    }
  }

  const calls = Array.from({ length: EACH_PROTOCOL }, () => [restCall(target, namespace), modernCall(target, path), legacyCall(target, path)]).flat()
  const running = Promise.all(calls.map((call, caller) => run(caller, call)))
  const tally = (): Tally => ({ tried, survived, lost: { ...lost }, wrong: [...wrong] })
  return {
    tally,
    async recovered(timeoutMs = 30_000) {
      const before = [...rightAnswers]
      await until('every caller to be answered again', () => rightAnswers.every((count, caller) => count > (before[caller] ?? 0) + 1), timeoutMs)
    },
    async stop() {
      stopped = true
      await running
      return tally()
    },
  }
}

/** `code count, …` */
export const wordsOf = (lost: Tally['lost']): string =>
  Object.entries(lost)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ')

export const sumOf = (lost: Tally['lost']): number => Object.values(lost).reduce((sum, count) => sum + count, 0)

/** The other end went away: the one error that nobody can put into words for the caller. */
function cutOff(error: unknown): Outcome {
  const { name, message, cause } = error as Error & { cause?: { code?: string } }
  return name === 'TypeError' && /fetch failed|terminated/.test(message) ? { lost: 'connection' } : { wrong: `${name}: ${message} ${cause?.code ?? ''}` }
}

function restCall({ url, token }: Target, namespace: string): Call {
  return async (text) => {
    const response = await fetch(`${url}/${namespace}/openapi/tools/echo`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    })
    const body = await response.text()
    const answer = parsed(body)
    if (response.status === 200) return echoes(answer, text, body)
    return honest(answer?.error?.code, response.status, answer?.error?.requestId, `${response.status} ${body}`)
  }
}

function modernCall(target: Target, path: string): Call {
  return async (text) => outcomeOf(await modern(target, path, 'tools/call', { name: 'echo', arguments: { text } }), text)
}

/** A session that its server knows no more is opened anew, as clients do. */
function legacyCall(target: Target, path: string): Call {
  let session: LegacySession | undefined
  return async (text) => {
    session ??= await LegacySession.open(target, path).catch((error: unknown) => {
      const refusal = /^initialize answered (\d+) (.*)$/.exec((error as Error).message)
      if (refusal === null) throw error
      throw new RefusedError(Number(refusal[1]), refusal[2] ?? '')
    })
    const reply = await session.request('tools/call', { name: 'echo', arguments: { text } })
    if (reply.status === 404) session = undefined
    return outcomeOf(reply, text)
  }
}

class RefusedError extends Error {
  constructor(status: number, body: string) {
    super(`initialize was answered ${status} ${body}`)
    this.name = 'RefusedError'
  }
}

function outcomeOf({ status, result, error, messages }: Awaited<ReturnType<typeof modern>>, text: string): Outcome {
  const whole = `${status} ${JSON.stringify(messages)}`
  if (error !== undefined) return honest(error.data?.code, undefined, error.data?.requestId, whole)
  const told = result?._meta?.['io.tooldock/error']
  if (result?.isError === true) return honest(told?.code, undefined, told?.requestId, whole)
  return echoes(result, text, whole)
}

function echoes(result: Message | undefined, text: string, whole: string): Outcome {
  return result?.content?.[0]?.text === text ? { right: true } : { wrong: whole }
}

/** An error of the catalogue that is nobody's fault of programming, with the id that finds it in the log. */
function honest(code: unknown, status: number | undefined, requestId: unknown, whole: string): Outcome {
  if (typeof code !== 'string' || !(code in ERRORS) || code === 'internal_error' || typeof requestId !== 'string') return { wrong: whole }
  if (status !== undefined && ERRORS[code as ErrorCode].status !== status) return { wrong: whole }
  return { lost: code }
}

function parsed(text: string): Message | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
