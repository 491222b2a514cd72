import { useCallback, useMemo, useRef, useState } from 'react'
import { FieldView } from './field-view.tsx'
import { FormContext } from './form-context.ts'
import type { JsonSchema } from './json-schema.ts'
import { validateValue } from './validate-value.ts'

export interface SchemaFormProps {
  readonly schema: JsonSchema
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  /** Show what is wrong everywhere, not only where the person has been: after an attempt to send the form. */
  readonly showAll?: boolean
  /** Is there text in the form that cannot be read, and so is not in the value? */
  readonly onUnread?: (isUnread: boolean) => void
}

/** A form made of a JSON Schema. The value is the caller's; members the schema does not know stay as they are. */
export function SchemaForm({ schema, value, onChange, showAll = false, onUnread }: SchemaFormProps) {
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set())
  const unread = useRef(new Set<string>())
  const problems = useMemo(() => Map.groupBy(validateValue(schema, value), ({ pointer }) => pointer), [schema, value])
  const touch = useCallback((pointer: string) => setTouched((before) => (before.has(pointer) ? before : new Set(before).add(pointer))), [])
  const setUnread = useCallback(
    (pointer: string, isUnread: boolean) => {
      if (isUnread) unread.current.add(pointer)
      else unread.current.delete(pointer)
      onUnread?.(unread.current.size > 0)
    },
    [onUnread],
  )
  const context = useMemo(
    () => ({
      root: schema,
      problemAt: (pointer: string) => (showAll || touched.has(pointer) ? problems.get(pointer)?.[0]?.message : undefined),
      touch,
      setUnread,
    }),
    [schema, problems, touched, showAll, touch, setUnread],
  )
  return (
    <FormContext value={context}>
      <FieldView schema={schema} value={value} onChange={onChange} path={[]} name="" required />
    </FormContext>
  )
}
