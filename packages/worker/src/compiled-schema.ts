import type { JsonSchema, StandardIssue, StandardSchema } from '../../sdk/src/schema.ts'
import { type Checked, type CompiledSchema, excerpt, FIELDS_MAX, type FieldError, pathText, SchemaError } from './schema-check.ts'

type Direction = 'input' | 'output'

const NO_ARGUMENTS: CompiledSchema = {
  json: { type: 'object', properties: {}, additionalProperties: false },
  check: (value) => rejectUnknown(value, NO_NAMES) ?? { value },
}
const NO_NAMES: ReadonlySet<string> = new Set()

/**
 * The arguments of a tool or prompt. A schema that says nothing about other properties is closed: unknown arguments
 * are refused, not dropped, so that a caller learns of its mistake. Raw JSON Schema is taken as written.
 * @throws SchemaError when it is not JSON Schema or does not describe an object
 */
export async function compileArguments(schema: unknown): Promise<CompiledSchema> {
  if (schema === undefined) return NO_ARGUMENTS
  const compiled = await compileSchema(schema, 'input')
  const json = describeObject(compiled.json)
  if (!isStandard(schema)) return compiled
  const names = closedNames(json)
  if (names === undefined) return { ...compiled, json }
  const closing = branchesOf(json).length === 0 ? { additionalProperties: false } : { unevaluatedProperties: false }
  return { json: { ...json, ...closing }, check: (value) => rejectUnknown(value, names) ?? compiled.check(value) }
}

/** @throws SchemaError */
export async function compileSchema(schema: unknown, direction: Direction): Promise<CompiledSchema> {
  if (isStandard(schema)) return compileStandard(schema, direction)
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw new SchemaError('It is neither a zod schema, another Standard Schema, nor a JSON Schema object.')
  }
  const { compileJsonSchema } = await import('./json-schema.ts')
  return compileJsonSchema(schema as JsonSchema)
}

function isStandard(schema: unknown): schema is StandardSchema {
  return (typeof schema === 'object' || typeof schema === 'function') && schema !== null && '~standard' in schema
}

function compileStandard(schema: StandardSchema, direction: Direction): CompiledSchema {
  const standard = schema['~standard']
  if (typeof standard.jsonSchema?.[direction] !== 'function') {
    throw new SchemaError(`This schema (of ${standard.vendor}) cannot be written as JSON Schema: use zod 4.2 or newer, or a JSON Schema object.`)
  }
  return { json: toJsonSchema(standard, direction), check: (value) => readResult(standard.validate(value), value) }
}

function toJsonSchema(standard: StandardSchema['~standard'], direction: Direction): JsonSchema {
  try {
    // 2020-12 is what MCP assumes, so `$schema` says nothing.
    const { $schema: _, ...json } = standard.jsonSchema[direction]({ target: 'draft-2020-12' })
    return json
  } catch (error) {
    throw new SchemaError(`It cannot be written as JSON Schema: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function readResult(result: ReturnType<StandardSchema['~standard']['validate']>, input: unknown): Checked | Promise<Checked> {
  if (result instanceof Promise) return result.then((settled) => readResult(settled, input))
  return result.issues ? { fields: result.issues.slice(0, FIELDS_MAX).map((issue) => toFieldError(issue, input)) } : { value: result.value }
}

function toFieldError(issue: StandardIssue, input: unknown): FieldError {
  const keys = (issue.path ?? []).map((segment) => (typeof segment === 'object' ? segment.key : segment))
  return { path: pathText(keys), message: withReceived(issue.message, keys, input) }
}

/** Says what was got, unless the library's message does. */
function withReceived(message: string, keys: readonly PropertyKey[], input: unknown): string {
  let value: unknown = input
  for (const key of keys) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key]
  if (value === undefined)
    return keys.length === 0 ? message : `${message.replace(/^Invalid input: /, '').replace(/,? received undefined/, '')}, but it is missing`
  return `${message.replace(/^Invalid input: /, '').replace(/, received \w+$/, '')}, got ${excerpt(value)}`
}

/** MCP wants `type: object` at the root; a union or intersection of objects may have it said for it. */
function describeObject(json: JsonSchema): JsonSchema {
  if (json.type === 'object') return json
  const branches = branchesOf(json)
  if (json.type === undefined && branches.length > 0 && branches.every((branch) => isObject(branch))) return { type: 'object', ...json }
  throw new SchemaError(
    `The arguments must be an object at the root, this is ${json.type === undefined ? 'not said to be one ("type": "object")' : `of type ${JSON.stringify(json.type)}`}.`,
  )
}

const isObject = (json: JsonSchema): boolean => json.type === 'object' || (branchesOf(json).length > 0 && branchesOf(json).every(isObject))

const branchesOf = (json: JsonSchema): JsonSchema[] =>
  [json.anyOf, json.oneOf, json.allOf].flatMap((list) => (Array.isArray(list) ? (list as JsonSchema[]) : []))

/** The names an object may have; undefined when the schema itself says what other properties may be. */
function closedNames(json: JsonSchema): ReadonlySet<string> | undefined {
  if ('additionalProperties' in json ? json.additionalProperties !== false : 'patternProperties' in json) return undefined
  const names = new Set(Object.keys((json.properties ?? {}) as object))
  for (const branch of branchesOf(json)) {
    const more = closedNames(branch)
    if (more === undefined) return undefined
    for (const name of more) names.add(name)
  }
  return names
}

function rejectUnknown(value: unknown, names: ReadonlySet<string>): Checked | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { fields: [{ path: '', message: `expected an object, got ${excerpt(value)}` }] }
  let isClosed = true
  for (const name in value) isClosed &&= names.has(name)
  if (isClosed) return undefined
  const unknown = Object.keys(value).filter((name) => !names.has(name))
  const known = names.size === 0 ? 'there are no arguments' : `known are ${[...names].join(', ')}`
  return { fields: unknown.slice(0, FIELDS_MAX).map((name) => ({ path: name, message: `unknown argument; ${known}` })) }
}
