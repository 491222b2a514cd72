import { useEffect, useEffectEvent, useMemo, useState } from 'react'
import type { Tool } from '../../api/generated/types.gen.ts'
import { ArgumentsForm } from '../../components/tool-run/arguments-form.tsx'
import { CompareRuns } from '../../components/tool-run/compare-runs.tsx'
import { ExamplesMenu } from '../../components/tool-run/examples-menu.tsx'
import { HistoryMenu } from '../../components/tool-run/history-menu.tsx'
import { isActive, type Run } from '../../components/tool-run/run.ts'
import { RunControls } from '../../components/tool-run/run-controls.tsx'
import { loadHistory, type PastRun, rememberRun } from '../../components/tool-run/run-history.ts'
import { RunView } from '../../components/tool-run/run-view.tsx'
import { ToolAbout } from '../../components/tool-run/tool-about.tsx'
import { useToolCall } from '../../components/tool-run/use-tool-call.ts'
import { cx } from '../../ui/class-names.ts'
import { useHotkey } from '../../ui/hotkeys.ts'
import { isObject } from '../../ui/schema-form/json-schema.ts'
import { withoutSecrets } from '../../ui/schema-form/without-secrets.ts'
import type { BenchProps } from './playground-page.tsx'

/** After the last key, in milliseconds: the address follows the form, not each key. */
const addressDelayMs = 400
/** Runs whose results are kept, in memory alone, to be shown and compared again. */
const runsKeptMax = 20

/** One tool: its arguments, and the runs made of them here. */
export function ToolBench({ tool, search, change, column, onColumn }: BenchProps & { readonly tool: Tool }) {
  const [history, setHistory] = useState<readonly PastRun[]>(() => loadHistory(sessionStorage))
  const [kept, setKept] = useState<readonly Run[]>([])
  const keep = (run: Run): void => {
    setKept((runs) => [run, ...runs].slice(0, runsKeptMax))
    const args = withoutSecrets(tool.inputSchema, run.request.arguments)
    setHistory(rememberRun(sessionStorage, { ...run, request: { ...run.request, arguments: isObject(args) ? args : {} } }))
  }
  const call = useToolCall(tool, search.args, keep)
  const { protocol } = search
  const submit: typeof call.submit = (by, anyway) => {
    const isStarted = call.submit(by, anyway)
    if (isStarted) onColumn('result')
    return isStarted
  }
  useHotkey({ key: 'Enter', mod: true }, () => submit(protocol), call.run === null || !isActive(call.run))
  useAddress(call.args, tool, (args) => change({ ...search, args }, true))
  const open = (past: PastRun): void => {
    const whole = kept.find(({ key }) => key === past.key)
    if (past.request.namespace === tool.namespace && past.request.tool === tool.name) {
      call.loadArgs(past.request.arguments)
      if (whole !== undefined) call.show(whole)
    }
    change({ namespace: past.request.namespace, tool: past.request.tool, protocol: past.request.protocol, args: past.request.arguments }, false)
  }
  return (
    <>
      <section
        aria-label="Arguments"
        className={cx('flex min-h-0 flex-col overflow-hidden rounded-lg border bg-surface', column !== 'arguments' && 'max-lg:hidden')}
      >
        <div className="min-h-0 flex-1 space-y-4 overflow-y-auto p-4">
          <ToolAbout tool={tool} actions={<ExamplesMenu tool={tool} args={call.args} onLoad={call.loadArgs} />} />
          <ArgumentsForm call={call} />
        </div>
        <div className="border-t p-2.5">
          <RunControls call={{ ...call, submit }} protocol={protocol} onProtocol={(next) => change({ ...search, protocol: next }, true)} />
        </div>
      </section>
      <section aria-label="Result" className={cx('flex min-h-0 flex-col overflow-hidden rounded-lg border bg-surface', column !== 'result' && 'max-lg:hidden')}>
        <header className="flex h-10 shrink-0 items-center gap-1 border-b pr-2 pl-4">
          <h2 className="flex-1 font-semibold">Result</h2>
          <CompareRuns current={call.run} others={kept} />
          <HistoryMenu history={history} onOpen={open} onForget={() => setHistory([])} />
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto p-4">
          <RunView control={call} />
        </div>
      </section>
    </>
  )
}

/** Keeps the arguments in the address, without what is secret. */
function useAddress(args: unknown, tool: Tool, write: (args: Readonly<Record<string, unknown>>) => void): void {
  const shown = useMemo(() => withoutSecrets(tool.inputSchema, args), [tool.inputSchema, args])
  const [first] = useState(shown)
  const onWrite = useEffectEvent(write)
  useEffect(() => {
    if (shown === first || !isObject(shown)) return
    const timer = setTimeout(() => onWrite(shown), addressDelayMs)
    return () => clearTimeout(timer)
  }, [shown, first])
}
