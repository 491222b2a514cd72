/** Everything a client may be asked through ToolDock: what a connection that serves many clients declares. */
export const RELAYED_CAPABILITIES: Readonly<Record<string, unknown>> = Object.freeze({
  elicitation: { form: {}, url: {} },
  sampling: { context: {}, tools: {} },
  roots: {},
  // MCP Apps asks nothing of the gateway: whoever does not know it ignores the metadata.
  extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
})

/** The same text for the same set of capabilities, in whatever order a client writes them. */
export function canonicalCapabilities(capabilities: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(sorted(capabilities))
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
