import { useEffect, useEffectEvent, useRef } from 'react'
import { isObject } from '../../ui/schema-form/json-schema.ts'
import { ValueEditor } from '../../ui/schema-form/value-editor.tsx'
import type { ToolCall } from './use-tool-call.ts'

/** The arguments of a call, as a form made of the tool's input schema or as JSON. */
export function ArgumentsForm({ call }: { readonly call: ToolCall }) {
  const { properties, additionalProperties } = call.tool.inputSchema
  const isWithout = isObject(properties) && Object.keys(properties).length === 0 && !additionalProperties
  const form = useRef<HTMLDivElement>(null)
  const goToProblem = useEffectEvent(() => {
    if (call.problems > 0) form.current?.querySelector<HTMLElement>(invalidControls)?.focus()
  })
  useEffect(() => {
    if (call.attempts > 0) goToProblem()
  }, [call.attempts])
  return (
    <div ref={form} className="space-y-3">
      <ValueEditor
        key={call.formKey}
        label="Arguments"
        schema={call.tool.inputSchema}
        value={call.args}
        onChange={(value) => call.setArgs(value ?? {})}
        showAll={call.attempts > 0}
        onUnread={call.setUnread}
      />
      {isWithout && <p className="text-ink-3">This tool takes no arguments.</p>}
    </div>
  )
}

/** What can take the focus where something is wrong. */
const invalidControls = '[aria-invalid=true], fieldset[data-invalid] :is(input, button, select, textarea)'
