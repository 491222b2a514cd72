import { useEffect, useState } from 'react'
import { TextArea } from '../inputs.tsx'
import { FieldFrame } from './field-frame.tsx'
import type { FieldProps } from './field-view.tsx'
import { useForm } from './form-context.ts'
import { pointerOf } from './json-path.ts'
import { jsonEqual } from './json-schema.ts'

type Parsed = { readonly value: unknown } | { readonly error: string }

/** Any JSON value, as text. Empty: it is left out. */
export function JsonField(props: FieldProps<'json'>) {
  const { value, onChange, path } = props
  const { setUnread } = useForm()
  const [text, setText] = useState(() => textOf(value))
  const parsed = parse(text)
  const pointer = pointerOf(path)
  const isUnread = 'error' in parsed
  useEffect(() => {
    setUnread(pointer, isUnread)
    return () => setUnread(pointer, false)
  }, [setUnread, pointer, isUnread])
  // A value from elsewhere (the JSON view, an example) replaces what stands here; what is still being written does not.
  const shown = isUnread || jsonEqual(parsed.value, value) ? text : textOf(value)
  return (
    <FieldFrame props={props} aside={isUnread ? <span className="text-failed">{parsed.error}</span> : <span>JSON</span>}>
      {(control) => (
        <TextArea
          {...control}
          rows={2}
          className="max-h-96 font-mono field-sizing-content"
          placeholder="JSON, such as 1, &quot;text&quot;, [ ] or { }"
          value={shown}
          onChange={({ target }) => {
            setText(target.value)
            const next = parse(target.value)
            if ('value' in next) onChange(next.value)
          }}
        />
      )}
    </FieldFrame>
  )
}

function textOf(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2)
}

function parse(text: string): Parsed {
  if (text.trim() === '') return { value: undefined }
  try {
    return { value: JSON.parse(text) }
  } catch {
    return { error: 'not JSON yet' }
  }
}
