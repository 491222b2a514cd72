import type { JsonSchema } from '@tooldock/worker/protocol'

/** Keywords whose value is a schema, a list of schemas, or schemas by name (JSON Schema 2020-12, and `definitions` of older drafts). */
const SCHEMA = new Set([
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'not',
  'if',
  'then',
  'else',
  'contentSchema',
])
const SCHEMA_LIST = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const SCHEMA_MAP = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])

/**
 * A tool's schema for a place inside an OpenAPI document, where `#/…` means the document and not the schema: its
 * definitions become components named `{name}.{definition}`, and references to any other part of it make the whole
 * schema a component. References then read `#/components/schemas/…`, the only form that all clients resolve.
 */
export function embedSchema(schema: JsonSchema, name: string, components: Record<string, unknown>): unknown {
  // A schema with its own base URI resolves its references itself.
  if (typeof schema.$id === 'string') return withoutDialect(schema)
  const keys = new Map<string, string>()
  let wholeIsReferenced = false
  const rewrite = (ref: string): string => {
    if (ref !== '#' && !ref.startsWith('#/')) return ref
    const [, container, definition, ...rest] = ref.split('/')
    if ((container === '$defs' || container === 'definitions') && definition !== undefined) {
      return ['#/components/schemas', definitionKey(`${container}/${decodePointer(definition)}`, name, keys), ...rest].join('/')
    }
    wholeIsReferenced = true
    return `#/components/schemas/${name}${ref.slice(1)}`
  }
  const { $schema: _dialect, $defs, definitions, ...body } = mapSchema(schema, rewrite) as Record<string, unknown>
  for (const [container, map] of Object.entries({ $defs, definitions })) {
    for (const [definition, value] of Object.entries((map as Record<string, unknown> | undefined) ?? {})) {
      components[definitionKey(`${container}/${definition}`, name, keys)] = value
    }
  }
  if (!wholeIsReferenced) return body
  components[name] = body
  return { $ref: `#/components/schemas/${name}` }
}

/** The component a definition becomes: the same each time, different for different definitions. */
function definitionKey(definition: string, name: string, keys: Map<string, string>): string {
  const known = keys.get(definition)
  if (known !== undefined) return known
  const wanted = `${name}.${definition.slice(definition.indexOf('/') + 1).replace(/[^A-Za-z0-9._-]/g, '_')}`
  const taken = new Set(keys.values())
  let key = wanted
  for (let number = 2; taken.has(key); number++) key = `${wanted}_${number}`
  keys.set(definition, key)
  return key
}

/** Copies a schema with every reference rewritten; values that are data (`const`, `default`, `examples`) stay as they are. */
function mapSchema(schema: unknown, rewrite: (ref: string) => string): unknown {
  // `true` means the same, but clients look for members in every schema.
  if (schema === true) return {}
  if (!isObject(schema)) return schema
  const copy: Record<string, unknown> = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === '$ref' && typeof value === 'string') copy[keyword] = rewrite(value)
    else if (SCHEMA_MAP.has(keyword) && isObject(value))
      copy[keyword] = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapSchema(item, rewrite)]))
    else if (SCHEMA_LIST.has(keyword) && Array.isArray(value)) copy[keyword] = value.map((item) => mapSchema(item, rewrite))
    else if (SCHEMA.has(keyword)) copy[keyword] = mapSchema(value, rewrite)
    else copy[keyword] = value
  }
  return copy
}

function withoutDialect({ $schema: _dialect, ...schema }: JsonSchema): JsonSchema {
  return schema
}

function decodePointer(segment: string): string {
  let text = segment
  try {
    text = decodeURIComponent(segment)
  } catch {
    // Not percent-encoded: it is meant as it is.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
