import { History, Trash2 } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { formatDuration } from '../../ui/format.ts'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '../../ui/menu.tsx'
import { forgetHistory, type PastRun } from './run-history.ts'

export interface HistoryMenuProps {
  readonly history: readonly PastRun[]
  readonly onOpen: (past: PastRun) => void
  readonly onForget: () => void
}

const entriesShown = 15
const outcomeWords = { ok: '', tool_error: 'tool failed', failed: 'failed', cancelled: 'cancelled' }

/** Runs of this tab, to be opened again. */
export function HistoryMenu({ history, onOpen, onForget }: HistoryMenuProps) {
  return (
    <Menu
      trigger={
        <Button size="sm" variant="ghost" icon={History}>
          History
        </Button>
      }
    >
      <MenuLabel>{history.length === 0 ? 'Runs of this tab will be here.' : 'Kept in this tab until it is closed'}</MenuLabel>
      {history.slice(0, entriesShown).map((past) => (
        <MenuItem
          key={past.key}
          onSelect={() => onOpen(past)}
          keys={[outcomeWords[past.outcome], past.totalMs === null ? '' : formatDuration(past.totalMs)].filter(Boolean).join(' · ')}
        >
          <code>{past.request.tool}</code> {new Date(past.startedAt).toLocaleTimeString()}
        </MenuItem>
      ))}
      {history.length > 0 && (
        <>
          <MenuSeparator />
          <MenuItem
            icon={Trash2}
            onSelect={() => {
              forgetHistory(sessionStorage)
              onForget()
            }}
          >
            Forget all
          </MenuItem>
        </>
      )}
    </Menu>
  )
}
