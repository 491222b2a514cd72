import { canSee, hasRole, type Principal } from '../../kernel/principal.ts'
import type { GatewayEvent } from '../../telemetry/event-bus.ts'

/** An event as somebody may hear it: whole, in part, or not at all (undefined). Others than administrators hear of what they see. */
export function heardBy(principal: Principal, event: GatewayEvent): GatewayEvent | undefined {
  if (hasRole(principal, 'admin')) return event
  switch (event.type) {
    case 'audit':
    case 'client.seen':
    case 'attention':
    case 'key.changed':
      return undefined
    case 'job.progress':
    case 'job.finished':
      return hasRole(principal, 'author') && canSee(principal, event.subject) ? event : undefined
    case 'call.finished': {
      // What others call, and how they are called, is theirs.
      const calls = event.calls.filter((call) => call.principal === principal.id)
      return calls.length === 0 ? undefined : { ...event, calls, more: 0 }
    }
    case 'tool.changed':
      return canSee(principal, event.namespace, event.tool) ? event : undefined
    default:
      return canSee(principal, event.namespace) ? event : undefined
  }
}
