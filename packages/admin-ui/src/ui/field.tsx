import { type ReactNode, useId } from 'react'
import { cx } from './class-names.ts'

/** What a field's control takes over. */
export interface FieldControl {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
  readonly 'aria-required': true | undefined
}

export interface FieldProps {
  readonly label: ReactNode
  /** What it means, under the control. */
  readonly hint?: ReactNode
  /** What is wrong with what stands in it. */
  readonly error?: ReactNode
  readonly required?: boolean
  /** At the right of the label, such as a button or the type. */
  readonly aside?: ReactNode
  readonly className?: string
  readonly children: (control: FieldControl) => ReactNode
}

/** A control with its label, its help and its error: `<Field label="Name">{(control) => <TextInput {...control} />}</Field>` */
export function Field({ label, hint, error, required, aside, className, children }: FieldProps) {
  const id = useId()
  const hasError = error !== undefined && error !== null && error !== ''
  const described = [hasError && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ')
  return (
    <div className={cx('space-y-1', className)}>
      <div className="flex min-h-5 items-center justify-between gap-2">
        <label htmlFor={id} className="font-medium">
          {label}
          {required && (
            <span aria-hidden className="text-failed">
              {' '}
              *
            </span>
          )}
        </label>
        {aside}
      </div>
      {children({
        id,
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': hasError || undefined,
        'aria-required': required || undefined,
      })}
      {hasError && (
        <p id={`${id}-error`} role="alert" className="text-failed text-xs">
          {error}
        </p>
      )}
      {hint && (
        <div id={`${id}-hint`} className="text-ink-3 text-xs">
          {hint}
        </div>
      )}
    </div>
  )
}
