import { useId } from 'react'
import { cx } from './class-names.ts'

export interface ViewSwitchProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly onChange: (value: T) => void
  readonly options: readonly { readonly value: T; readonly label: string }[]
  readonly className?: string
}

/** One of a few ways to see or do the same: radio buttons that look like one control. */
export function ViewSwitch<T extends string>({ label, value, onChange, options, className }: ViewSwitchProps<T>) {
  const name = useId()
  return (
    <div role="radiogroup" aria-label={label} className={cx('inline-flex shrink-0 rounded-md border bg-sunken p-0.5', className)}>
      {options.map((option) => (
        <label
          key={option.value}
          className={cx(
            'cursor-pointer whitespace-nowrap rounded-sm px-1.5 py-0.5 text-xs has-focus-visible:outline-2 has-focus-visible:outline-accent',
            option.value === value ? 'bg-surface font-medium text-ink ring-1 ring-line-strong' : 'text-ink-2 hover:text-ink',
          )}
        >
          <input type="radio" name={name} className="sr-only" checked={option.value === value} onChange={() => onChange(option.value)} />
          {option.label}
        </label>
      ))}
    </div>
  )
}
