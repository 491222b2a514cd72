import type { View } from '../catalog/view.types.ts'

export interface ServerInfo {
  readonly name: string
  readonly title: string
  readonly version: string
}

/** `serverInfo` of an address: the server's name, with the namespace when there is one. */
export function serverInfoOf(view: View, serverName: string, version: string): ServerInfo {
  return { name: view.namespace === null ? serverName : `${serverName}/${view.namespace}`, title: view.title, version }
}

/**
 * What an address can do. Prompts and resources are always announced, also while there are none: a reload may bring
 * some, and a client that listens must be able to hear of it.
 */
export function capabilitiesOf(view: View): Record<string, object> {
  return {
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    logging: {},
    ...(view.completions ? { completions: {} } : {}),
  }
}
