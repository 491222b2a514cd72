import type { Catalogue, PromptEntry, ResourceEntry, ResourceTemplateEntry, ToolEntry } from '@tooldock/worker/protocol'
import type { UpstreamErrorDetails } from '../errors/to-jsonrpc.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { META } from '../kernel/protocol-version.ts'
import { isObject, type Json } from './json-lines.ts'

export interface ListDeps {
  /** @throws {ToolDockError} upstream_* */
  readonly request: (method: string, params: Json, timeoutMs: number) => Promise<Json>
  /** Of the server; they decide which lists are asked for. */
  readonly capabilities: Json
  readonly entriesMax: number
  /** For all lists together, in milliseconds. */
  readonly deadlineMs: number
  /** An entry that cannot be published, and why. */
  readonly onRefused: (what: string) => void
}

const METHOD_NOT_FOUND = -32601
/** Both eras require an input schema; a server that gives none takes any arguments. */
const ANY_ARGUMENTS = { type: 'object' }

/** Everything a server lists, in its order; unknown members of entries are kept. @throws {ToolDockError} upstream_* */
export async function listCatalogue({ request, capabilities, entriesMax, deadlineMs, onRefused }: ListDeps): Promise<Catalogue> {
  const until = performance.now() + deadlineMs
  let left = entriesMax
  const listMembers: Record<string, Json> = {}

  async function entriesOf<T>(method: string, member: string, key: keyof T & string): Promise<T[]> {
    const found = new Map<string, Json>()
    let cursor: unknown
    // A page counts too: a server that gives cursors for ever ends like one that gives entries for ever.
    do {
      const page = await request(method, cursor === undefined ? {} : { cursor }, Math.max(1, until - performance.now()))
      const entries = Array.isArray(page[member]) ? page[member] : []
      left -= Math.max(entries.length, 1)
      if (left < 0) throw new ToolDockError('upstream_failed', `The server lists more than ${entriesMax} tools, resources and prompts.`)
      for (const entry of entries) keep(found, entry, key, member)
      const others = otherMembers(page, member)
      if (Object.keys(others).length > 0) listMembers[member] = { ...listMembers[member], ...others }
      cursor = page.nextCursor
    } while (typeof cursor === 'string')
    return [...found.values()].map((entry) => ({ ...entry, file: '' }) as T)
  }

  function keep(found: Map<string, Json>, entry: unknown, key: string, member: string): void {
    const name = isObject(entry) ? entry[key] : undefined
    if (!isObject(entry) || typeof name !== 'string') return onRefused(`one of its ${member} has no ${key}`)
    if (found.has(name)) return onRefused(`it lists "${name}" twice among its ${member}`)
    found.set(name, member === 'tools' && !isObject(entry.inputSchema) ? { ...entry, inputSchema: ANY_ARGUMENTS } : entry)
  }

  const offers = (capability: string): boolean => isObject(capabilities[capability])
  const resources = offers('resources')
  const catalogue: Catalogue = {
    tools: offers('tools') ? await entriesOf<ToolEntry>('tools/list', 'tools', 'name') : [],
    resources: resources ? await entriesOf<ResourceEntry>('resources/list', 'resources', 'uri') : [],
    resourceTemplates: resources ? await orNone(entriesOf<ResourceTemplateEntry>('resources/templates/list', 'resourceTemplates', 'uriTemplate')) : [],
    prompts: offers('prompts') ? await entriesOf<PromptEntry>('prompts/list', 'prompts', 'name') : [],
    completions: offers('completions'),
  }
  return Object.keys(listMembers).length > 0 ? { ...catalogue, listMembers } : catalogue
}

/** What a list result says beside its entries, but for what is true of one page, of this moment, or of the message that carried it. */
function otherMembers(page: Json, member: string): Json {
  const { [member]: _entries, nextCursor: _cursor, resultType: _type, ttlMs: _ttl, cacheScope: _scope, _meta, ...others } = page
  const meta = isObject(_meta) ? Object.entries(_meta).filter(([key]) => key !== META.serverInfo) : []
  return meta.length === 0 ? others : { ...others, _meta: Object.fromEntries(meta) }
}

/** Servers with resources but without templates often do not know the method. */
async function orNone<T>(entries: Promise<T[]>): Promise<T[]> {
  try {
    return await entries
  } catch (error) {
    if (error instanceof ToolDockError && (error.details as UpstreamErrorDetails | undefined)?.code === METHOD_NOT_FOUND) return []
    throw error
  }
}
