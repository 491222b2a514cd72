import { formatProblem } from './formats.ts'
import { type JsonPath, pointerOf } from './json-path.ts'
import {
  isObject,
  isOfType,
  isSchema,
  type JsonSchema,
  jsonEqual,
  number,
  type SchemaObject,
  schemaList,
  schemaMap,
  stringList,
  typesOf,
} from './json-schema.ts'
import { resolveSchema } from './resolve-schema.ts'

export interface ValueProblem {
  /** A JSON pointer to the place the message belongs under. */
  readonly pointer: string
  readonly message: string
}

/**
 * Checks a value for a form: in its words, and never more strictly than the schema is. The gateway and the tool check again, so
 * keywords this does not know (`unevaluatedProperties`, `if`, `dependentSchemas`, …) are left to them. A validator of our own,
 * because the usual ones compile schemas with `new Function`, which the page's Content-Security-Policy forbids.
 */
export function validateValue(schema: JsonSchema, value: unknown, root: JsonSchema = schema, path: JsonPath = [], unions = 0): readonly ValueProblem[] {
  if (value === undefined) return [at(path, 'Required.')]
  const resolved = resolveSchema(schema, root)
  if (value === null && resolved.nullable === true) return []
  const types = typesOf(resolved)
  if (types.length > 0 && resolved.type !== undefined && !types.some((type) => isOfType(value, type))) {
    return [at(path, `Must be ${types.map((type) => typeWords[type]).join(' or ')}.`)]
  }
  const own = [...checkConstants(resolved, value), ...checkByType(resolved, value)].map((message) => at(path, message))
  const inner = [...checkMembers(resolved, value, root, path), ...checkItems(resolved, value, root, path)]
  // A union that contains itself has no end.
  return unions < unionDepthMax ? [...own, ...inner, ...checkUnions(resolved, value, root, path, unions + 1)] : [...own, ...inner]
}

const unionDepthMax = 4

/** The variant of a union a value belongs to: one it satisfies, else the one it comes closest to. */
export function closestVariant(variants: readonly JsonSchema[], value: unknown, root: JsonSchema, unions = 0): number {
  const distances = variants.map((variant) => distance(variant, value, root, unions))
  return Math.max(0, distances.indexOf(Math.min(...distances)))
}

function distance(variant: JsonSchema, value: unknown, root: JsonSchema, unions: number): number {
  const problems = validateValue(variant, value, root, [], unions)
  const schema = resolveSchema(variant, root)
  const types = typesOf(schema)
  const wrongType = types.length > 0 && !types.some((type) => isOfType(value, type))
  // A constant that differs tells variants apart better than any number of missing members.
  const wrongConstant = Object.entries(schemaMap(schema.properties)).some(([name, member]) => {
    const constant = resolveSchema(member, root).const
    return constant !== undefined && isObject(value) && value[name] !== undefined && !jsonEqual(value[name], constant)
  })
  return problems.length + (wrongType ? 1000 : 0) + (wrongConstant ? 100 : 0)
}

function at(path: JsonPath, message: string): ValueProblem {
  return { pointer: pointerOf(path), message }
}

const typeWords = {
  null: 'null',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
}

function checkConstants(schema: SchemaObject, value: unknown): readonly string[] {
  if ('const' in schema && !jsonEqual(schema.const, value)) return [`Must be ${JSON.stringify(schema.const)}.`]
  if (Array.isArray(schema.enum) && !schema.enum.some((entry) => jsonEqual(entry, value))) return ['Choose one of the values listed.']
  return []
}

function checkByType(schema: SchemaObject, value: unknown): readonly string[] {
  if (typeof value === 'string') return checkText(schema, value)
  if (typeof value === 'number') return checkNumber(schema, value)
  if (Array.isArray(value)) return checkList(schema, value)
  return isObject(value) ? checkCounts(schema, Object.keys(value).length, 'Properties', 'member') : []
}

function checkText(schema: SchemaObject, value: string): readonly string[] {
  const counts = checkCounts(schema, [...value].length, 'Length', 'character')
  const { pattern, format } = schema
  const wrongPattern = typeof pattern === 'string' && !matches(pattern, value) ? [`Must match the pattern ${pattern}`] : []
  const wrongFormat = typeof format === 'string' ? formatProblem(format, value) : null
  return [...counts, ...wrongPattern, ...(wrongFormat === null ? [] : [wrongFormat])]
}

