import { GitCompareArrows } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { CodeDiff } from '../../ui/code-editor/code-editor.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { formatDuration } from '../../ui/format.ts'
import { Select } from '../../ui/inputs.tsx'
import { ViewSwitch } from '../../ui/view-switch.tsx'
import { isActive, type Run } from './run.ts'

/** Two runs of a tool beside each other: what went in, what came out, how long it took. */
export function CompareRuns({ current, others }: { readonly current: Run | null; readonly others: readonly Run[] }) {
  const [isOpen, setOpen] = useState(false)
  const comparable = others.filter(({ key }) => key !== current?.key)
  const isPossible = current !== null && !isActive(current) && comparable.length > 0
  return (
    <>
      <Button
        size="sm"
        variant="ghost"
        icon={GitCompareArrows}
        disabled={!isPossible}
        title={isPossible ? undefined : 'After two runs of this tool'}
        onClick={() => setOpen(true)}
      >
        Compare
      </Button>
      <Dialog open={isOpen && isPossible} onClose={() => setOpen(false)} size="lg" title="Compare runs">
        {isPossible && <Comparison current={current} others={comparable} />}
      </Dialog>
    </>
  )
}

type Side = 'result' | 'arguments'

function Comparison({ current, others }: { readonly current: Run; readonly others: readonly Run[] }) {
  const [otherKey, setOtherKey] = useState(others[0]?.key)
  const [side, setSide] = useState<Side>('result')
  const other = others.find(({ key }) => key === otherKey) ?? others[0]
  if (other === undefined) return null
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-end gap-3">
        <Field label="Before" className="min-w-48 flex-1">
          {(control) => (
            <Select {...control} value={other.key} onChange={({ target }) => setOtherKey(target.value)}>
              {others.map((run) => (
                <option key={run.key} value={run.key}>
                  {nameOf(run)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <p className="min-w-48 flex-1 pb-1.5">
          <span className="text-ink-3">Now:</span> {nameOf(current)}
        </p>
        <ViewSwitch
          label="What is compared"
          value={side}
          onChange={setSide}
          options={[
            { value: 'result', label: 'Result' },
            { value: 'arguments', label: 'Arguments' },
          ]}
        />
      </div>
      <CodeDiff
        label={`Comparison of ${side}`}
        language="json"
        before={textOf(other, side)}
        after={textOf(current, side)}
        className="h-[60dvh] rounded-md border"
      />
    </div>
  )
}

function nameOf({ startedAt, request, finish }: Run): string {
  return [new Date(startedAt).toLocaleTimeString(), request.protocol, finish && formatDuration(finish.timing.totalMs)].filter(Boolean).join(' · ')
}

function textOf({ request, finish, failure }: Run, side: Side): string {
  return JSON.stringify(side === 'arguments' ? request.arguments : (finish?.error ?? finish?.result ?? failure), null, 2) ?? ''
}
