import type { UpstreamClient } from '../upstream/upstream.ts'
import type { ConnectionPool } from './connection-pool.ts'
import type { ServerConnection } from './server-connection.ts'

interface Watch {
  readonly uri: string
  readonly client: UpstreamClient
  /** That was asked for the updates; undefined: none is open. */
  connection: ServerConnection | undefined
  end: (() => void) | undefined
}

/** The resources that clients watch, each on the connection that its client's calls go to: what they change is known there. */
export function createClientWatches(current: () => ConnectionPool | undefined) {
  const watches = new Set<Watch>()

  function bind(watch: Watch, connection: ServerConnection | undefined): void {
    if (connection === undefined || connection === watch.connection || !watches.has(watch)) return
    watch.end?.()
    watch.connection = connection
    watch.end = connection.mcp.subscribe(watch.uri)
    void connection.gone.then(() => {
      if (watch.connection === connection) watch.connection = watch.end = undefined
    })
  }

  async function reach(watch: Watch): Promise<void> {
    try {
      bind(watch, await current()?.reach(watch.client))
    } catch {
      // It does not run or is full: asked again when the client's next call has opened a connection.
    }
  }

  return {
    get size() {
      return watches.size
    },
    /** The returned function ends it, once. */
    add(uri: string, client: UpstreamClient): () => void {
      const watch: Watch = { uri, client, connection: undefined, end: undefined }
      watches.add(watch)
      void reach(watch)
      return () => {
        if (watches.delete(watch)) watch.end?.()
      }
    },
    /** There are new connections. */
    rebind(): void {
      for (const watch of watches) bind(watch, current()?.opened(watch.client))
    },
  }
}
