import { useState } from 'react'
import { TextInput } from '../inputs.tsx'
import { FieldFrame } from './field-frame.tsx'
import type { FieldProps } from './field-view.tsx'

/** What is no number (yet) is kept as the text it is: the form says what is wrong with it and nothing typed is lost. */
export function NumberField(props: FieldProps<'number'>) {
  const { field, value, onChange } = props
  const shown = value === undefined ? '' : String(value)
  const [draft, setDraft] = useState(shown)
  // `1.` and `1.0` are 1 too: what was typed stays while it means the value.
  const text = meaningOf(draft) === value ? draft : shown
  return (
    <FieldFrame props={props} aside={<Bounds min={field.min} max={field.max} />}>
      {(control) => (
        <TextInput
          {...control}
          inputMode={field.integer && (field.min ?? -1) >= 0 ? 'numeric' : 'decimal'}
          value={text}
          onChange={({ target }) => {
            setDraft(target.value)
            onChange(meaningOf(target.value))
          }}
        />
      )}
    </FieldFrame>
  )
}

function meaningOf(text: string): number | string | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text
}

function Bounds(bounds: { readonly min: number | undefined; readonly max: number | undefined }) {
  // What every integer of JavaScript keeps to is no bound worth reading; zod writes it.
  const [min, max] = [bounds.min, bounds.max].map((bound) => (Math.abs(bound ?? 0) < Number.MAX_SAFE_INTEGER ? bound : undefined))
  if (min === undefined && max === undefined) return null
  if (min !== undefined && max !== undefined) return <span>{`${min} to ${max}`}</span>
  return <span>{min === undefined ? `at most ${max}` : `at least ${min}`}</span>
}
