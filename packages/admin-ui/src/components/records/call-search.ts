import type { Call } from '../../api/generated/types.gen.ts'

/** The filters of calls that the address holds, as the API takes them. */
export interface CallFilters {
  readonly namespace?: string
  readonly tool?: string
  readonly outcome?: string
  readonly protocol?: 'mcp' | 'rest'
  readonly principal?: string
  readonly requestId?: string
  readonly search?: string
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export function callFilters(search: Readonly<Record<string, unknown>>): CallFilters {
  const protocol = search.protocol === 'mcp' || search.protocol === 'rest' ? search.protocol : undefined
  const all = {
    namespace: text(search.namespace),
    tool: text(search.tool),
    outcome: text(search.outcome),
    protocol,
    principal: text(search.principal),
    requestId: text(search.requestId),
    search: text(search.q),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as CallFilters
}

/** Would the API answer with this call? */
export function matchesCall(call: Call, { namespace, tool, outcome, protocol, principal, requestId, search }: CallFilters): boolean {
  const is = (wanted: string | undefined, value: string): boolean => wanted === undefined || wanted === value
  const isOutcome = outcome === 'error' ? call.outcome !== 'ok' : is(outcome, call.outcome)
  const words = [call.name, call.client ?? '', call.requestId].join('\n').toLowerCase()
  return (
    isOutcome &&
    is(namespace, call.namespace) &&
    is(tool, call.name) &&
    is(protocol, call.protocol) &&
    is(principal, call.principal) &&
    is(requestId, call.requestId) &&
    (search === undefined || words.includes(search.toLowerCase()))
  )
}
