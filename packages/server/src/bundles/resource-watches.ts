import type { Upstream, UpstreamClient } from '../upstream/upstream.ts'

interface Watch {
  readonly namespace: string
  readonly uri: string
  readonly client: UpstreamClient
  upstream: Upstream | undefined
  end: (() => void) | undefined
}

/** The resources of other namespaces whose updates the clients of a bundle asked for. */
export interface ResourceWatches {
  /** Returns what ends it; once. */
  add(namespace: string, uri: string, client: UpstreamClient): () => void
  /** A namespace may have another upstream now: asks that one. */
  rebind(): void
  close(): void
}

/** @param find the upstream of a namespace now */
export function createResourceWatches(find: (namespace: string) => Upstream | undefined): ResourceWatches {
  const watches = new Set<Watch>()

  const bind = (watch: Watch): void => {
    const upstream = find(watch.namespace)
    if (upstream === watch.upstream) return
    watch.end?.()
    watch.upstream = upstream
    watch.end = upstream?.subscribe?.(watch.uri, watch.client)
  }
  const remove = (watch: Watch): void => {
    if (watches.delete(watch)) watch.end?.()
  }

  return {
    add(namespace, uri, client) {
      const watch: Watch = { namespace, uri, client, upstream: undefined, end: undefined }
      bind(watch)
      watches.add(watch)
      return () => remove(watch)
    },
    rebind() {
      for (const watch of watches) bind(watch)
    },
    close() {
      for (const watch of watches) remove(watch)
    },
  }
}
