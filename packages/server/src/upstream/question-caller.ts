import type { ChannelReply } from './channel.ts'
import { isObject, type Json } from './json-lines.ts'
import type { LegacyCall } from './legacy-call.ts'
import { taskOf } from './task-owners.ts'

const CAPABILITY: Readonly<Record<string, string>> = { 'elicitation/create': 'elicitation', 'sampling/createMessage': 'sampling', 'roots/list': 'roots' }

export const isQuestion = (method: string): boolean => CAPABILITY[method] !== undefined

export type RefusedQuestion = Extract<ChannelReply, { error: unknown }>

const refuse = (code: number, message: string): RefusedQuestion => ({ error: { code, message } })

export const NO_CALL = refuse(-32603, 'No call is under way that this could be asked for.')

/** Why the caller cannot answer, as it would say itself (2025-11-25, client/elicitation, client/sampling "Error Handling"); undefined when it can. */
export function refusalOf(capabilities: Json, method: string, params: Json): RefusedQuestion | undefined {
  const name = CAPABILITY[method] ?? ''
  const capability = capabilities[name]
  if (!isObject(capability)) return refuse(-32601, `The client does not support ${name}.`)
  if (name === 'elicitation' && params.mode === 'url' && !isObject(capability.url)) return refuse(-32602, 'The client does not support elicitation by URL.')
  // An empty capability means forms, as it did before there were modes.
  if (name === 'elicitation' && params.mode !== 'url' && isObject(capability.url) && !isObject(capability.form))
    return refuse(-32602, 'The client does not support elicitation by form.')
  if (name === 'sampling' && params.tools !== undefined && !isObject(capability.tools)) return refuse(-32602, 'The client does not support tools in sampling.')
  return undefined
}

/**
 * The call that a question belongs to which came on no call's stream: stdio does not say. One principal's question is never shown
 * to another, nor one session's to another when both could answer.
 */
export function callerOf(calls: Iterable<LegacyCall>, method: string, params: Json): LegacyCall | RefusedQuestion {
  const asking = [...calls].filter((open) => open.isAsking)
  const task = taskOf(params)
  const ofTask = task === undefined ? undefined : asking.find(({ call }) => call.params.taskId === task)
  if (ofTask !== undefined) return ofTask
  const [first] = asking
  if (first === undefined) return NO_CALL
  if (asking.length === 1) return first
  if (asking.some(({ call }) => call.principal.id !== first.call.principal.id)) return refuse(-32603, SHARED)
  const able = asking.filter(({ call }) => refusalOf(call.clientCapabilities, method, params) === undefined)
  const [candidate = first] = able
  if (able.some(({ call }) => call.session !== candidate.call.session)) return refuse(-32603, SHARED)
  // Of one caller's calls the latest that waits for nothing yet: what asks does so soon.
  return able.findLast((open) => !open.isSettled && open.questions.isEmpty) ?? able.findLast((open) => !open.isSettled) ?? candidate
}

const SHARED =
  'Calls of several clients are under way and the request does not say which it belongs to: give each session a process of its own (sharing: per-session).'
