import { valueAtPointer } from './json-path.ts'
import { isObject, isSchema, type JsonSchema, type SchemaObject, schemaList, schemaMap, stringList } from './json-schema.ts'

/**
 * A schema without `$ref` and `allOf` at its top: what they say is merged in. Only the top, because schemas may be recursive;
 * whoever goes down resolves again. A reference that leads nowhere, or only to itself, says nothing.
 */
export function resolveSchema(schema: JsonSchema, root: JsonSchema, seen: readonly string[] = []): SchemaObject {
  if (schema === true) return {}
  if (schema === false) return { not: {} }
  const { $ref, allOf, ...own } = schema
  let inherited: SchemaObject = {}
  if (typeof $ref === 'string' && !seen.includes($ref)) {
    const target = findReference($ref, root)
    if (target !== undefined) inherited = resolveSchema(target, root, [...seen, $ref])
  }
  for (const part of schemaList(allOf)) inherited = merge(inherited, resolveSchema(part, root, seen))
  // In draft-7 what stands beside `$ref` is ignored; writers mean it as in 2020-12 nevertheless (title, description, default).
  return merge(inherited, own)
}

function findReference(reference: string, root: JsonSchema): JsonSchema | undefined {
  if (reference === '#') return root
  const fragment = reference.startsWith('#') ? safeDecode(reference.slice(1)) : undefined
  const found = fragment?.startsWith('/') ? valueAtPointer(root, fragment) : findNamed(root, reference)
  return isSchema(found) ? found : undefined
}

/** A definition by its `$anchor` or `$id`. */
function findNamed(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (typeof root === 'boolean') return undefined
  const definitions = Object.values({ ...schemaMap(root.definitions), ...schemaMap(root.$defs) })
  return definitions.find((entry) => isObject(entry) && (entry.$id === reference || `#${entry.$anchor}` === reference))
}

function safeDecode(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    // Not percent-encoded after all: a name with a bare % in it.
    return fragment
  }
}

/** What holds where both hold; for what only one can say (title, default, format) `over` wins. */
function merge(base: SchemaObject, over: SchemaObject): SchemaObject {
  const merged: Record<string, unknown> = { ...base, ...over }
  for (const [keyword, join] of Object.entries(joins)) {
    if (base[keyword] !== undefined && over[keyword] !== undefined) merged[keyword] = join(base[keyword], over[keyword])
  }
  return merged
}

const joins: Readonly<Record<string, (base: unknown, over: unknown) => unknown>> = {
  properties: (base, over) => joinProperties(schemaMap(base), schemaMap(over)),
  required: (base, over) => [...new Set([...stringList(base), ...stringList(over)])],
  type: (base, over) => joinTypes([base].flat(), [over].flat()),
  enum: (base, over) => (Array.isArray(base) && Array.isArray(over) ? over.filter((entry) => base.includes(entry)) : over),
  minimum: largest,
  exclusiveMinimum: largest,
  minLength: largest,
  minItems: largest,
  maximum: smallest,
  exclusiveMaximum: smallest,
  maxLength: smallest,
  maxItems: smallest,
}

function joinProperties(base: Readonly<Record<string, JsonSchema>>, over: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> {
  const joined: Record<string, JsonSchema> = { ...base }
  for (const [name, schema] of Object.entries(over)) {
    const other = base[name]
    joined[name] = other === undefined ? schema : { allOf: [other, schema] }
  }
  return joined
}

function joinTypes(base: readonly unknown[], over: readonly unknown[]): readonly unknown[] {
  // Every integer is a number.
  const narrowed = base.includes('number') ? over : over.map((type) => (type === 'number' && base.includes('integer') ? 'integer' : type))
  return narrowed.filter((type) => base.includes(type) || (type === 'integer' && base.includes('number')))
}

function largest(base: unknown, over: unknown): unknown {
  return Math.max(Number(base), Number(over))
}

function smallest(base: unknown, over: unknown): unknown {
  return Math.min(Number(base), Number(over))
}
