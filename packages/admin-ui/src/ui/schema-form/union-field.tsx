import { useId, useState } from 'react'
import { Select } from '../inputs.tsx'
import { convertedValue } from './default-value.ts'
import { FieldGroup } from './field-frame.tsx'
import { type FieldProps, FieldView } from './field-view.tsx'
import { useForm } from './form-context.ts'
import { closestVariant } from './validate-value.ts'

/** A choice of variant, and below it that variant's own control. */
export function UnionField(props: FieldProps<'union'>) {
  const { field, value, onChange, required, path } = props
  const { root } = useForm()
  const [chosen, setChosen] = useState<number | null>(null)
  const id = useId()
  const schemas = field.variants.map(({ schema }) => schema)
  // What the person chose holds; a value alone may fit several.
  const current = value === undefined ? (chosen ?? (required ? 0 : -1)) : (chosen ?? closestVariant(schemas, value, root))
  const variant = field.variants[current]
  const choose = (index: number): void => {
    const next = field.variants[index]
    setChosen(index < 0 ? null : index)
    onChange(next === undefined ? undefined : convertedValue(value, next.schema, root))
  }
  return (
    <FieldGroup
      props={props}
      aside={
        <Select
          id={id}
          aria-label={`Kind of ${field.label ?? (props.name || 'value')}`}
          className="h-7 w-auto max-w-56 text-xs"
          value={current}
          onChange={({ target }) => choose(Number(target.value))}
        >
          {!required && <option value={-1}>Not set</option>}
          {field.variants.map(({ label }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: variants have no identity but their place
            <option key={index} value={index}>
              {label}
            </option>
          ))}
        </Select>
      }
    >
      {variant && (
        <div className={path.length === 0 ? '' : 'border-l-2 pl-3'}>
          <FieldView key={current} schema={variant.schema} value={value} onChange={onChange} path={path} name={variant.label} required />
        </div>
      )}
    </FieldGroup>
  )
}
