/** Lets others wait for the moment when nothing is under way. */
export class WhenIdle {
  readonly #isIdle: () => boolean
  #waiting: PromiseWithResolvers<void> | undefined

  constructor(isIdle: () => boolean) {
    this.#isIdle = isIdle
  }

  wait(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve()
    this.#waiting ??= Promise.withResolvers()
    return this.#waiting.promise
  }

  /** To be told whenever something has ended. */
  ended(): void {
    if (this.#waiting === undefined || !this.#isIdle()) return
    this.#waiting.resolve()
    this.#waiting = undefined
  }
}
