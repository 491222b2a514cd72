import type { JsonSchema, ToolEntry } from '@tooldock/worker/protocol'
import type { View } from '../catalog/view.types.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { META } from '../kernel/protocol-version.ts'

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
      const key = `${era} ${method} ${after === undefined ? '' : `${after.at} ${after.key}`}`
      let cache = pages.get(view)
      if (cache === undefined) pages.set(view, (cache = new Map()))
      const known = cache.get(key)
      if (known !== undefined) return known
      const text = buildPage(view, method, era, serverInfo, after, pageMax)
      // A cursor may point anywhere: only the pages that are really linked are kept.
      const last = after && entriesOf(view, method)[after.at]
      if (after === undefined || (last !== undefined && keyOf(last) === after.key)) cache.set(key, text)
      return text
    },
  }
}
/** In words, for who watches a client come. */
export const listed = ({ tools }: View): string => `${tools.length} ${tools.length === 1 ? 'tool' : 'tools'} listed`

export type Lists = ReturnType<typeof createLists>

type AnyEntry = View['tools'][number] | View['prompts'][number] | View['resources'][number] | View['resourceTemplates'][number]

const entriesOf = (view: View, method: ListMethod): readonly AnyEntry[] => view[MEMBER[method]]
const keyOf = (entry: AnyEntry): string => ('uri' in entry ? entry.uri : 'uriTemplate' in entry ? entry.uriTemplate : entry.name)

/** The last entry of the page before, and where it was. */
interface After {
  readonly at: number
  readonly key: string
}

/** A cursor names the entry, so that it stays right when entries come and go between pages; the place serves when it is gone. */
function readCursor(cursor: unknown): After {
  const refuse = () => new ToolDockError('invalid_params', 'The cursor is not one this server gave.')
  if (typeof cursor !== 'string' || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw refuse()
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  const [, at, key] = /^after:(\d{1,9}):(.+)$/s.exec(text) ?? []
  if (at === undefined || key === undefined) throw refuse()
  return { at: Number(at), key }
}

const writeCursor = (at: number, key: string): string => Buffer.from(`after:${at}:${key}`).toString('base64url')

/** Where the page after this entry begins. */
function beginOf(all: readonly AnyEntry[], { at, key }: After): number {
  const found = all.findIndex((entry) => keyOf(entry) === key)
  return found < 0 ? at : found + 1
}

function buildPage(view: View, method: ListMethod, era: Era, serverInfo: object, after: After | undefined, pageMax: number): string {
  const all = entriesOf(view, method)
  const begin = after === undefined ? 0 : beginOf(all, after)
  const end = begin + pageMax
  const page = all.slice(begin, end)
  const last = page.at(-1)
  const listed = page.map((entry) => publicEntry(entry, era))
  const said = view.namespace === null ? undefined : view.namespaces[0]?.server?.listMembers?.[MEMBER[method]]
  return JSON.stringify({
    ...(era === 'modern' ? { resultType: 'complete' } : {}),
    ...said,
    [MEMBER[method]]: listed,
    ...(all.length > end && last !== undefined ? { nextCursor: writeCursor(end - 1, keyOf(last)) } : {}),
    ...(era === 'modern' ? { ...CACHE_HINTS, _meta: { ...(said?._meta as object | undefined), [META.serverInfo]: serverInfo } } : {}),
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
