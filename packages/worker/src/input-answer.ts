import { type ElicitForm, formSchema } from '../../sdk/src/input.ts'
import type { JsonSchema } from '../../sdk/src/schema.ts'
import { compileSchema } from './compiled-schema.ts'

/** Reads a client's answer to one question. Undefined: it is malformed, and the question is asked again. */
export type ReadAnswer = (response: unknown) => unknown

/** An answer to `elicitation/create`; the content is what the form's schema makes of it. */
export const readElicited =
  (form: ElicitForm | undefined): ReadAnswer =>
  async (response) => {
    if (!isRecord(response)) return undefined
    const { action, content } = response
    if (action === 'decline' || action === 'cancel') return { action }
    if (action !== 'accept') return undefined
    if (form === undefined) return { action }
    if (!isRecord(content ?? {})) return undefined
    const value = await readForm(form, (content ?? {}) as Record<string, unknown>)
    return value === undefined ? undefined : { action, content: value }
  }

async function readForm(form: ElicitForm, content: Record<string, unknown>): Promise<unknown> {
  if ('~standard' in form.schema) {
    const checked = await (await compileSchema(form.schema, 'input')).check(content)
    return checked.fields ? undefined : checked.value
  }
  return fits(formSchema(form.schema), content) ? content : undefined
}

/** The subset of JSON Schema that forms allow is small enough to be checked without a validator. */
function fits(schema: JsonSchema, content: Record<string, unknown>): boolean {
  const properties = (schema.properties ?? {}) as Record<string, { readonly type?: unknown; readonly enum?: readonly unknown[] }>
  const required = (schema.required ?? []) as readonly string[]
  return (
    required.every((name) => content[name] !== undefined) &&
    Object.entries(content).every(([name, value]) => {
      const field = properties[name]
      return field === undefined || (isOfType(value, field.type) && (field.enum === undefined || field.enum.includes(value)))
    })
  )
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type
    default:
      return true
  }
}

/** An answer to `sampling/createMessage`. */
export const readSampled: ReadAnswer = (response) => {
  if (!isRecord(response)) return undefined
  const { role, content, model } = response
  const isContent = isRecord(content) || (Array.isArray(content) && content.every(isRecord))
  return (role === 'assistant' || role === 'user') && isContent && typeof model === 'string' ? response : undefined
}

/** An answer to `roots/list`. */
export const readRoots: ReadAnswer = (response) => {
  if (!isRecord(response) || !Array.isArray(response.roots)) return undefined
  return response.roots.every((root) => isRecord(root) && typeof root.uri === 'string') ? response.roots : undefined
}

export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
