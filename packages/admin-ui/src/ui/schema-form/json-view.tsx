import { useEffect, useState } from 'react'
import { CodeEditor, type CodeProblem } from '../code-editor/code-editor.tsx'
import { type JsonSchema, jsonEqual } from './json-schema.ts'
import { validateValue } from './validate-value.ts'

export interface JsonViewProps {
  readonly label: string
  readonly schema: JsonSchema
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly onUnread: (isUnread: boolean) => void
}

/** The value as text. While it is no JSON the value stays what it was last, and the text stays as it is. */
export function JsonView({ label, schema, value, onChange, onUnread }: JsonViewProps) {
  const [text, setText] = useState(() => JSON.stringify(value, null, 2) ?? '')
  const parsed = parse(text)
  const isUnread = 'problem' in parsed
  useEffect(() => {
    onUnread(isUnread)
    return () => onUnread(false)
  }, [isUnread, onUnread])
  // Another value from elsewhere (an example, an earlier run).
  const shown = isUnread || jsonEqual(parsed.value, value) ? text : (JSON.stringify(value, null, 2) ?? '')
  const problems = isUnread ? [] : validateValue(schema, value)
  return (
    <div className="space-y-2">
      <div className="h-80 overflow-hidden rounded-md border border-line-strong">
        <CodeEditor
          label={label}
          language="json"
          value={shown}
          onChange={(next) => {
            setText(next)
            const result = parse(next)
            if ('value' in result) onChange(result.value)
          }}
          problems={isUnread ? [parsed.problem] : none}
          className="h-full"
        />
      </div>
      {isUnread && (
        <p role="alert" className="text-failed text-xs">
          {parsed.problem.message}
        </p>
      )}
      {problems.length > 0 && (
        <ul className="space-y-0.5 text-warning text-xs">
          {problems.slice(0, problemsShownMax).map(({ pointer, message }) => (
            <li key={`${pointer} ${message}`}>
              <code>{pointer || '/'}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

const none: readonly CodeProblem[] = []
const problemsShownMax = 10

type Parsed = { readonly value: unknown } | { readonly problem: CodeProblem }

function parse(text: string): Parsed {
  try {
    return { value: JSON.parse(text) }
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? []
    return {
      problem: { line: line === undefined ? undefined : Number(line), column: column === undefined ? undefined : Number(column), severity: 'error', message },
    }
  }
}
