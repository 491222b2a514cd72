import { randomInt } from 'node:crypto'

/**
 * How far a fault test goes: a little in CI, and by hand (`npm run faults`) as far as these say.
 *
 * - `FAULTS_SECONDS`: how long each load is kept up
 * - `FAULTS_ROUNDS`: how many cases each seeded test makes
 * - `FAULTS_SEED`: which ones; a failure prints its own
 */
export const secondsOr = (usual: number): number => numberOf('FAULTS_SECONDS') ?? usual

export const roundsOr = (usual: number): number => numberOf('FAULTS_ROUNDS') ?? usual

export const anySeed = (): number => numberOf('FAULTS_SEED') ?? randomInt(2 ** 31)

/** Run by hand? Then what CI does in small is done in full. */
export const inFull = process.env.FAULTS_SECONDS !== undefined

function numberOf(name: string): number | undefined {
  const value = process.env[name]
  return value === undefined || value === '' ? undefined : Number(value)
}
