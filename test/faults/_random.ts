/** Numbers that look random and come again with the same seed, so that a failure can be repeated. */
export interface Random {
  readonly seed: number
  /** From 0 up to, and without, `below`. */
  int(below: number): number
  chance(probability: number): boolean
  pick<T>(all: readonly T[]): T
  bytes(count: number): Buffer
}

/** Mulberry32: 32 bits of state are enough for a test, and fit into a printed number. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number): number => Math.floor(next() * below)
  return {
    seed,
    int,
    chance: (probability) => next() < probability,
    pick<T>(all: readonly T[]): T {
      if (all.length === 0) throw new Error('there is nothing to pick from')
      return all[int(all.length)] as T
    },
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => int(256))),
  }
}
