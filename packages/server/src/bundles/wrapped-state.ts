import { z } from 'zod'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Origin } from './bundle.types.ts'

const WRAPPED = z.tuple([z.string(), z.string(), z.string()])

/** The `requestState` of a namespace with whose it is, so that the answer finds back. The frontend seals it. */
export function wrapState({ namespace, name }: Origin, state: string): string {
  return JSON.stringify([namespace, name, state])
}

/** @throws {ToolDockError} `invalid_request_state`: no bundle has made it */
export function unwrapState(wrapped: string): Origin & { readonly state: string } {
  const parsed = WRAPPED.safeParse(parseOrNothing(wrapped))
  if (!parsed.success) throw new ToolDockError('invalid_request_state', 'requestState is not valid for this request.')
  const [namespace, name, state] = parsed.data
  return { namespace, name, state }
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // told by the caller as every other form that is not ours
  }
}
