import { Plus, X } from 'lucide-react'
import { type FocusEvent, type ReactNode, useId } from 'react'
import { IconButton } from '../button.tsx'
import { type FieldControl, Field as UiField } from '../field.tsx'
import type { FieldProps } from './field-view.tsx'
import { useForm } from './form-context.ts'
import { pointerOf } from './json-path.ts'

/** A single control with label, help and error. */
export function FieldFrame({
  props,
  aside,
  children,
}: {
  readonly props: FieldProps
  readonly aside?: ReactNode
  readonly children: (control: FieldControl) => ReactNode
}) {
  const { field, path, required, value } = props
  const form = useForm()
  const pointer = pointerOf(path)
  const preset = field.schema.default
  const hint = preset === undefined || value !== undefined ? field.description : `${field.description ?? ''} Default: ${JSON.stringify(preset)}`.trim()
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hears of the focus that leaves the control inside
    <div onBlur={(event) => leaves(event) && form.touch(pointer)} data-pointer={pointer}>
      <UiField
        label={<FieldLabel props={props} />}
        hint={hint && <span className="whitespace-pre-line">{hint}</span>}
        error={form.problemAt(pointer)}
        required={required}
        aside={<FieldActions props={props}>{aside}</FieldActions>}
      >
        {children}
      </UiField>
    </div>
  )
}

/** Several controls under one name: a list, an object, radio buttons. */
export function FieldGroup({ props, aside, children }: { readonly props: FieldProps; readonly aside?: ReactNode; readonly children: ReactNode }) {
  const { field, path, required } = props
  const form = useForm()
  const id = useId()
  const pointer = pointerOf(path)
  const error = form.problemAt(pointer)
  return (
    <fieldset
      aria-describedby={`${id}-about`}
      data-pointer={pointer}
      data-invalid={error === undefined ? undefined : true}
      onBlur={(event) => leaves(event) && form.touch(pointer)}
      className="min-w-0"
    >
      <legend className="sr-only">{field.label ?? props.name}</legend>
      <div className="flex min-h-7 items-center justify-between gap-2">
        <span aria-hidden className="min-w-0 font-medium">
          <FieldLabel props={props} />
          {required && <span className="text-failed"> *</span>}
        </span>
        <FieldActions props={props}>{aside}</FieldActions>
      </div>
      <div id={`${id}-about`}>
        {field.description && <p className="mb-1 whitespace-pre-line text-ink-3 text-xs">{field.description}</p>}
        {error && (
          <p role="alert" className="mb-1 text-failed text-xs">
            {error}
          </p>
        )}
      </div>
      {children}
    </fieldset>
  )
}

function FieldLabel({ props: { field, name } }: { readonly props: FieldProps }) {
  if (field.label === undefined || field.label === name) return <code>{name}</code>
  return (
    <>
      {field.label} {name !== '' && <code className="font-normal text-ink-3 text-xs">{name}</code>}
    </>
  )
}

function FieldActions({ props: { field, value, onChange, required, actions, name }, children }: { readonly props: FieldProps; readonly children?: ReactNode }) {
  const label = field.label ?? name
  const isRemovable = !required && value !== undefined && actions === undefined
  return (
    <span className="flex shrink-0 items-center gap-1 text-ink-3 text-xs">
      {children}
      {field.nullable && value !== null && (
        <button type="button" className="rounded-sm border px-1.5 font-mono hover:bg-hover" aria-label={`Set ${label} to null`} onClick={() => onChange(null)}>
          null
        </button>
      )}
      {isRemovable && <IconButton label={`Leave out ${label}`} icon={X} size="sm" onClick={() => onChange(undefined)} />}
      {actions}
    </span>
  )
}

export function AddButton({ onClick, children }: { readonly onClick: () => void; readonly children: ReactNode }) {
  return (
    <button type="button" onClick={onClick} className="inline-flex h-7 items-center gap-1 rounded-md px-1.5 text-accent text-xs hover:bg-hover">
      <Plus aria-hidden className="size-3.5" />
      {children}
    </button>
  )
}

/** The focus goes out of the element, not from one of its controls to another. */
function leaves({ currentTarget, relatedTarget }: FocusEvent): boolean {
  return !currentTarget.contains(relatedTarget)
}
