import { describeField } from './field.ts'
import { isObject, type JsonSchema } from './json-schema.ts'
import { resolveSchema } from './resolve-schema.ts'

/** Deeper than this nothing is filled in: a recursive schema of required members has no end. */
const depthMax = 8

/**
 * What a form begins with: defaults, constants and the objects and lists that must be there. Undefined where the person has to say
 * something, so that a forgotten field is an error and not an empty text.
 */
export function defaultValue(schema: JsonSchema, root: JsonSchema, depth = 0): unknown {
  const preset = resolveSchema(schema, root).default
  if (preset !== undefined) return preset
  if (depth > depthMax) return undefined
  const field = describeField(schema, root)
  if (field.schema.default !== undefined) return field.schema.default
  switch (field.kind) {
    case 'constant':
      return field.value
    case 'array':
      return field.prefix.length > 0 ? field.prefix.map((part) => defaultValue(part, root, depth + 1) ?? null) : []
    case 'choices':
      return []
    case 'union':
      return field.nullable ? null : defaultValue(field.variants[0]?.schema ?? true, root, depth + 1)
    case 'object':
      return Object.fromEntries(
        field.properties
          .map(({ name, schema: member, required }) => [name, required ? defaultValue(member, root, depth + 1) : presetOf(member, root)] as const)
          .filter(([, value]) => value !== undefined),
      )
    default:
      return field.nullable ? null : undefined
  }
}

function presetOf(schema: JsonSchema, root: JsonSchema): unknown {
  return resolveSchema(schema, root).default
}

/** The value of another variant of a union that keeps what both have a place for. */
export function convertedValue(value: unknown, schema: JsonSchema, root: JsonSchema): unknown {
  const fresh = defaultValue(schema, root)
  const field = describeField(schema, root)
  if (field.kind === 'object' && isObject(value)) {
    const kept = field.properties.filter(({ name, schema: member }) => Object.hasOwn(value, name) && describeField(member, root).kind !== 'constant')
    return { ...(isObject(fresh) ? fresh : {}), ...Object.fromEntries(kept.map(({ name }) => [name, value[name]])) }
  }
  if (field.kind === 'text' && (typeof value === 'number' || typeof value === 'boolean')) return String(value)
  if (field.kind === 'number' && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value)
  return fresh
}
