import { isObject } from '../json-rpc.ts'

const COMPLETE = '{"resultType":"complete"'

/**
 * A complete result as revisions before 2026-07-28 write it: no `resultType`, and `structuredContent` only when it is an
 * object; another value is told as text, unless the server wrote text already. A large result stays unparsed.
 */
export function legacyResultText(json: string): string {
  const rest = json.startsWith(COMPLETE) ? json.slice(COMPLETE.length) : undefined
  if (rest === undefined || NON_OBJECT.test(json)) return withoutNews(json)
  return rest === '}' ? '{}' : `{${rest.slice(1)}`
}

/** In JSON text the quotes inside strings are escaped, so this finds members only. */
const NON_OBJECT = /"structuredContent":[^{]/

function withoutNews(json: string): string {
  const { resultType: _type, structuredContent, ...rest } = JSON.parse(json) as Record<string, unknown>
  if (structuredContent === undefined || isObject(structuredContent)) return JSON.stringify({ ...rest, structuredContent })
  const isTold = Array.isArray(rest.content) && rest.content.length > 0
  return JSON.stringify(isTold ? rest : { ...rest, content: [{ type: 'text', text: JSON.stringify(structuredContent) }] })
}
