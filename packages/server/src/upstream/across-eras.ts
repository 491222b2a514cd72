import type { Era } from './mcp-connection.types.ts'
import type { PassedRequest } from './upstream.ts'

/** What both eras have, of servers and of clients. */
const COMMON = ['tools', 'prompts', 'resources', 'logging', 'completions', 'elicitation', 'sampling', 'roots'] as const
/** Extensions that are nothing but metadata and resources, and so the same in both: MCP Apps. */
const COMMON_EXTENSIONS = ['io.modelcontextprotocol/ui'] as const
/** Of what a server says during a call. */
const COMMON_NOTIFICATIONS: ReadonlySet<string> = new Set(['notifications/progress', 'notifications/message', 'tooldock/closeStream'])

type Capabilities = Readonly<Record<string, unknown>>

/** The capabilities of one side as the other side of a bridge between eras may know them: what it could not use is withheld. */
export function capabilitiesAcrossEras(capabilities: Capabilities): Capabilities {
  const extensions = typeof capabilities.extensions === 'object' && capabilities.extensions !== null ? pick(capabilities.extensions, COMMON_EXTENSIONS) : {}
  return { ...pick(capabilities, COMMON), ...(Object.keys(extensions).length > 0 ? { extensions } : {}) }
}

/**
 * What a server of `era` may know of a client: a client's own tasks (2025-11-25) cannot work behind a gateway, as the server
 * would have to ask for them outside of any call.
 */
export function clientCapabilitiesFor(era: Era, callerEra: Era | undefined, capabilities: Capabilities): Capabilities {
  if (callerEra !== undefined && callerEra !== era) return capabilitiesAcrossEras(capabilities)
  if (era === 'modern' || capabilities.tasks === undefined) return capabilities
  const { tasks: _, ...rest } = capabilities
  return rest
}

/** A request as a server of `era` gets it: without what only the caller's own era could understand. */
export function requestAcrossEras<R extends PassedRequest>(request: R, era: Era): R {
  return request.era === undefined || request.era === era ? request : requestWithoutExtensions(request)
}

/** A request that asks for nothing but what MCP defines in both eras: nothing is begun that its caller could not follow. */
export function requestWithoutExtensions<R extends PassedRequest>(request: R): R {
  const { task: _, ...params } = request.params
  const { onNotification } = request
  return {
    ...request,
    params,
    clientCapabilities: capabilitiesAcrossEras(request.clientCapabilities),
    ...(onNotification === undefined
      ? {}
      : { onNotification: (method: string, said: Record<string, unknown>) => void (COMMON_NOTIFICATIONS.has(method) && onNotification(method, said)) }),
  }
}

function pick(members: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([name]) => names.includes(name)))
}
