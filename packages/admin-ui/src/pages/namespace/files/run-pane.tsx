import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { getToolsNsToolOptions } from '../../../api/generated/@tanstack/react-query.gen.ts'
import type { Tool } from '../../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../../components/api-error-notice.tsx'
import { ArgumentsForm } from '../../../components/tool-run/arguments-form.tsx'
import { ExamplesMenu } from '../../../components/tool-run/examples-menu.tsx'
import type { Protocol } from '../../../components/tool-run/execute-event.ts'
import { isActive } from '../../../components/tool-run/run.ts'
import { RunControls } from '../../../components/tool-run/run-controls.tsx'
import { RunView } from '../../../components/tool-run/run-view.tsx'
import { toolsQuery } from '../../../components/tool-run/tool-queries.ts'
import { useToolCall } from '../../../components/tool-run/use-tool-call.ts'
import { EmptyState } from '../../../ui/empty-state.tsx'
import { useHotkey } from '../../../ui/hotkeys.ts'
import { Select } from '../../../ui/inputs.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'

export interface RunPaneProps {
  readonly namespace: string
  readonly path: string | undefined
  /** The file in the editor is not what is published. */
  readonly isUnpublished: boolean
}

/** Calls what is published, beside the editor: the tools of the file first. */
export function RunPane({ namespace, path, isUnpublished }: RunPaneProps) {
  const query = useInfiniteQuery(toolsQuery({ namespace }))
  const [chosenName, setChosenName] = useState<string | null>(null)
  const tools = (query.data?.pages.flatMap((page) => page.tools) ?? []).toSorted((a, b) => Number(b.origin.file === path) - Number(a.origin.file === path))
  const chosen = tools.find(({ name, origin }) => name === chosenName && (origin.file === path || !tools.some((tool) => tool.origin.file === path))) ?? tools[0]
  return (
    <section aria-label="Run" className="flex h-full min-h-0 flex-col overflow-hidden rounded-lg border bg-surface">
      <header className="flex h-10 shrink-0 items-center gap-2 border-b pr-1.5 pl-3">
        <h2 className="font-semibold">Run</h2>
        {chosen !== undefined && (
          <Select
            aria-label="Tool to run"
            className="ml-auto h-7 w-auto max-w-56 font-mono text-xs"
            value={chosen.name}
            onChange={({ target }) => setChosenName(target.value)}
          >
            {tools.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
        )}
      </header>
      {query.isError && <ApiErrorNotice title="The tools could not be loaded" error={query.error} onRetry={() => void query.refetch()} className="m-3" />}
      {query.isPending && (
        <div className="p-3">
          <SkeletonLines />
        </div>
      )}
      {query.data !== undefined && chosen === undefined && (
        <EmptyState title="Nothing to run yet">Save a file that exports a tool; it can be called here as soon as it is published.</EmptyState>
      )}
      {chosen !== undefined && <RunOne key={chosen.name} listed={chosen} isUnpublished={isUnpublished} />}
    </section>
  )
}

function RunOne({ listed, isUnpublished }: { readonly listed: Tool; readonly isUnpublished: boolean }) {
  const current = useQuery({ ...getToolsNsToolOptions({ path: { ns: listed.namespace, tool: listed.name } }), placeholderData: listed })
  const tool = current.data ?? listed
  const [protocol, setProtocol] = useState<Protocol>('mcp-modern')
  const call = useToolCall(tool, undefined)
  useHotkey({ key: 'Enter', mod: true }, () => call.submit(protocol), call.run === null || !isActive(call.run))
  return (
    <div className="min-h-0 flex-1 space-y-4 overflow-y-auto p-3">
      {isUnpublished && <p className="rounded-md bg-sunken px-2.5 py-1.5 text-ink-2 text-xs">Runs what is published. Save to run what stands in the editor.</p>}
      <div className="flex items-start justify-between gap-2">
        <p className="min-w-0 text-ink-2">{tool.title ?? tool.description?.split('\n', 1)[0]}</p>
        <ExamplesMenu tool={tool} args={call.args} onLoad={call.loadArgs} />
      </div>
      <ArgumentsForm call={call} />
      <div className="border-y py-2">
        <RunControls call={call} protocol={protocol} onProtocol={setProtocol} compact />
      </div>
      <RunView control={call} />
    </div>
  )
}
