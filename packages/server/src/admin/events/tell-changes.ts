import type { ApiKeys } from '../../access/api-key.types.ts'
import type { Catalog } from '../../catalog/snapshot.ts'
import type { ServerService } from '../../servers/server-service.types.ts'
import type { EventBus } from '../../telemetry/event-bus.ts'

export interface ChangeSources {
  readonly servers: Pick<ServerService, 'subscribe'>
  readonly catalog: Pick<Catalog, 'subscribe'>
  readonly keys: Pick<ApiKeys, 'subscribe'>
}

/** Brings what servers, the catalog and keys tell to the bus. Returns the function that ends it. */
export function tellChanges(events: Pick<EventBus, 'publish'>, { servers, catalog, keys }: ChangeSources): () => void {
  const ends = [
    servers.subscribe((event) => {
      const { type, namespace, at } = event
      if (type === 'state') events.publish({ type: 'server.state', at, namespace, state: event.state, reason: event.reason })
      else events.publish({ type: `server.${type}`, at, namespace })
    }),
    catalog.subscribe((event) => {
      if (event.type === 'listChanged') events.publish({ type: 'namespace.changed', namespace: event.namespace, lists: [...event.lists] })
    }),
    keys.subscribe(({ id, change }) => events.publish({ type: 'key.changed', id, change: change === 'expired' ? 'updated' : change })),
  ]
  return () => {
    for (const end of ends) end()
  }
}
