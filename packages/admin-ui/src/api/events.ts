import type { QueryClient } from '@tanstack/react-query'
import { createContext, use, useEffect, useEffectEvent } from 'react'
import { gatewayUrl } from './base-url.ts'

/** One thing that happened at the gateway. Types beyond these may come; whoever listens picks. */
export interface GatewayEvent {
  readonly type: string
  readonly at: string
  readonly [member: string]: unknown
}

/** Which queries (by the name of their operation in the generated client) each kind of event makes stale. */
const STALE_AFTER: Readonly<Record<string, readonly string[]>> = {
  'server.': ['getServers', 'getServersNs', 'getNamespaces', 'getNamespacesNs', 'getAttention', 'getTools'],
  'namespace.': ['getNamespaces', 'getNamespacesNs', 'getTools', 'getAttention', 'getBundles'],
  'bundle.': ['getBundles', 'getBundlesNs', 'getNamespaces', 'getTools', 'getAttention'],
  'tool.': ['getTools', 'getToolsNsTool', 'getNamespacesNs'],
  'key.': ['getKeys'],
  'job.finished': ['getNamespacesNsDependencies', 'getJobsId'],
  attention: ['getAttention'],
  audit: ['getAudit'],
}

export type Connection = 'connecting' | 'open' | 'lost'

/** The one stream of events of this tab. */
export interface Events {
  /** `kind` is a type or, with a dot at its end, the beginning of types. */
  subscribe(kind: string, listener: (event: GatewayEvent) => void): () => void
  readonly connection: Connection
  subscribeConnection(listener: () => void): () => void
  close(): void
}

/** The types the gateway sends; an EventSource hands over only those it was asked for by name. */
const TYPES = [
  'server.state',
  'server.added',
  'server.changed',
  'server.removed',
  'namespace.published',
  'namespace.changed',
  'namespace.removed',
  'namespace.reload_failed',
  'bundle.changed',
  'tool.changed',
  'call.finished',
  'client.seen',
  'job.progress',
  'job.finished',
  'key.changed',
  'audit',
  'attention',
]

/** Opens the stream; the browser connects again by itself. What may have been missed meanwhile is fetched again. */
export function openEvents(queryClient: QueryClient): Events {
  const source = new EventSource(gatewayUrl('api/events'))
  const listeners = new Map<string, Set<(event: GatewayEvent) => void>>()
  const connectionListeners = new Set<() => void>()
  let connection: Connection = 'connecting'
  let wasLost = false

  const setConnection = (next: Connection): void => {
    connection = next
    for (const listener of connectionListeners) listener()
  }
  source.addEventListener('open', () => {
    setConnection('open')
    if (wasLost) void queryClient.invalidateQueries()
    wasLost = false
  })
  source.addEventListener('error', () => {
    wasLost = true
    setConnection('lost')
  })
  const receive = ({ type, data }: MessageEvent<string>): void => {
    const event = { ...(JSON.parse(data) as Record<string, unknown>), type } as GatewayEvent
    for (const [kind, operations] of Object.entries(STALE_AFTER)) if (isOfKind(type, kind)) void invalidate(queryClient, operations)
    for (const [kind, set] of listeners) if (isOfKind(type, kind)) for (const listener of set) listener(event)
  }
  for (const type of TYPES) source.addEventListener(type, receive)

  return {
    subscribe: (kind, listener) => {
      const set = listeners.get(kind) ?? new Set()
      listeners.set(kind, set.add(listener))
      return () => set.delete(listener)
    },
    get connection() {
      return connection
    },
    subscribeConnection: (listener) => {
      connectionListeners.add(listener)
      return () => connectionListeners.delete(listener)
    },
    close: () => source.close(),
  }
}

const isOfKind = (type: string, kind: string): boolean => (kind.endsWith('.') ? type.startsWith(kind) : type === kind)

/** Makes every query of these operations stale; those that are on the screen are fetched again. */
export function invalidate(queryClient: QueryClient, operations: readonly string[]): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: ({ queryKey: [key] }) => typeof key === 'object' && key !== null && '_id' in key && operations.includes(key._id as string),
  })
}

export const EventsContext = createContext<Events | null>(null)

/** Calls `listener` for each event of `kind` while the component is shown; see {@link Events.subscribe}. */
export function useGatewayEvent(kind: string, listener: (event: GatewayEvent) => void): void {
  const events = use(EventsContext)
  const onEvent = useEffectEvent(listener)
  useEffect(() => events?.subscribe(kind, (event) => onEvent(event)), [events, kind])
}
