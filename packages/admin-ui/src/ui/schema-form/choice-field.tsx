import { useId } from 'react'
import { Checkbox, Select } from '../inputs.tsx'
import type { Choice } from './field.ts'
import { FieldFrame, FieldGroup } from './field-frame.tsx'
import type { FieldProps } from './field-view.tsx'
import { jsonEqual } from './json-schema.ts'

/** More than this many, or long ones, are better found in a list that opens. */
const radiosMax = 4
const radioCharactersMax = 80

/** One of the values the schema lists. A value it does not list stays, as a choice of its own. */
export function ChoiceField(props: FieldProps<'choice'>) {
  const { field, value, onChange, required } = props
  const name = useId()
  const isListed = value === undefined || field.choices.some((choice) => jsonEqual(choice.value, value))
  const choices: readonly Choice[] = isListed ? field.choices : [...field.choices, { value, label: `${JSON.stringify(value)} (not listed)` }]
  const chosen = choices.findIndex((choice) => jsonEqual(choice.value, value))
  if (areRadios(choices)) {
    return (
      <FieldGroup props={props}>
        <div className="flex flex-wrap gap-x-4 gap-y-1">
          {choices.map((choice, index) => (
            <label key={choice.label} className="flex min-h-7 cursor-pointer items-center gap-1.5" title={choice.description}>
              <input type="radio" name={name} checked={index === chosen} onChange={() => onChange(choice.value)} className="size-4" />
              {choice.label}
            </label>
          ))}
        </div>
      </FieldGroup>
    )
  }
  return (
    <FieldFrame props={props}>
      {(control) => (
        <Select {...control} value={chosen} onChange={({ target }) => onChange(choices[Number(target.value)]?.value)}>
          <option value={-1} disabled={required}>
            {required ? 'Choose…' : 'Not set'}
          </option>
          {choices.map((choice, index) => (
            <option key={choice.label} value={index} title={choice.description}>
              {choice.label}
            </option>
          ))}
        </Select>
      )}
    </FieldFrame>
  )
}

function areRadios(choices: readonly Choice[]): boolean {
  return choices.length <= radiosMax && choices.map(({ label }) => label).join('').length <= radioCharactersMax
}

/** Any of the values the schema lists, in its order. */
export function ChoicesField(props: FieldProps<'choices'>) {
  const { field, value, onChange } = props
  const chosen: readonly unknown[] = Array.isArray(value) ? value : []
  const includes = (wanted: unknown): boolean => chosen.some((entry) => jsonEqual(entry, wanted))
  const toggle = (choice: Choice): void => {
    const listed = field.choices.filter((other) => (jsonEqual(other.value, choice.value) ? !includes(other.value) : includes(other.value)))
    const unlisted = chosen.filter((entry) => !field.choices.some((other) => jsonEqual(other.value, entry)))
    onChange([...listed.map((other) => other.value), ...unlisted])
  }
  return (
    <FieldGroup props={props}>
      <div className="flex flex-wrap gap-x-4">
        {field.choices.map((choice) => (
          <Checkbox key={choice.label} label={choice.label} checked={includes(choice.value)} onChange={() => toggle(choice)} />
        ))}
      </div>
    </FieldGroup>
  )
}
