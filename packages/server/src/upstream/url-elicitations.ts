import { isObject } from './json-lines.ts'
import type { ErrorAnswer } from './server-answer.ts'
import type { InputRequired, PassedRequest } from './upstream.ts'

/** 2025-11-25, client/elicitation "URL Elicitation Required Error"; 2026-07-28 has no such error. */
const URL_ELICITATION_REQUIRED = -32042

/**
 * "First open these addresses, then ask again" as a modern caller knows it: elicitations, and no state, so that the retry is a new
 * call. Undefined for any other error and for callers of the server's own era, who know the error.
 */
export function urlElicitations({ code, data }: ErrorAnswer, call: PassedRequest): InputRequired | undefined {
  if (code !== URL_ELICITATION_REQUIRED || call.era !== 'modern' || !isObject(data) || !Array.isArray(data.elicitations)) return undefined
  const requests = data.elicitations
    .filter(isObject)
    .map((params, index) => [`elicitation/create-${index + 1}`, { method: 'elicitation/create', params }] as const)
  return { kind: 'input_required', inputRequests: Object.fromEntries(requests) }
}
