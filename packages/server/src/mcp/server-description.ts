import type { PublishedNamespace } from '../catalog/snapshot.ts'
import type { View } from '../catalog/view.types.ts'
import { capabilitiesAcrossEras } from '../upstream/across-eras.ts'
import type { Era } from './lists.ts'

/** `serverInfo` of an address: an external server's own, else our name with the namespace when there is one. */
export function serverInfoOf(view: View, serverName: string, version: string): Readonly<Record<string, unknown>> {
  const server = externalServer(view)
  if (server !== undefined) return server.info
  return { name: view.namespace === null ? serverName : `${serverName}/${view.namespace}`, title: view.title, version }
}

/**
 * What an address can do for clients of this era. Prompts and resources are always announced, also while there are none: a reload may bring
 * some, and a client that listens must be able to hear of it.
 */
export function capabilitiesOf(view: View, era: Era): Readonly<Record<string, unknown>> {
  const server = externalServer(view)
  if (server !== undefined) return server.era === era ? server.capabilities : capabilitiesAcrossEras(server.capabilities)
  const extensions = view.namespace === null || era === 'legacy' ? undefined : view.namespaces[0]?.extensions
  return {
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    logging: {},
    ...(view.completions ? { completions: {} } : {}),
    ...(extensions === undefined ? {} : { extensions }),
  }
}

/** The one external server behind an address: its clients see what it says of itself. */
const externalServer = (view: View): PublishedNamespace['server'] => (view.namespace === null ? undefined : view.namespaces[0]?.server)
