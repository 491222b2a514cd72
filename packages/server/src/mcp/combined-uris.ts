import type { View } from '../catalog/view.types.ts'
import { isObject } from './json-rpc.ts'

/**
 * A result of one namespace as the address of all namespaces shows it: URIs of its resources, also inside links and
 * embedded resources, read `tooldock://{namespace}/…`. Results without any URI pass unparsed.
 */
export function withCombinedUris(json: string, view: View, namespace: string): string {
  if (view.namespace !== null || !json.includes('"uri"')) return json
  const result: unknown = JSON.parse(json)
  if (!isObject(result)) return json
  const rename = (holder: unknown): void => {
    if (isObject(holder) && typeof holder.uri === 'string') holder.uri = view.uriOf(namespace, holder.uri)
  }
  const renameContent = (content: unknown): void => {
    if (!isObject(content)) return
    if (content.type === 'resource_link') rename(content)
    if (content.type === 'resource') rename(content.resource)
  }
  for (const content of arrayOf(result.content)) renameContent(content)
  for (const contents of arrayOf(result.contents)) rename(contents)
  for (const message of arrayOf(result.messages)) if (isObject(message)) renameContent(message.content)
  return JSON.stringify(result)
}

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
