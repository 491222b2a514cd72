import { ToolDockError } from '../errors/tooldock-error.ts'

const PATTERN = /^[a-z0-9][a-z0-9_-]{0,62}$/
/** First path segments that mean something else on the gateway. */
const RESERVED: ReadonlySet<string> = new Set([
  'api',
  'mcp',
  'openapi',
  'docs',
  'assets',
  'health',
  'metrics',
  'tools',
  'static',
  'sse',
  'messages',
  'well-known',
  'tooldock',
])

/** Why `name` cannot be a namespace, in words; undefined when it can. */
export function namespaceNameFault(name: string): string | undefined {
  if (!PATTERN.test(name)) return 'a namespace is named with 1 to 63 lower-case letters, digits, "-" and "_", beginning with a letter or digit'
  if (name.includes('__')) return 'a namespace name has no "__": that separates namespace and tool'
  if (RESERVED.has(name)) return 'this name is reserved'
  return undefined
}

export function isNamespaceName(name: string): boolean {
  return namespaceNameFault(name) === undefined
}

/**
 * The check before a name becomes a path.
 * @throws {ToolDockError} `invalid_params` with the rule that is broken
 */
export function assertNamespaceName(name: string): void {
  const fault = namespaceNameFault(name)
  if (fault !== undefined) throw new ToolDockError('invalid_params', `"${name.slice(0, 80)}" cannot be a namespace: ${fault}.`)
}
