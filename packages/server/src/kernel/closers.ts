type Close = () => Promise<void> | void

/** What was opened, and how it is closed again: the last first. */
export interface Closers {
  /** Notes how a thing is closed and returns it. */
  opened<T>(thing: T, close: (thing: T) => Promise<void> | void): T
  /** Idempotent. One closer that fails does not keep the others from closing. @throws the first failure, when all are done */
  close(): Promise<void>
}

export function createClosers(): Closers {
  const closers: Close[] = []
  let closing: Promise<void> | undefined
  return {
    opened(thing, close) {
      closers.push(() => close(thing))
      return thing
    },
    close: () => (closing ??= closeAll(closers)),
  }
}

async function closeAll(closers: readonly Close[]): Promise<void> {
  const failures: unknown[] = []
  for (const close of closers.toReversed()) {
    try {
      await close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
