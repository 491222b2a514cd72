import type { ReactNode } from 'react'
import { ArrayField } from './array-field.tsx'
import { BooleanField } from './boolean-field.tsx'
import { ChoiceField, ChoicesField } from './choice-field.tsx'
import { ConstantField } from './constant-field.tsx'
import { describeField, type Field } from './field.ts'
import { useForm } from './form-context.ts'
import { JsonField } from './json-field.tsx'
import type { JsonPath } from './json-path.ts'
import { isObject, type JsonSchema } from './json-schema.ts'
import { NullField } from './null-field.tsx'
import { NumberField } from './number-field.tsx'
import { ObjectField } from './object-field.tsx'
import { TextField } from './text-field.tsx'
import { UnionField } from './union-field.tsx'

export interface FieldViewProps {
  readonly schema: JsonSchema
  readonly value: unknown
  /** Undefined: it is no longer there. */
  readonly onChange: (value: unknown) => void
  readonly path: JsonPath
  /** What it is called when its schema has no title. */
  readonly name: string
  readonly required: boolean
  /** Buttons of the list or map it is in. */
  readonly actions?: ReactNode
}

/** What the control of one kind of field gets. */
export type FieldProps<K extends Field['kind'] = Field['kind']> = Omit<FieldViewProps, 'schema'> & { readonly field: Extract<Field, { kind: K }> }

/** Schemas may contain themselves; below this a person edits JSON. */
const depthMax = 12

/** The control that fits one place of the schema and the value that is there now. */
export function FieldView({ schema, ...rest }: FieldViewProps) {
  const { root } = useForm()
  const field = describeField(schema, root)
  if (field.nullable && rest.value === null) return <NullField {...rest} field={field} />
  if (rest.path.length > depthMax || !holds(field, rest.value)) return <JsonField {...rest} field={{ ...field, kind: 'json' }} />
  switch (field.kind) {
    case 'text':
      return <TextField {...rest} field={field} />
    case 'number':
      return <NumberField {...rest} field={field} />
    case 'boolean':
      return <BooleanField {...rest} field={field} />
    case 'choice':
      return <ChoiceField {...rest} field={field} />
    case 'choices':
      return <ChoicesField {...rest} field={field} />
    case 'constant':
      return <ConstantField {...rest} field={field} />
    case 'object':
      return <ObjectField {...rest} field={field} />
    case 'array':
      return <ArrayField {...rest} field={field} />
    case 'union':
      return <UnionField {...rest} field={field} />
    default:
      return <JsonField {...rest} field={field} />
  }
}

/** Can the control show this value? If not it is shown as JSON, so that nothing is lost. */
function holds({ kind }: Field, value: unknown): boolean {
  if (value === undefined) return true
  switch (kind) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      // A text is a number that is still being written.
      return typeof value === 'number' || typeof value === 'string'
    case 'boolean':
      return typeof value === 'boolean'
    case 'object':
      return isObject(value)
    case 'array':
      return Array.isArray(value)
    case 'choices':
      return Array.isArray(value) && new Set(value.map((entry) => JSON.stringify(entry))).size === value.length
    default:
      return true
  }
}
