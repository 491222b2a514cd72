import type { ChannelReply } from './channel.ts'
import { isObject, type Json } from './json-lines.ts'
import { type InputRequired, RefusedInput } from './upstream.ts'

/** A request of a legacy server that its call's caller must answer. */
export interface Question {
  readonly id: string | number
  readonly method: string
  readonly params: Json
  /** It came on the call's own stream; without, it may be another call's. */
  readonly isCertain: boolean
}

/**
 * What a legacy server asks during one call, as the rounds of 2026-07-28 (basic/patterns/mrtr). Keys are `{method}-{n}`, counted
 * over the whole call, so that a key never means two questions.
 */
export class Questions {
  readonly #counts = new Map<string, number>()
  /** For the next round. */
  readonly #gathered = new Map<string, Question>()
  /** Shown to the caller, not answered yet. */
  readonly #shown = new Map<string, Question>()

  get isEmpty(): boolean {
    return this.#gathered.size + this.#shown.size === 0
  }

  add(question: Question): void {
    const count = (this.#counts.get(question.method) ?? 0) + 1
    this.#counts.set(question.method, count)
    this.#gathered.set(`${question.method}-${count}`, question)
  }

  /** All that is not answered, those shown before included: a caller that left one out is asked again. */
  nextRound(): InputRequired['inputRequests'] {
    for (const [key, question] of this.#gathered) this.#shown.set(key, question)
    this.#gathered.clear()
    return Object.fromEntries([...this.#shown].map(([key, { method, params }]) => [key, Object.keys(params).length > 0 ? { method, params } : { method }]))
  }

  /** Takes the answers of a caller; returns them by the ids of the server. What is no answer leaves its question open. */
  answer(responses: unknown): (readonly [id: string | number, reply: ChannelReply])[] {
    if (!isObject(responses)) return []
    return [...this.#shown].flatMap(([key, { id }]) => {
      const answer = responses[key]
      if (!isObject(answer)) return []
      this.#shown.delete(key)
      return [[id, answer instanceof RefusedInput ? { error: answer.error } : { result: answer }] as const]
    })
  }

  /** The token with which the server wants to hear of progress of an answer that is not given yet. */
  tokenOf(key: string): unknown {
    const meta = this.#shown.get(key)?.params._meta
    return isObject(meta) ? meta.progressToken : undefined
  }

  /** The server no longer wants to know. */
  withdraw(id: unknown): void {
    for (const questions of [this.#gathered, this.#shown]) for (const [key, question] of questions) if (question.id === id) questions.delete(key)
  }

  /** All open questions, which are none afterwards. */
  takeAll(): Question[] {
    const questions = [...this.#gathered.values(), ...this.#shown.values()]
    this.#gathered.clear()
    this.#shown.clear()
    return questions
  }
}

/** For who cannot bring the server progress of an answer. */
export function withoutToken(params: Json): Json {
  if (!isObject(params._meta) || params._meta.progressToken === undefined) return params
  const { _meta, ...rest } = params
  const { progressToken: _token, ...meta } = _meta as Json
  return Object.keys(meta).length > 0 ? { ...rest, _meta: meta } : rest
}
