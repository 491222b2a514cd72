/** Members whose values may be secrets, or are contents: variables, headers, values, arguments of programs, files. */
const HIDDEN =
  /^(value|values|env|headers|args|arguments|answers|content|contents|config|code|packageJson|inputResponses)$|token|secret|passw(or)?d|credential|api[-_]?key|private[-_]?key|authorization|cookie/i
const TEXT_CHARS_MAX = 500
/** No URL that anybody means is longer. */
const URL_CHARS_MAX = 4096
const ITEMS_MAX = 50
const DEPTH_MAX = 6

/**
 * What a request asked for, as the audit log keeps it: of members that may be secrets or contents only their names and
 * lengths, of URLs neither user nor query, of long texts and lists the beginning.
 */
export function auditDetails(query: unknown, body: unknown): unknown {
  const given = { ...(query as object | undefined), ...readBody(body) }
  return shorten(given, 0)
}

/** The members of a JSON body; of one that is no object, what can be said of it. */
export function readBody(body: unknown): Readonly<Record<string, unknown>> {
  if (!Buffer.isBuffer(body) || body.length === 0) return {}
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { body: value }
  } catch {
    // Refused for it, or no JSON: there is nothing to show.
    return { body: `[${body.length} bytes]` }
  }
}

function shorten(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shortenText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEPTH_MAX) return '[…]'
  if (Array.isArray(value)) {
    const items = value.slice(0, ITEMS_MAX).map((item) => shorten(item, depth + 1))
    return value.length > ITEMS_MAX ? [...items, `[${value.length - ITEMS_MAX} more]`] : items
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, HIDDEN.test(name) ? sizeOf(member) : shorten(member, depth + 1)]))
}

function shortenText(text: string): string {
  const plain = text
    .slice(0, URL_CHARS_MAX)
    .replace(/:\/\/[^\s/?#]*@/g, '://')
    .replace(/(https?:\/\/[^\s?#]+)\?\S*/gi, '$1')
  return plain.length > TEXT_CHARS_MAX || text.length > URL_CHARS_MAX ? `${plain.slice(0, TEXT_CHARS_MAX)}… [${text.length} characters]` : plain
}

/** Names stay, since they say which variable was set; values become their lengths. */
function sizeOf(value: unknown): unknown {
  if (typeof value === 'string') return `[${Buffer.byteLength(value)} bytes]`
  if (Array.isArray(value)) return `[${value.length} items]`
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, sizeOf(member)]))
  return value === null || typeof value === 'boolean' ? value : '[1 value]'
}
