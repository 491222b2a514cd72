import { randomInt } from 'node:crypto'

/** Ids of one millisecond. With times of this century they stay below 2^53. */
const PER_MS = 4096
/** Gateways that share a database begin each millisecond at a number of their own choice. */
const FIRST_MAX = 1024

/** Makes ids that grow with time, and tell it. Two gateways on one database may, very rarely, make the same one. */
export function createTimeIds(): (atMs: number) => string {
  let lastMs = 0
  let next = 0
  return (atMs) => {
    next = atMs === lastMs ? next + 1 : firstIdOf(atMs) + randomInt(FIRST_MAX)
    lastMs = atMs
    return String(next)
  }
}

/** No id of this time or later is smaller. */
export const firstIdOf = (atMs: number): number => atMs * PER_MS
export const timeOfId = (id: number): number => Math.floor(id / PER_MS)
