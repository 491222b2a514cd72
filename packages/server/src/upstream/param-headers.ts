import type { JsonSchema } from '@tooldock/worker/protocol'
import { isObject } from './json-lines.ts'

/** An argument of a tool that is repeated in a header (2026-07-28, basic/transports/streamable-http, "Schema Extension"). */
export interface ParamHeader {
  /** `Mcp-Param-…`, as the schema writes it. */
  readonly header: string
  /** Property names from the arguments to the annotated value. */
  readonly path: readonly string[]
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean'])
/** Keywords whose value is data, not schema. */
const DATA_KEYWORDS: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'examples', 'required'])

/** What a tool's schema wants in headers; undefined when an annotation is not allowed, which makes the tool one that must be hidden. */
export function readParamHeaders(schema: JsonSchema): readonly ParamHeader[] | undefined {
  const found: ParamHeader[] = []
  const seen = new Set<string>()

  function isAllowed(header: unknown, type: unknown, path: readonly string[] | undefined): boolean {
    if (typeof header !== 'string' || !TOKEN.test(header) || !TYPES.has(type) || path === undefined || path.length === 0) return false
    if (seen.has(header.toLowerCase())) return false
    seen.add(header.toLowerCase())
    found.push({ header: `Mcp-Param-${header}`, path })
    return true
  }

  /** `path` is undefined below anything but `properties`, where no annotation may stand. */
  function visit(node: unknown, path: readonly string[] | undefined): boolean {
    if (Array.isArray(node)) return node.every((item) => visit(item, undefined))
    if (!isObject(node)) return true
    const { 'x-mcp-header': header, properties, ...rest } = node
    if (header !== undefined && !isAllowed(header, rest.type, path)) return false
    return (
      Object.entries(isObject(properties) ? properties : {}).every(([name, child]) => visit(child, path && [...path, name])) &&
      Object.entries(rest).every(([keyword, child]) => DATA_KEYWORDS.has(keyword) || visit(child, undefined))
    )
  }

  return visit(schema, []) ? found : undefined
}

/** The headers of one call; an argument that is missing or null has none. */
export function paramHeaderValues(headers: readonly ParamHeader[], args: unknown): Record<string, string> {
  const values: Record<string, string> = {}
  for (const { header, path } of headers) {
    const value = valueAt(args, path)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') values[header] = toHeaderValue(String(value))
  }
  return values
}

export function valueAt(args: unknown, path: readonly string[]): unknown {
  let value = args
  for (const name of path) value = isObject(value) ? value[name] : undefined
  return value
}

/** Text as a header value: as it is when that is safe, else in Base64 ("Value Encoding"). */
export function toHeaderValue(text: string): string {
  const isSafe = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/.test(text) && !/^=\?base64\?.*\?=$/.test(text)
  return isSafe ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`
}
