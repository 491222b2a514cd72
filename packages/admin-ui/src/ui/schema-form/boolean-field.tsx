import { useId } from 'react'
import { cx } from '../class-names.ts'
import { FieldGroup } from './field-frame.tsx'
import type { FieldProps } from './field-view.tsx'

const answers = [
  { value: true, label: 'true' },
  { value: false, label: 'false' },
]

/** Two answers, or none: a checkbox could not say that nothing was chosen. */
export function BooleanField(props: FieldProps<'boolean'>) {
  const { value, onChange } = props
  const name = useId()
  return (
    <FieldGroup props={props}>
      <div className="inline-flex overflow-hidden rounded-md border border-line-strong">
        {answers.map((answer) => (
          <label
            key={answer.label}
            className={cx(
              'cursor-pointer px-3 py-1 font-mono has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent',
              value === answer.value ? 'bg-selected text-ink' : 'text-ink-2 hover:bg-hover',
            )}
          >
            <input type="radio" name={name} className="sr-only" checked={value === answer.value} onChange={() => onChange(answer.value)} />
            {answer.label}
          </label>
        ))}
      </div>
    </FieldGroup>
  )
}
