import type { ToolEntry } from '@tooldock/worker/protocol'
import { z } from 'zod'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { createRankedSearch } from './ranked-search.ts'

const QUERY_LENGTH_MAX = 1000
const HITS_MAX = 50
const HITS_DEFAULT = 5

const SEARCH_TOOLS: ToolEntry = {
  file: '',
  name: 'search_tools',
  title: 'Search tools',
  description: 'Finds tools by what they do. Answers the best matches with the input schema that call_tool needs.',
  inputSchema: {
    type: 'object',
    properties: {
      query: { type: 'string', minLength: 1, maxLength: QUERY_LENGTH_MAX, description: 'Words about what is to be done.' },
      limit: { type: 'integer', minimum: 1, maximum: HITS_MAX, default: HITS_DEFAULT, description: 'Number of matches at most.' },
    },
    required: ['query'],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true },
}

const CALL_TOOL: ToolEntry = {
  file: '',
  name: 'call_tool',
  title: 'Call a tool',
  description: 'Calls a tool that search_tools found, with arguments as its input schema says.',
  inputSchema: {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'Name of the tool as search_tools gave it.' },
      arguments: { type: 'object', description: 'Arguments of the tool.' },
    },
    required: ['name'],
    additionalProperties: false,
  },
}

/** What a bundle lists when its tools are found by search; sorted by name. */
export const DISCOVERY_TOOLS: readonly ToolEntry[] = [CALL_TOOL, SEARCH_TOOLS]

const SEARCH_ARGUMENTS = z.strictObject({
  query: z.string().min(1).max(QUERY_LENGTH_MAX),
  limit: z.number().int().min(1).max(HITS_MAX).default(HITS_DEFAULT),
})
const CALL_ARGUMENTS = z.strictObject({ name: z.string().min(1), arguments: z.record(z.string(), z.unknown()).exactOptional() })

export type DiscoveryCall = { readonly kind: 'search'; readonly json: string } | { readonly kind: 'call'; readonly params: Readonly<Record<string, unknown>> }

/**
 * Answers `search_tools`, and reads from `call_tool` which tool is meant: its result is the parameters of that call.
 * The index is made at the first search.
 */
export function createDiscovery(tools: readonly ToolEntry[]): (name: string, args: unknown) => DiscoveryCall {
  let search: ReturnType<typeof createRankedSearch<ToolEntry>> | undefined

  /** @throws {ToolDockError} `tool_not_found`, `invalid_arguments` */
  return (name, args) => {
    if (name === CALL_TOOL.name) return { kind: 'call', params: read(CALL_ARGUMENTS, args) }
    if (name !== SEARCH_TOOLS.name) throw new ToolDockError('tool_not_found', `There is no tool "${name}" here: call it through call_tool.`)
    const { query, limit } = read(SEARCH_ARGUMENTS, args)
    search ??= createRankedSearch(tools)
    const found = search(query)
    return { kind: 'search', json: answer(found.slice(0, limit), found.length) }
  }
}

function answer(hits: readonly ToolEntry[], matches: number): string {
  const tools = hits.map(({ name, title, description, inputSchema, annotations }) => ({ name, title, description, inputSchema, annotations }))
  const structuredContent = { tools, matches }
  return JSON.stringify({ resultType: 'complete', content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent })
}

function read<T>(schema: z.ZodType<T>, args: unknown): T {
  const parsed = schema.safeParse(args ?? {})
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
  const words = fields.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  throw new ToolDockError('invalid_arguments', `The arguments are not usable: ${words}`, { fields })
}
