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

/** A browser connects again by itself when a connection breaks, but not when it is refused: that is tried again after this. */
const REFUSED_RETRY_MS = 5000

/**
 * Opens the stream, and again for as long as it is not closed. What may have been missed meanwhile is fetched again.
 * @param onRefused told when the gateway answers, but not with the stream: it may be stopping, or the session may have ended
 */
export function openEvents(queryClient: QueryClient, onRefused: () => void): Events {
  const listeners = new Map<string, Set<(event: GatewayEvent) => void>>()
  const connectionListeners = new Set<() => void>()
  let connection: Connection = 'connecting'
  let wasLost = false
  let source: EventSource
  let retry: ReturnType<typeof setTimeout> | undefined

  const setConnection = (next: Connection): void => {
    connection = next
    for (const listener of connectionListeners) listener()
  }
  const onOpen = (): void => {
    setConnection('open')
    if (wasLost) void queryClient.invalidateQueries()
    wasLost = false
  }
  const onError = (): void => {
    wasLost = true
    setConnection('lost')
    if (source.readyState !== EventSource.CLOSED) return
    onRefused()
    retry = setTimeout(connect, REFUSED_RETRY_MS)
  }
  const receive = ({ type, data }: MessageEvent<string>): void => {
    const event = { ...(JSON.parse(data) as Record<string, unknown>), type } as GatewayEvent
    for (const [kind, operations] of Object.entries(STALE_AFTER)) if (isOfKind(type, kind)) void invalidate(queryClient, operations)
    for (const [kind, set] of listeners) if (isOfKind(type, kind)) for (const listener of set) listener(event)
  }
  const connect = (): void => {
    source = new EventSource(gatewayUrl('api/events'))
    source.addEventListener('open', onOpen)
    source.addEventListener('error', onError)
    for (const type of TYPES) source.addEventListener(type, receive)
  }
  connect()

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
    close: () => {
      clearTimeout(retry)
      source.close()
    },
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
