import type { InputAbandonedError } from '../../sdk/src/errors.ts'
import type { InputRequest } from '../../sdk/src/input.ts'
import type { ReadAnswer } from './input-answer.ts'

interface Ask {
  readonly request: InputRequest
  readonly read: ReadAnswer
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: Error) => void
}

const KEY_PREFIX = { 'elicitation/create': 'elicitation', 'sampling/createMessage': 'sampling', 'roots/list': 'roots' } as const

/** The questions of one call: those that wait, and the answers its request brought along. Each answer is used once. */
export class Asks {
  readonly #waiting = new Map<string, Ask>()
  readonly #made: Partial<Record<InputRequest['method'], number>> = {}
  #answers: Record<string, unknown>

  constructor(answers: Readonly<Record<string, unknown>>) {
    this.#answers = { ...answers }
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get requests(): Record<string, InputRequest> {
    return Object.fromEntries([...this.#waiting].map(([key, { request }]) => [key, request]))
  }

  /** Resolves with the answer: at once when the request brought it, else in a later round. `onWaiting` hears of the latter. */
  async ask(request: InputRequest, read: ReadAnswer, key: string | undefined, onWaiting: () => void): Promise<unknown> {
    const name = key ?? this.#makeKey(request.method)
    if (this.#waiting.has(name)) throw new Error(`Two questions are asked under the key "${name}" at once: give each its own.`)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    // A question nobody awaits may be abandoned without that being a fault of the process.
    promise.catch(() => {})
    this.#waiting.set(name, { request, read, resolve, reject })
    await this.#answer(name)
    if (this.#waiting.has(name)) onWaiting()
    return promise
  }

  /** Takes the answers of a retry; questions without a usable one keep waiting. */
  async answer(answers: Readonly<Record<string, unknown>>): Promise<void> {
    this.#answers = { ...answers }
    await Promise.all([...this.#waiting.keys()].map((key) => this.#answer(key)))
  }

  abandon(reason: InputAbandonedError): void {
    for (const { reject } of this.#waiting.values()) reject(reason)
    this.#waiting.clear()
  }

  async #answer(key: string): Promise<void> {
    if (!Object.hasOwn(this.#answers, key)) return
    const response = this.#answers[key]
    delete this.#answers[key]
    const ask = this.#waiting.get(key) as Ask
    const value = await ask.read(response)
    if (value === undefined || !this.#waiting.delete(key)) return
    ask.resolve(value)
  }

  #makeKey(method: InputRequest['method']): string {
    const count = (this.#made[method] ?? 0) + 1
    this.#made[method] = count
    return `${KEY_PREFIX[method]}-${count}`
  }
}
