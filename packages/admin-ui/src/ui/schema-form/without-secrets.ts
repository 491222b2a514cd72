import { describeField } from './field.ts'
import { isObject, type JsonSchema } from './json-schema.ts'
import { closestVariant } from './validate-value.ts'

/** Deeper than this nothing is looked at, and so nothing is kept. */
const depthMax = 20

/** The value without what its schema calls a secret (`writeOnly`, format `password`): for addresses and whatever else is kept. */
export function withoutSecrets(schema: JsonSchema, value: unknown, root: JsonSchema = schema, depth = 0): unknown {
  if (depth > depthMax) return undefined
  const field = describeField(schema, root)
  const inside = (part: JsonSchema, member: unknown): unknown => withoutSecrets(part, member, root, depth + 1)
  switch (field.kind) {
    case 'text':
      return field.input === 'password' ? undefined : value
    case 'union': {
      const variants = field.variants.map((variant) => variant.schema)
      return inside(variants[closestVariant(variants, value, root)] ?? true, value)
    }
    case 'array':
      return Array.isArray(value) ? value.map((entry, index) => inside(field.prefix[index] ?? field.items, entry) ?? null) : value
    case 'object': {
      if (!isObject(value)) return value
      const schemas = new Map(field.properties.map((property) => [property.name, property.schema]))
      const kept = Object.entries(value).map(([name, member]) => [name, inside(schemas.get(name) ?? field.others, member)] as const)
      return Object.fromEntries(kept.filter(([, member]) => member !== undefined))
    }
    default:
      return value
  }
}
