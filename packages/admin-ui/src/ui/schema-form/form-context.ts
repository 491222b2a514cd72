import { createContext, use } from 'react'
import type { JsonSchema } from './json-schema.ts'

/** What every field of one form shares. */
export interface FormContextValue {
  /** The whole schema: where references lead. */
  readonly root: JsonSchema
  /** What is wrong at a JSON pointer, once the person has been there. */
  problemAt(pointer: string): string | undefined
  /** The person left this place. */
  touch(pointer: string): void
  /** What is written there is no JSON yet, so the value is still the one before. */
  setUnread(pointer: string, isUnread: boolean): void
}

export const FormContext = createContext<FormContextValue | null>(null)

export function useForm(): FormContextValue {
  const form = use(FormContext)
  if (form === null) throw new Error('Fields are for inside of SchemaForm')
  return form
}
