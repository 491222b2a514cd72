import { lazy, Suspense, useState } from 'react'
import { SkeletonLines } from '../skeleton.tsx'
import { ViewSwitch } from '../view-switch.tsx'
import type { JsonSchema } from './json-schema.ts'
import { SchemaForm } from './schema-form.tsx'

const JsonView = lazy(() => import('./json-view.tsx').then((module) => ({ default: module.JsonView })))

export interface ValueEditorProps {
  readonly label: string
  readonly schema: JsonSchema
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly showAll?: boolean
  readonly onUnread?: (isUnread: boolean) => void
}

/** One value as a form or as JSON. What one view cannot read it keeps to itself, so no view is left before it is read. */
export function ValueEditor({ label, schema, value, onChange, showAll, onUnread }: ValueEditorProps) {
  const [view, setView] = useState<'form' | 'json'>('form')
  const [isUnread, setIsUnread] = useState(false)
  const report = (unread: boolean): void => {
    setIsUnread(unread)
    onUnread?.(unread)
  }
  return (
    <div className="space-y-3">
      <div className="flex items-center justify-between gap-2">
        <h3 className="font-semibold">{label}</h3>
        <div className="flex items-center gap-2">
          {isUnread && <span className="text-failed text-xs">Correct the JSON to switch</span>}
          <ViewSwitch
            label={`View of ${label.toLowerCase()}`}
            value={view}
            onChange={(next) => !isUnread && setView(next)}
            options={[
              { value: 'form', label: 'Form' },
              { value: 'json', label: 'JSON' },
            ]}
          />
        </div>
      </div>
      {view === 'form' ? (
        <SchemaForm schema={schema} value={value} onChange={onChange} showAll={showAll ?? false} onUnread={report} />
      ) : (
        <Suspense fallback={<SkeletonLines lines={6} />}>
          <JsonView label={`${label} as JSON`} value={value} onChange={onChange} onUnread={report} schema={schema} />
        </Suspense>
      )}
    </div>
  )
}
