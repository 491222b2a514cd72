import type { CatalogEvent } from '../../catalog/snapshot.ts'
import type { ServerEvent } from '../../servers/server-service.types.ts'
import type { EventBus } from '../../telemetry/event-bus.ts'

type Subscribe<E> = (listener: (event: E) => void) => () => void

/** Brings what servers and the catalog tell to the bus. Returns the function that ends it. */
export function tellChanges(
  events: Pick<EventBus, 'publish'>,
  { servers, catalog }: { readonly servers: { readonly subscribe: Subscribe<ServerEvent> }; readonly catalog: { readonly subscribe: Subscribe<CatalogEvent> } },
): () => void {
  const ends = [
    servers.subscribe(({ namespace, state, reason, at }) => {
      if (state === 'removed') events.publish({ type: 'server.removed', at, namespace })
      else events.publish({ type: 'server.state', at, namespace, state, reason })
    }),
    catalog.subscribe((event) => {
      if (event.type === 'listChanged') events.publish({ type: 'namespace.changed', namespace: event.namespace, lists: [...event.lists] })
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}
