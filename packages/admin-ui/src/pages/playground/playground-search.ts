import type { Protocol } from '../../components/tool-run/execute-event.ts'
import type { Search } from '../../routes.tsx'
import { isObject } from '../../ui/schema-form/json-schema.ts'

/** What the address of the playground holds. */
export interface PlaygroundSearch {
  readonly namespace: string | undefined
  readonly tool: string | undefined
  readonly protocol: Protocol
  readonly args: Readonly<Record<string, unknown>> | undefined
}

/** Longer arguments are left out of the address. */
const argsCharactersMax = 2000
const protocols: readonly unknown[] = ['mcp-modern', 'mcp-legacy', 'rest'] satisfies readonly Protocol[]

/** Reads whatever somebody put into the address; what makes no sense is ignored. */
export function readPlaygroundSearch(search: Search): PlaygroundSearch {
  const { namespace, tool, protocol, args } = search
  return {
    namespace: namespace === undefined ? undefined : String(namespace),
    tool: tool === undefined ? undefined : String(tool),
    protocol: protocols.includes(protocol) ? (protocol as Protocol) : 'mcp-modern',
    args: readArgs(args),
  }
}

function readArgs(text: Search[string]): Readonly<Record<string, unknown>> | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    // An address that was cut off.
    return undefined
  }
}

export function writePlaygroundSearch({ namespace, tool, protocol, args }: PlaygroundSearch): Search {
  const text = args === undefined ? undefined : JSON.stringify(args)
  return {
    namespace,
    tool,
    protocol: protocol === 'mcp-modern' ? undefined : protocol,
    args: text === undefined || text === '{}' || text.length > argsCharactersMax ? undefined : text,
  }
}
