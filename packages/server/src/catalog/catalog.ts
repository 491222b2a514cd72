import type { Catalog, CatalogEvent, PublishedNamespace, Snapshot } from './snapshot.ts'

/** The catalogue as its owners see it: who publishes namespaces holds this, everyone else a {@link Catalog}. */
export interface PublishingCatalog extends Catalog {
  /** Swaps the namespaces named in `changes` (undefined: withdrawn) in one assignment, then tells the listeners. */
  publish(changes: ReadonlyMap<string, PublishedNamespace | undefined>, events?: readonly CatalogEvent[]): void
  /** Passes on what an upstream announced; the snapshot stays. */
  announce(event: CatalogEvent): void
  /** A namespace as its owner published it, before it was shaped. */
  original(name: string): PublishedNamespace | undefined
  /** How this namespace is shaped has changed: publishes it anew; does nothing when it is not published. */
  reshape(name: string, events: readonly CatalogEvent[]): void
}

/** What callers see of a namespace; the namespace itself when nothing is different. */
export type Shape = (namespace: PublishedNamespace) => PublishedNamespace

/**
 * @param onListenerError told when a listener throws; the others are still called
 * @param shape applied to everything that is published, so that every face of the gateway shows the same
 */
export function createCatalog(onListenerError: (error: unknown) => void, shape: Shape = (namespace) => namespace): PublishingCatalog {
  const listeners = new Set<(event: CatalogEvent) => void>()
  const originals = new Map<string, PublishedNamespace>()
  let current: Snapshot = { version: 0, namespaces: new Map() }

  const announce = (event: CatalogEvent): void => {
    for (const listener of [...listeners]) {
      try {
        listener(event)
      } catch (error) {
        onListenerError(error)
      }
    }
  }

  const publish: PublishingCatalog['publish'] = (changes, events = []) => {
    const namespaces = new Map(current.namespaces)
    for (const [name, next] of changes) {
      if (next === undefined) {
        namespaces.delete(name)
        originals.delete(name)
      } else {
        namespaces.set(name, shape(next))
        originals.set(name, next)
      }
    }
    current = { version: current.version + 1, namespaces: new Map([...namespaces].sort(([a], [b]) => (a < b ? -1 : 1))) }
    for (const event of events) announce(event)
  }

  return {
    get current() {
      return current
    },
    subscribe(listener) {
      // Its own function, so that one listener subscribed twice is two subscriptions.
      const subscription = (event: CatalogEvent): void => listener(event)
      listeners.add(subscription)
      return () => void listeners.delete(subscription)
    },
    publish,
    announce,
    original: (name) => originals.get(name),
    reshape(name, events) {
      const original = originals.get(name)
      if (original !== undefined) publish(new Map([[name, original]]), events)
    },
  }
}
