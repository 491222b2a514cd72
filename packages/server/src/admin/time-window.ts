import { z } from 'zod'
import { ToolDockError } from '../errors/tooldock-error.ts'

/** A time of a query: ISO 8601, with `Z` or an offset. */
const TIME = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
/** The members of a query that name a time window; its end is not part of it. */
export const WINDOW = { from: TIME.optional(), to: TIME.optional() }

const DAY_MS = 86_400_000

export interface Window {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Of what is missing: the end is now, the begin a day before it.
 * @throws {ToolDockError} `invalid_params` when it ends before it begins
 */
export function windowOf({ from, to }: { readonly from?: number | undefined; readonly to?: number | undefined }): Window {
  // Now is not over yet: what ended in this millisecond belongs to it.
  const toMs = to ?? Date.now() + 1
  const fromMs = from ?? toMs - DAY_MS
  if (fromMs >= toMs) throw new ToolDockError('invalid_params', 'The query is not usable: "from" must be before "to".')
  return { fromMs, toMs }
}

export const isoOf = (ms: number): string => new Date(ms).toISOString()
