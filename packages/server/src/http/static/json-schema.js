/** What the page needs to know of a JSON Schema: enough to ask for a value and to name one. */

/** Follows a reference inside the document once; what cannot be found is taken as it is. */
export function resolve(schema, root) {
  if (typeof schema?.$ref !== 'string' || !schema.$ref.startsWith('#/')) return schema ?? {}
  const steps = schema.$ref.slice(2).split('/')
  return steps.reduce((at, step) => at?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], root) ?? schema
}

/** The type in words; below `depth` 4 a schema that holds itself is just its type. */
export function typeOf(schema, root, depth = 0) {
  const { type, enum: values, const: constant, items, anyOf, oneOf } = resolve(schema, root)
  if (constant !== undefined) return JSON.stringify(constant)
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' | ')
  const choices = anyOf ?? oneOf
  if (choices !== undefined && depth < 4) return choices.map((choice) => typeOf(choice, root, depth + 1)).join(' | ')
  if (type === 'array' && depth < 4) return `${typeOf(items, root, depth + 1)}[]`
  return Array.isArray(type) ? type.join(' | ') : (type ?? 'any')
}

/** A value to begin with: defaults and examples where the schema has them. */
export function exampleOf(schema, root, depth = 0) {
  const { type, enum: values, const: constant, default: preset, examples, properties, required, items, anyOf, oneOf } = resolve(schema, root)
  const given = [constant, preset, examples?.[0], values?.[0]].find((value) => value !== undefined)
  if (given !== undefined) return given
  const choices = anyOf ?? oneOf
  if (choices?.length > 0 && depth < 4) return exampleOf(choices[0], root, depth + 1)
  switch (Array.isArray(type) ? type[0] : type) {
    case 'object': {
      const wanted = Object.entries(properties ?? {}).filter(([name]) => depth < 4 && required?.includes(name))
      return Object.fromEntries(wanted.map(([name, property]) => [name, exampleOf(property, root, depth + 1)]))
    }
    case 'array':
      return items === undefined || depth >= 4 ? [] : [exampleOf(items, root, depth + 1)]
    case 'number':
    case 'integer':
      return 0
    case 'boolean':
      return false
    case 'string':
      return ''
    default:
      return null
  }
}
