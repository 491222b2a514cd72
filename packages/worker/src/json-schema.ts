import type { Ajv, ErrorObject, Options } from 'ajv'
import type { JsonSchema } from '../../sdk/src/schema.ts'
import { type CompiledSchema, excerpt, FIELDS_MAX, type FieldError, pathText, SchemaError } from './schema-check.ts'

/** `format` only informs, as in JSON Schema itself. Nothing is ever fetched: a `$ref` must point into its own document. */
const OPTIONS: Options = { strict: false, validateFormats: false, allErrors: true, verbose: true, logger: false }

const DRAFT_2020 = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/
const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-0[67]\/schema#?$/

/**
 * A JSON Schema as its author wrote it. Loaded only when a folder has one: the validator costs start-up time.
 * @throws SchemaError
 */
export async function compileJsonSchema(schema: JsonSchema): Promise<CompiledSchema> {
  const { $schema, ...rest } = schema
  const ajv = await createAjv($schema)
  try {
    const validate = ajv.compile(rest)
    return {
      json: schema,
      check: (value) => (validate(value) ? { value } : { fields: (validate.errors ?? []).slice(0, FIELDS_MAX).map(toFieldError) }),
    }
  } catch (error) {
    const { missingRef, message } = error as { missingRef?: string; message: string }
    throw new SchemaError(
      missingRef === undefined ? `It is not a valid JSON Schema: ${message}` : `"$ref" must point into the same document ("#/..."), this is "${missingRef}".`,
    )
  }
}

/** One per schema: two schemas may use the same `$id`. */
async function createAjv(dialect: unknown): Promise<Ajv> {
  if (dialect === undefined || (typeof dialect === 'string' && DRAFT_2020.test(dialect))) {
    const { Ajv2020 } = await import('ajv/dist/2020.js')
    return new Ajv2020(OPTIONS)
  }
  if (typeof dialect === 'string' && DRAFT_07.test(dialect)) {
    const { Ajv } = await import('ajv')
    return new Ajv(OPTIONS)
  }
  throw new SchemaError(`The JSON Schema dialect ${JSON.stringify(dialect)} is not supported: leave "$schema" out (2020-12) or use draft-07.`)
}

function toFieldError(error: ErrorObject): FieldError {
  const keys: PropertyKey[] = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))
  const params = error.params as { missingProperty?: string; additionalProperty?: string; unevaluatedProperty?: string; allowedValues?: unknown[] }
  if (params.missingProperty !== undefined)
    return { path: pathText([...keys, params.missingProperty]), message: `expected ${expectedOf(error, params.missingProperty)}, but it is missing` }
  const unknown = params.additionalProperty ?? params.unevaluatedProperty
  if (unknown !== undefined) {
    const known = Object.keys((error.parentSchema?.properties ?? {}) as object)
    return { path: pathText([...keys, unknown]), message: known.length === 0 ? 'unknown argument' : `unknown argument; known are ${known.join(', ')}` }
  }
  if (error.keyword === 'type') return { path: pathText(keys), message: `expected ${[error.params.type].flat().join(' or ')}, got ${excerpt(error.data)}` }
  const choices = params.allowedValues ? `: ${params.allowedValues.map((value) => JSON.stringify(value)).join(', ')}` : ''
  return { path: pathText(keys), message: `${error.message ?? error.keyword}${choices}, got ${excerpt(error.data)}` }
}

/** The type that a missing property should have had. */
function expectedOf({ parentSchema }: ErrorObject, property: string): string {
  const type = (parentSchema?.properties as Record<string, { type?: unknown }> | undefined)?.[property]?.type
  return type === undefined ? 'a value' : [type].flat().join(' or ')
}
