import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { Disclosure } from '../../ui/disclosure.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { countOf, formatDuration } from '../../ui/format.ts'
import { modKeys } from '../../ui/hotkeys.ts'
import { JsonTree } from '../../ui/result/json-tree.tsx'
import { ResultView } from '../../ui/result/result-view.tsx'
import { type State, StateBadge } from '../../ui/state-badge.tsx'
import { ViewSwitch } from '../../ui/view-switch.tsx'
import { CodeSnippets } from './code-snippets-view.tsx'
import { Exchange } from './exchange.tsx'
import { ProgressLine } from './progress-line.tsx'
import { QuestionForm } from './question-form.tsx'
import { isActive, type Outcome, outcomeOf, type Run } from './run.ts'
import { Timeline } from './timeline.tsx'
import type { RunControl } from './use-run.ts'

type View = 'result' | 'timeline' | 'exchange' | 'code'

/** Everything there is to see of one run, while it goes on and afterwards. */
export function RunView({ control }: { readonly control: RunControl }) {
  const [view, setView] = useState<View>('result')
  const { run } = control
  if (run === null) {
    return (
      <EmptyState title="Nothing was run yet">
        Fill in the arguments and run the tool with {modKeys('Enter')}. The result comes here, with every message that crossed the wire.
      </EmptyState>
    )
  }
  const options = [
    { value: 'result' as const, label: 'Result' },
    { value: 'timeline' as const, label: `Timeline ${run.timeline.length + run.omitted}` },
    { value: 'exchange' as const, label: 'Request and answer' },
    { value: 'code' as const, label: 'Code' },
  ]
  return (
    <div className="space-y-3">
      <RunHead run={run} />
      {run.progress && isActive(run) && <ProgressLine progress={run.progress} />}
      {Object.entries(run.questions).map(([id, question]) => (
        <QuestionForm key={`${run.key} ${id}`} question={question} onAnswer={(response) => control.answer(id, response)} />
      ))}
      <ViewSwitch label="What of the run is shown" value={view} onChange={setView} options={options} className="max-w-full overflow-x-auto" />
      {view === 'result' && <RunResult run={run} />}
      {view === 'timeline' && <Timeline run={run} />}
      {view === 'exchange' && <Exchange run={run} />}
      {view === 'code' && <CodeSnippets request={run.request} />}
    </div>
  )
}

const outcomes: Readonly<Record<Outcome, { readonly state: State; readonly word: string }>> = {
  ok: { state: 'ok', word: 'Succeeded' },
  tool_error: { state: 'failed', word: 'The tool failed' },
  failed: { state: 'failed', word: 'Failed' },
  cancelled: { state: 'off', word: 'Cancelled' },
}

function stateOf(run: Run): { readonly state: State; readonly word: string } {
  const outcome = outcomeOf(run)
  if (outcome !== null) return outcomes[outcome]
  if (run.state === 'waiting') return { state: 'warning', word: 'Waits for your answer' }
  return { state: 'working', word: run.state === 'cancelling' ? 'Cancelling' : 'Running' }
}

function RunHead({ run }: { readonly run: Run }) {
  const { state, word } = stateOf(run)
  const { finish } = run
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
      <span role="status">
        <StateBadge state={state} soft>
          {word}
        </StateBadge>
      </span>
      {finish && (
        <span className="text-ink-2 text-xs" title="From the request to the end of the answer, and to its first byte">
          {formatDuration(finish.timing.totalMs)}
          {finish.timing.firstByteMs !== null && <span className="text-ink-3"> · first byte {formatDuration(finish.timing.firstByteMs)}</span>}
        </span>
      )}
      {finish?.status != null && <code className="text-ink-2 text-xs">HTTP {finish.status}</code>}
      {run.requestId && (
        <Link to="/logs" search={{ requestId: run.requestId }} className="ml-auto text-accent text-xs underline">
          Log lines
        </Link>
      )}
    </div>
  )
}

function RunResult({ run }: { readonly run: Run }) {
  const { finish, failure } = run
  if (failure !== null)
    return (
      <ErrorNotice
        title="The call could not be made"
        message={failure.message}
        {...(failure.requestId === undefined ? {} : { requestId: failure.requestId })}
      />
    )
  if (finish === null) return <LatestLogs run={run} />
  if (outcomeOf(run) === 'cancelled') return <p className="text-ink-2">The call was cancelled; what the tool had done by then is done.</p>
  if (finish.error === undefined) {
    return (
      <div className="space-y-4">
        <ResultView value={finish.result} />
        {run.logs.length > 0 && (
          <Disclosure title={`${countOf(run.logs.length, 'line')} logged`}>
            <LatestLogs run={run} />
          </Disclosure>
        )}
      </div>
    )
  }
  return (
    <div className="space-y-3">
      <ErrorNotice message={finish.error.message} code={String(finish.error.code)} {...(run.requestId === null ? {} : { requestId: run.requestId })} />
      {finish.error.data !== undefined && <JsonTree label="Details of the error" value={finish.error.data} />}
      {finish.result !== undefined && <ResultView value={finish.result} />}
    </div>
  )
}

/** Lines shown beside a result; the timeline has them all. */
function LatestLogs({ run }: { readonly run: Run }) {
  const lines = run.logs
  if (lines.length === 0) return <p className="text-ink-3">No result yet.</p>
  return (
    <ol aria-label="Log messages" className="space-y-0.5 font-mono text-xs">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <li key={index} className="flex gap-2">
          <span className="w-16 shrink-0 text-ink-3">{line.level}</span>
          <span className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">{typeof line.data === 'string' ? line.data : JSON.stringify(line.data)}</span>
        </li>
      ))}
    </ol>
  )
}
