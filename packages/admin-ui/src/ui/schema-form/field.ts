import { isObject, type JsonSchema, type JsonType, number, type SchemaObject, schemaList, schemaMap, stringList, text, typesOf } from './json-schema.ts'
import { resolveSchema } from './resolve-schema.ts'

export interface Choice {
  readonly value: unknown
  readonly label: string
  readonly description?: string | undefined
}

export interface Variant {
  readonly label: string
  readonly schema: JsonSchema
}

export interface ObjectProperty {
  readonly name: string
  readonly schema: JsonSchema
  readonly required: boolean
}

export type TextInput = 'text' | 'multiline' | 'password' | 'email' | 'url' | 'date' | 'date-time'

interface FieldBase {
  readonly label: string | undefined
  readonly description: string | undefined
  readonly nullable: boolean
  /** The schema without `$ref`, `allOf` and null. */
  readonly schema: SchemaObject
}

/** One place of a form: which control it takes, and what that control must know. */
export type Field = FieldBase &
  (
    | { readonly kind: 'text'; readonly input: TextInput; readonly examples: readonly string[] }
    | { readonly kind: 'number'; readonly integer: boolean; readonly min: number | undefined; readonly max: number | undefined }
    | { readonly kind: 'boolean' }
    | { readonly kind: 'choice'; readonly choices: readonly Choice[] }
    | { readonly kind: 'choices'; readonly choices: readonly Choice[] }
    | { readonly kind: 'constant'; readonly value: unknown }
    | { readonly kind: 'object'; readonly properties: readonly ObjectProperty[]; readonly others: JsonSchema }
    | { readonly kind: 'array'; readonly prefix: readonly JsonSchema[]; readonly items: JsonSchema }
    | { readonly kind: 'union'; readonly variants: readonly Variant[] }
    /** Anything: edited as JSON. */
    | { readonly kind: 'json' }
  )

/** Longer texts than this many characters get several lines. */
const singleLineMax = 200

/** Decides which control a schema gets. Pure and shallow: nested schemas are described when their place in the form is drawn. */
export function describeField(schema: JsonSchema, root: JsonSchema): Field {
  const { schema: resolved, nullable } = withoutNull(resolveSchema(schema, root), root)
  const base: FieldBase = { label: text(resolved.title), description: text(resolved.description), nullable, schema: resolved }
  if ('const' in resolved) return { ...base, kind: 'constant', value: resolved.const }
  const choices = choicesOf(resolved, root)
  if (choices !== null) return { ...base, kind: 'choice', choices }
  const variants = variantsOf(resolved, root)
  if (variants !== null) return { ...base, kind: 'union', variants }
  const types = typesOf(resolved)
  if (types.length > 1) return { ...base, kind: 'union', variants: types.map((type) => ({ label: typeLabels[type], schema: { ...resolved, type } })) }
  return describeTyped(base, types[0], root)
}

function describeTyped(base: FieldBase, type: JsonType | undefined, root: JsonSchema): Field {
  const { schema } = base
  switch (type) {
    case 'string':
      return { ...base, kind: 'text', input: textInputOf(schema), examples: stringList(schema.examples) }
    case 'integer':
    case 'number':
      return { ...base, kind: 'number', integer: type === 'integer', min: number(schema.minimum), max: number(schema.maximum) }
    case 'boolean':
      return { ...base, kind: 'boolean' }
    case 'null':
      return { ...base, kind: 'constant', value: null }
    case 'array':
      return describeArray(base, root)
    case 'object':
      return { ...base, kind: 'object', properties: propertiesOf(schema), others: othersOf(schema) }
    default:
      return { ...base, kind: 'json' }
  }
}

function describeArray(base: FieldBase, root: JsonSchema): Field {
  const { prefixItems, items, additionalItems } = base.schema
  // Draft-7 writes a tuple as an array in `items`, and the rest in `additionalItems`.
  const prefix = Array.isArray(items) ? schemaList(items) : schemaList(prefixItems)
  const rest = ((Array.isArray(items) ? additionalItems : items) ?? true) as JsonSchema
  // A list that names one value twice is shown as JSON (field-view.tsx).
  const choices = prefix.length === 0 ? choicesOf(resolveSchema(rest, root), root) : null
  if (choices !== null) return { ...base, kind: 'choices', choices }
  return { ...base, kind: 'array', prefix, items: rest }
}

function textInputOf(schema: SchemaObject): TextInput {
  const { format, maxLength, contentMediaType } = schema
  if (format === 'password' || format === 'secret' || schema.writeOnly === true) return 'password'
  if (format === 'email' || format === 'date' || format === 'date-time') return format
  if (format === 'uri' || format === 'url') return 'url'
  const long = format === 'textarea' || format === 'markdown' || contentMediaType !== undefined || (number(maxLength) ?? 0) > singleLineMax
  return long ? 'multiline' : 'text'
}

