import type { JsonSchema } from '../../sdk/src/schema.ts'

export interface FieldError {
  /** `a.b[0]`; empty for the whole value. */
  readonly path: string
  readonly message: string
}

export type Checked = { readonly value: unknown; readonly fields?: undefined } | { readonly fields: readonly FieldError[] }

/** A schema ready for use: what clients see, and a check that names each wrong field. */
export interface CompiledSchema {
  readonly json: JsonSchema
  check(value: unknown): Checked | Promise<Checked>
}

/** Most wrong fields that are named: more help nobody, and callers decide how many there are. */
export const FIELDS_MAX = 20

/** An author's schema that cannot be used; the message says why. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
}

export function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

export function pathText(keys: readonly PropertyKey[]): string {
  return keys.reduce<string>((path, key) => (typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`), '')
}
