/** Everything a client may be asked through ToolDock: what a connection that serves many clients declares. */
export const RELAYED_CAPABILITIES: Readonly<Record<string, unknown>> = Object.freeze({
  elicitation: { form: {}, url: {} },
  sampling: { context: {}, tools: {} },
  roots: {},
  // MCP Apps asks nothing of the gateway: whoever does not know it ignores the metadata.
  extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
})

/** Sets of capabilities whose text is kept. */
const TEXTS_MAX = 1000

/** Tells the same text for the same set of capabilities, in whatever order a client writes them. */
export function createCanonicalCapabilities(): (capabilities: Readonly<Record<string, unknown>>) => string {
  const texts = new Map<string, string>()
  return (capabilities) => {
    const written = JSON.stringify(capabilities)
    let text = texts.get(written)
    if (text === undefined) {
      if (texts.size >= TEXTS_MAX) texts.clear()
      texts.set(written, (text = JSON.stringify(sorted(capabilities))))
    }
    return text
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  )
}
