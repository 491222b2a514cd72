/** Work of which only the newest counts: one at a time for each key, and a newer one ends the one before. */
export interface NewestTurns {
  /** @throws what `work` throws, the reason of `signal`, or of what ended it */
  run<T>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Ends what runs or waits. */
  interrupt(key: string, reason: Error): void
}

interface Turn {
  readonly ending: AbortController
  /** Never rejects. */
  readonly ended: Promise<void>
}

/** @param superseded the error of a turn that a newer one ended */
export function createNewestTurns(superseded: () => Error): NewestTurns {
  const turns = new Map<string, Turn>()
  return {
    async run(key, signal, work) {
      const before = turns.get(key)
      before?.ending.abort(superseded())
      const ending = new AbortController()
      const either = AbortSignal.any([ending.signal, signal])
      const running = (before?.ended ?? Promise.resolve()).then(() => {
        either.throwIfAborted()
        return work(either)
      })
      const turn: Turn = {
        ending,
        ended: running.then(
          () => {},
          () => {},
        ),
      }
      turns.set(key, turn)
      void turn.ended.then(() => turns.get(key) === turn && turns.delete(key))
      return Promise.race([running, rejection(either)])
    },
    interrupt(key, reason) {
      turns.get(key)?.ending.abort(reason)
    },
  }
}

/** Whoever asked is not kept waiting until the work has ended, too. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
