import { Play, Square } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { countOf } from '../../ui/format.ts'
import { modKeys } from '../../ui/hotkeys.ts'
import { Select } from '../../ui/inputs.tsx'
import { ViewSwitch } from '../../ui/view-switch.tsx'
import type { Protocol } from './execute-event.ts'
import { isActive } from './run.ts'
import type { ToolCall } from './use-tool-call.ts'

const protocols: readonly { readonly value: Protocol; readonly label: string; readonly about: string }[] = [
  { value: 'mcp-modern', label: 'MCP 2026-07-28', about: 'One POST of tools/call; questions are answered by further rounds.' },
  { value: 'mcp-legacy', label: 'MCP 2025-11-25', about: 'A session: initialize, tools/call, and requests from the server.' },
  { value: 'rest', label: 'REST', about: 'One POST to the tool’s own address; a tool cannot ask anything.' },
]

export interface RunControlsProps {
  readonly call: ToolCall
  readonly protocol: Protocol
  readonly onProtocol: (protocol: Protocol) => void
  /** For a narrow pane. */
  readonly compact?: boolean
}

/** How to call, and the button that does. */
export function RunControls({ call, protocol, onProtocol, compact }: RunControlsProps) {
  const { run, problems, attempts, isUnread } = call
  const isRunning = run !== null && isActive(run)
  return (
    <div className="flex flex-wrap items-center gap-2">
      {compact ? (
        <Select aria-label="Protocol" className="w-auto" value={protocol} onChange={({ target }) => onProtocol(target.value as Protocol)}>
          {protocols.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      ) : (
        <ViewSwitch label="Protocol" value={protocol} onChange={onProtocol} options={protocols} />
      )}
      <span className="ml-auto flex items-center gap-2">
        {isUnread && <span className="text-failed text-xs">Correct the JSON first</span>}
        {attempts > 0 && !isUnread && problems > 0 && (
          <>
            <span role="status" className="text-failed text-xs">
              {countOf(problems, 'problem')}
            </span>
            <Button variant="ghost" size="sm" onClick={() => call.submit(protocol, true)}>
              Run anyway
            </Button>
          </>
        )}
        {isRunning ? (
          <Button icon={Square} variant="secondary" working={run.state === 'cancelling'} onClick={() => void call.cancel()}>
            Cancel
          </Button>
        ) : (
          <Button
            icon={Play}
            variant="primary"
            aria-keyshortcuts="Control+Enter Meta+Enter"
            title={`Run (${modKeys('Enter')})`}
            onClick={() => call.submit(protocol)}
          >
            Run
          </Button>
        )}
      </span>
    </div>
  )
}
