import { AddButton, FieldGroup } from './field-frame.tsx'
import type { FieldProps } from './field-view.tsx'
import { jsonEqual } from './json-schema.ts'

/** There is nothing to choose but whether it is there. */
export function ConstantField(props: FieldProps<'constant'>) {
  const { field, value, onChange } = props
  const isSet = value !== undefined && jsonEqual(value, field.value)
  return (
    <FieldGroup props={props}>
      {isSet ? (
        <code className="text-ink-2">{JSON.stringify(value)}</code>
      ) : (
        <AddButton onClick={() => onChange(field.value)}>Set to {JSON.stringify(field.value)}</AddButton>
      )}
    </FieldGroup>
  )
}