function checkNumber(schema: SchemaObject, value: number): readonly string[] {
  const messages: string[] = []
  const [minimum, maximum] = [number(schema.minimum), number(schema.maximum)]
  const [above, below] = [number(schema.exclusiveMinimum), number(schema.exclusiveMaximum)]
  const step = number(schema.multipleOf)
  if (minimum !== undefined && value < minimum) messages.push(`Must be ${minimum} or more.`)
  if (above !== undefined && value <= above) messages.push(`Must be more than ${above}.`)
  if (maximum !== undefined && value > maximum) messages.push(`Must be ${maximum} or less.`)
  if (below !== undefined && value >= below) messages.push(`Must be less than ${below}.`)
  if (step !== undefined && step > 0 && !isMultiple(value, step)) messages.push(`Must be a multiple of ${step}.`)
  return messages
}

/** Tolerates the rounding of binary fractions: 0.3 is a multiple of 0.1. */
function isMultiple(value: number, step: number): boolean {
  const quotient = value / step
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient))
}

function checkList(schema: SchemaObject, value: readonly unknown[]): readonly string[] {
  const counts = checkCounts(schema, value.length, 'Items', 'entry')
  const twice = schema.uniqueItems === true && value.some((entry, index) => value.slice(0, index).some((earlier) => jsonEqual(earlier, entry)))
  return twice ? [...counts, 'Entries must differ from each other.'] : counts
}

function checkCounts(schema: SchemaObject, count: number, noun: 'Length' | 'Items' | 'Properties', unit: string): readonly string[] {
  const [min, max] = [number(schema[`min${noun}`]), number(schema[`max${noun}`])]
  if (min !== undefined && count < min) return [`At least ${counted(min, unit)}.`]
  return max !== undefined && count > max ? [`At most ${counted(max, unit)} (now ${count}).`] : []
}

function counted(count: number, unit: string): string {
  if (count === 1) return `1 ${unit}`
  return `${count} ${unit === 'entry' ? 'entries' : `${unit}s`}`
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value)
  } catch {
    // Not a pattern JavaScript knows: the tool decides.
    return true
  }
}

function checkMembers(schema: SchemaObject, value: unknown, root: JsonSchema, path: JsonPath): readonly ValueProblem[] {
  if (!isObject(value)) return []
  const properties = schemaMap(schema.properties)
  const patterns = Object.entries(schemaMap(schema.patternProperties))
  const missing = stringList(schema.required).filter((name) => !Object.hasOwn(value, name))
  const problems = missing.map((name) => at([...path, name], 'Required.'))
  for (const [name, member] of Object.entries(value)) {
    const matching = patterns.filter(([pattern]) => matches(pattern, name)).map(([, pattern]) => pattern)
    const named = Object.hasOwn(properties, name) ? properties[name] : undefined
    const schemas = named === undefined ? matching : [named, ...matching]
    if (schemas.length > 0) problems.push(...schemas.flatMap((entry) => validateValue(entry, member, root, [...path, name])))
    else if (schema.additionalProperties === false) problems.push(at([...path, name], 'Not a member this tool knows.'))
    else if (isObject(schema.additionalProperties)) problems.push(...validateValue(schema.additionalProperties, member, root, [...path, name]))
  }
  return problems
}

function checkItems(schema: SchemaObject, value: unknown, root: JsonSchema, path: JsonPath): readonly ValueProblem[] {
  if (!Array.isArray(value)) return []
  const { items, prefixItems, additionalItems } = schema
  const prefix = schemaList(Array.isArray(items) ? items : prefixItems)
  const rest = Array.isArray(items) ? additionalItems : items
  return value.flatMap((entry, index) => {
    const entrySchema = prefix[index] ?? rest
    return isSchema(entrySchema) ? validateValue(entrySchema, entry, root, [...path, index]) : []
  })
}

/** Of a union that nothing satisfies, only what the closest variant lacks is worth saying. */
function checkUnions(schema: SchemaObject, value: unknown, root: JsonSchema, path: JsonPath, unions: number): readonly ValueProblem[] {
  return [schemaList(schema.oneOf), schemaList(schema.anyOf)].flatMap((variants) => {
    if (variants.length === 0 || variants.some((variant) => validateValue(variant, value, root, [], unions).length === 0)) return []
    if (variants.every((variant) => 'const' in resolveSchema(variant, root))) return [at(path, 'Choose one of the values listed.')]
    return validateValue(variants[closestVariant(variants, value, root, unions)] ?? true, value, root, path, unions)
  })
}
