import type { JsonSchema } from './protocol.ts'

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const TYPES = new Set<unknown>(['string', 'integer', 'boolean'])

/**
 * Faults in the `x-mcp-header` annotations of an input schema (MCP 2026-07-28, basic/transports/streamable-http,
 * "Schema Extension"); a tool with one would be dropped by every client.
 */
export function headerParameterFaults(schema: JsonSchema): string[] {
  const faults: string[] = []
  const seen = new Set<string>()
  const visit = (node: unknown, path: string, reachable: boolean): void => {
    if (typeof node !== 'object' || node === null) return
    if (Array.isArray(node)) {
      for (const item of node) visit(item, path, false)
      return
    }
    const { 'x-mcp-header': header, properties, ...rest } = node as Record<string, unknown>
    if (header !== undefined) faults.push(...check(header, rest.type, path, reachable && path !== '', seen))
    for (const [name, child] of Object.entries((properties ?? {}) as object)) visit(child, path === '' ? name : `${path}.${name}`, reachable)
    for (const [keyword, child] of Object.entries(rest)) {
      if (!DATA_KEYWORDS.has(keyword)) visit(child, path, false)
    }
  }
  visit(schema, '', true)
  return faults
}

/** Keywords whose value is data, not schema. */
const DATA_KEYWORDS = new Set(['default', 'const', 'enum', 'examples', 'required'])

function check(header: unknown, type: unknown, path: string, reachable: boolean, seen: Set<string>): string[] {
  const at = path === '' ? 'the root' : `"${path}"`
  if (typeof header !== 'string' || !TOKEN.test(header)) return [`"x-mcp-header" of ${at} must be a header name (letters, digits and !#$%&'*+-.^_\`|~).`]
  const faults: string[] = []
  if (!reachable) faults.push(`"x-mcp-header" of ${at} may only stand on a property that is reached through "properties" alone.`)
  else if (!TYPES.has(type)) faults.push(`"x-mcp-header" of ${at} needs the type string, integer or boolean.`)
  if (seen.has(header.toLowerCase())) faults.push(`The "x-mcp-header" name "${header}" is used twice (upper and lower case are the same).`)
  seen.add(header.toLowerCase())
  return faults
}
