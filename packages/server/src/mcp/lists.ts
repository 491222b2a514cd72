import type { JsonSchema, ToolEntry } from '@tooldock/worker/protocol'
import type { View } from '../catalog/view.types.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'

export type ListMethod = 'tools/list' | 'prompts/list' | 'resources/list' | 'resources/templates/list'
export type Era = 'modern' | 'legacy'

export const isListMethod = (method: string): method is ListMethod =>
  method === 'tools/list' || method === 'prompts/list' || method === 'resources/list' || method === 'resources/templates/list'

const MEMBER = { 'tools/list': 'tools', 'prompts/list': 'prompts', 'resources/list': 'resources', 'resources/templates/list': 'resourceTemplates' } as const

/**
 * The caching hints of 2026-07-28 (server/utilities/caching): nothing may be called fresh, because a reload shows at
 * once, and nothing is shared, because what is listed may depend on the caller.
 */
export const CACHE_HINTS = { ttlMs: 0, cacheScope: 'private' } as const

/**
 * List results as JSON text. The text of a page is made once for each view (so once for each snapshot) and era: a list of
 * 1,000 tools then costs a look-up, and every page of one snapshot agrees with the others.
 */
export function createLists(pageMax: number) {
  const pages = new WeakMap<View, Map<string, string>>()

  return {
    /** @throws invalid_params for a cursor this server did not make */
    page(view: View, method: ListMethod, era: Era, serverInfo: object, cursor: unknown): string {
      const after = cursor === undefined ? undefined : readCursor(cursor)
      const key = `${era} ${method} ${after ?? ''}`
      let cache = pages.get(view)
      if (cache === undefined) pages.set(view, (cache = new Map()))
      const known = cache.get(key)
      if (known !== undefined) return known
      const text = buildPage(view, method, era, serverInfo, after, pageMax)
      // A cursor may point anywhere: only the pages that are really linked are kept.
      if (after === undefined || entriesOf(view, method).some((entry) => keyOf(entry) === after)) cache.set(key, text)
      return text
    },
  }
}
export type Lists = ReturnType<typeof createLists>

type AnyEntry = View['tools'][number] | View['prompts'][number] | View['resources'][number] | View['resourceTemplates'][number]

const entriesOf = (view: View, method: ListMethod): readonly AnyEntry[] => view[MEMBER[method]]
const keyOf = (entry: AnyEntry): string => ('uri' in entry ? entry.uri : 'uriTemplate' in entry ? entry.uriTemplate : entry.name)

/** A cursor names the last entry of the page before, so that it stays right when entries come and go between pages. */
function readCursor(cursor: unknown): string {
  const refuse = () => new ToolDockError('invalid_params', 'The cursor is not one this server gave.')
  if (typeof cursor !== 'string' || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw refuse()
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!text.startsWith('after:')) throw refuse()
  return text.slice('after:'.length)
}

function buildPage(view: View, method: ListMethod, era: Era, serverInfo: object, after: string | undefined, pageMax: number): string {
  const all = entriesOf(view, method)
  const rest = after === undefined ? all : all.filter((entry) => keyOf(entry) > after)
  const page = rest.slice(0, pageMax)
  const last = page.at(-1)
  const listed = page.map((entry) => publicEntry(entry, era))
  return JSON.stringify({
    ...(era === 'modern' ? { resultType: 'complete' } : {}),
    [MEMBER[method]]: listed,
    ...(rest.length > page.length && last !== undefined ? { nextCursor: Buffer.from(`after:${keyOf(last)}`).toString('base64url') } : {}),
    ...(era === 'modern' ? { ...CACHE_HINTS, _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo } } : {}),
  })
}

/** What a client may see of an entry: not where it is written, nor how long it may run. */
function publicEntry({ file: _file, ...entry }: AnyEntry, era: Era): object {
  if (!('inputSchema' in entry)) return entry
  const { timeoutSeconds: _timeout, ...tool } = entry
  return era === 'legacy' ? legacyTool(tool) : tool
}

/** Before 2026-07-28 an output schema had to be an object's: others are left out, and their results are text. */
function legacyTool(tool: Omit<ToolEntry, 'file'>): Omit<ToolEntry, 'file'> {
  if (tool.outputSchema === undefined || isObjectSchema(tool.outputSchema)) return tool
  const { outputSchema: _dropped, ...rest } = tool
  return rest
}

const isObjectSchema = (schema: JsonSchema): boolean => schema.type === 'object'