function propertiesOf(schema: SchemaObject): readonly ObjectProperty[] {
  const required = stringList(schema.required)
  const properties = schemaMap(schema.properties)
  const named = Object.entries(properties).map(([name, member]) => ({ name, schema: member, required: required.includes(name) }))
  const bare = required.filter((name) => !Object.hasOwn(properties, name)).map((name) => ({ name, schema: othersOf(schema), required: true }))
  return [...named, ...bare]
}

/** The schema of members that `properties` does not name; false when there may be none. */
function othersOf(schema: SchemaObject): JsonSchema {
  const { additionalProperties, patternProperties } = schema
  const patterns = Object.values(schemaMap(patternProperties))
  if (additionalProperties === false && patterns.length > 0) return patterns.length === 1 ? (patterns[0] ?? true) : { anyOf: patterns }
  return isObject(additionalProperties) || typeof additionalProperties === 'boolean' ? additionalProperties : true
}

/** `enum`, with the names of `enumNames` where a client of an earlier revision gave them, or a union of nothing but constants. */
function choicesOf(schema: SchemaObject, root: JsonSchema): readonly Choice[] | null {
  const names = stringList(schema.enumNames)
  if (Array.isArray(schema.enum)) return schema.enum.map((value, index) => ({ value, label: names[index] ?? labelOf(value) }))
  const parts = unionOf(schema).map((part) => resolveSchema(part, root))
  if (parts.length === 0 || !parts.every((part) => 'const' in part)) return null
  return parts.map((part) => ({ value: part.const, label: text(part.title) ?? labelOf(part.const), description: text(part.description) }))
}

function variantsOf(schema: SchemaObject, root: JsonSchema): readonly Variant[] | null {
  const parts = unionOf(schema)
  if (parts.length === 0) return null
  const { anyOf: _, oneOf: __, title: ___, description: ____, default: _____, ...shared } = schema
  return parts.map((part, index) => {
    const whole = resolveSchema({ allOf: [shared, part] }, root)
    return { label: variantLabel(whole, part, index, root), schema: whole }
  })
}

function unionOf(schema: SchemaObject): readonly JsonSchema[] {
  const oneOf = schemaList(schema.oneOf)
  return oneOf.length > 0 ? oneOf : schemaList(schema.anyOf)
}

/** A variant is called by its title, else by the constant that tells it from the others, else by its definition's name or its type. */
function variantLabel(whole: SchemaObject, part: JsonSchema, index: number, root: JsonSchema): string {
  const title = text(whole.title)
  if (title !== undefined) return title
  for (const [name, member] of Object.entries(schemaMap(whole.properties))) {
    const constant = resolveSchema(member, root).const
    if (constant !== undefined) return `${name}: ${labelOf(constant)}`
  }
  const reference = isObject(part) ? text(part.$ref)?.split('/').at(-1) : undefined
  const [type] = typesOf(whole)
  return reference ?? (type === undefined ? `Variant ${index + 1}` : typeLabels[type])
}

const typeLabels: Readonly<Record<JsonType, string>> = {
  null: 'Null',
  boolean: 'Yes or no',
  integer: 'Whole number',
  number: 'Number',
  string: 'Text',
  array: 'List',
  object: 'Object',
}

function labelOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Takes null out of a type list, a union or an enumeration, and remembers that it was there. */
function withoutNull(schema: SchemaObject, root: JsonSchema): { readonly schema: SchemaObject; readonly nullable: boolean } {
  const { type } = schema
  if (Array.isArray(type) && type.length > 1 && type.includes('null')) {
    const rest = type.filter((entry) => entry !== 'null')
    const values = Array.isArray(schema.enum) ? { enum: schema.enum.filter((entry) => entry !== null) } : {}
    return { schema: { ...schema, ...values, type: rest.length === 1 ? rest[0] : rest }, nullable: true }
  }
  for (const keyword of ['oneOf', 'anyOf']) {
    const parts = schemaList(schema[keyword])
    const rest = parts.filter((part) => !isNullSchema(resolveSchema(part, root)))
    if (rest.length === parts.length || rest.length === 0) continue
    const { [keyword]: _, ...others } = schema
    const [only] = rest
    if (rest.length > 1 || only === undefined) return { schema: { ...others, [keyword]: rest }, nullable: true }
    return { schema: withoutNull(resolveSchema({ allOf: [only, others] }, root), root).schema, nullable: true }
  }
  return { schema, nullable: schema.nullable === true }
}

function isNullSchema(schema: SchemaObject): boolean {
  return schema.type === 'null' || ('const' in schema && schema.const === null)
}
