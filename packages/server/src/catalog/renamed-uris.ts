import type { ToolEntry } from '@tooldock/worker/protocol'

/**
 * A result with other URIs: those of the resources it holds, links to or embeds. `rename` is given each. A result without
 * any URI is passed on unparsed.
 */
export function withRenamedUris(json: string, rename: (uri: string) => string): string {
  if (!json.includes('"uri"')) return json
  const result: unknown = JSON.parse(json)
  if (!isObject(result)) return json
  const renameIn = (holder: unknown): void => {
    if (isObject(holder) && typeof holder.uri === 'string') holder.uri = rename(holder.uri)
  }
  const renameContent = (content: unknown): void => {
    if (!isObject(content)) return
    if (content.type === 'resource_link') renameIn(content)
    if (content.type === 'resource') renameIn(content.resource)
  }
  for (const content of arrayOf(result.content)) renameContent(content)
  for (const contents of arrayOf(result.contents)) renameIn(contents)
  for (const message of arrayOf(result.messages)) if (isObject(message)) renameContent(message.content)
  return JSON.stringify(result)
}

/** A tool with another URI for the MCP App that shows it: `_meta.ui.resourceUri`, or the older `_meta["ui/resourceUri"]`. */
export function withRenamedApp(tool: ToolEntry, rename: (uri: string) => string): ToolEntry {
  const { _meta: meta } = tool
  if (meta === undefined) return tool
  const { ui, [OLD_APP]: old } = meta
  const hasApp = isObject(ui) && typeof ui.resourceUri === 'string'
  if (!hasApp && typeof old !== 'string') return tool
  return {
    ...tool,
    _meta: {
      ...meta,
      ...(hasApp ? { ui: { ...ui, resourceUri: rename(ui.resourceUri as string) } } : {}),
      ...(typeof old === 'string' ? { [OLD_APP]: rename(old) } : {}),
    },
  }
}

/** The URIs of the MCP Apps that show a tool. */
export function appsOf({ _meta: meta }: ToolEntry): readonly string[] {
  if (meta === undefined) return []
  const { ui, [OLD_APP]: old } = meta
  return [isObject(ui) ? ui.resourceUri : undefined, old].filter((uri) => typeof uri === 'string')
}

const OLD_APP = 'ui/resourceUri'

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
