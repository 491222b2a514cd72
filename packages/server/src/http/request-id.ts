import { randomUUIDv7 } from 'node:crypto'

const USABLE = /^[A-Za-z0-9._-]{1,128}$/

/** The caller's id when it can be logged and sent back as it is, else a new one; new ones sort by time, which an index of them is quicker with. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && USABLE.test(header) ? header : randomUUIDv7()
}
