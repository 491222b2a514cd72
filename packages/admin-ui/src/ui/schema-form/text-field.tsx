import { useId } from 'react'
import { SecretInput, TextArea, TextInput } from '../inputs.tsx'
import { FieldFrame } from './field-frame.tsx'
import type { FieldProps } from './field-view.tsx'
import { useForm } from './form-context.ts'
import { pointerOf } from './json-path.ts'
import { number } from './json-schema.ts'
import { validateValue } from './validate-value.ts'

/** An emptied field is left out, because that is what people mean; who does mean an empty text can say so. */
export function TextField(props: FieldProps<'text'>) {
  const { field, value, onChange, path } = props
  const { problemAt, root } = useForm()
  const listId = useId()
  const text = typeof value === 'string' ? value : ''
  const isEmptyOffered = value === undefined && problemAt(pointerOf(path)) !== undefined && validateValue(field.schema, '', root).length === 0
  const change = (next: string): void => onChange(next === '' ? undefined : next)
  return (
    <FieldFrame props={props} aside={<TextAside text={text} max={number(field.schema.maxLength)} isEmpty={value === ''} />}>
      {(control) => (
        <>
          <TextControl {...control} field={field} text={text} change={change} listId={field.examples.length > 0 ? listId : undefined} />
          {field.examples.length > 0 && (
            <datalist id={listId}>
              {field.examples.map((example) => (
                <option key={example} value={example} />
              ))}
            </datalist>
          )}
          {isEmptyOffered && (
            <button type="button" className="text-accent text-xs underline" onClick={() => onChange('')}>
              Use an empty text
            </button>
          )}
        </>
      )}
    </FieldFrame>
  )
}

interface TextControlProps {
  readonly field: FieldProps<'text'>['field']
  readonly text: string
  readonly change: (text: string) => void
  readonly listId: string | undefined
}

function TextControl({ field, text, change, listId, ...control }: TextControlProps) {
  const shared = { ...control, value: text, onChange: (event: { readonly target: { readonly value: string } }) => change(event.target.value) }
  if (field.input === 'password') return <SecretInput {...shared} />
  if (field.input === 'multiline' || text.includes('\n')) return <TextArea {...shared} className="max-h-96 field-sizing-content" />
  if (field.input === 'date-time') return <DateTimeControl {...control} text={text} change={change} />
  // A date input shows nothing for what is no date, so such a value gets a plain one.
  const isDate = field.input === 'date' && (text === '' || /^\d{4}-\d\d-\d\d$/.test(text))
  const type = isDate ? 'date' : field.input === 'email' || field.input === 'url' ? field.input : 'text'
  return <TextInput {...shared} type={type} list={listId} placeholder={field.examples[0]} />
}

/** Shown in the time zone of this machine, written in UTC; a text that is no time stays as it is. */
function DateTimeControl({ text, change, ...control }: Omit<TextControlProps, 'field' | 'listId'>) {
  const time = Date.parse(text)
  if (text !== '' && Number.isNaN(time)) return <TextInput {...control} value={text} onChange={(event) => change(event.target.value)} />
  const local = text === '' ? '' : new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
  return (
    <TextInput
      {...control}
      type="datetime-local"
      step={1}
      value={local}
      onChange={({ target }) => change(target.value === '' ? '' : new Date(target.value).toISOString())}
    />
  )
}

function TextAside({ text, max, isEmpty }: { readonly text: string; readonly max: number | undefined; readonly isEmpty: boolean }) {
  if (isEmpty) return <span>empty text</span>
  if (max === undefined || text.length < max * 0.8) return null
  return (
    <span className="tabular-nums">
      {text.length} / {max}
    </span>
  )
}
