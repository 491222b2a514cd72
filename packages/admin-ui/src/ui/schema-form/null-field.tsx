import { defaultValue } from './default-value.ts'
import { AddButton, FieldGroup } from './field-frame.tsx'
import type { FieldProps } from './field-view.tsx'
import { useForm } from './form-context.ts'

/** A value that may be null, and is. */
export function NullField(props: FieldProps) {
  const { root } = useForm()
  const { default: _, ...rest } = props.field.schema
  return (
    <FieldGroup props={props}>
      <div className="flex items-center gap-2">
        <code className="text-ink-2">null</code>
        <AddButton onClick={() => props.onChange(defaultValue(rest, root))}>Give a value</AddButton>
      </div>
    </FieldGroup>
  )
}
