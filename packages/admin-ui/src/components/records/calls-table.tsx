import type { ReactNode } from 'react'
import type { Call } from '../../api/generated/types.gen.ts'
import { formatBytes, formatDuration } from '../../ui/format.ts'
import { StateBadge } from '../../ui/state-badge.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { ClockTime } from './clock-time.tsx'

const COLUMNS: readonly Column<Call>[] = [
  { id: 'at', title: 'Time', width: '7rem', cell: ({ at }) => <ClockTime at={at} /> },
  {
    id: 'name',
    title: 'Call',
    cell: ({ namespace, name, method }) => (
      <code title={`${method} ${namespace} ${name}`}>
        <span className="text-ink-3">{namespace} / </span>
        {name}
      </code>
    ),
  },
  {
    id: 'outcome',
    title: 'Outcome',
    width: 'clamp(5rem, 16vw, 11rem)',
    cell: ({ outcome }) => <StateBadge state={outcome === 'ok' ? 'ok' : 'failed'}>{outcome === 'ok' ? 'ok' : <code>{outcome}</code>}</StateBadge>,
  },
  { id: 'duration', title: 'Took', width: '6rem', align: 'right', from: 'sm', cell: ({ durationMs }) => formatDuration(durationMs) },
  {
    id: 'protocol',
    title: 'Over',
    width: '7.5rem',
    from: 'md',
    cell: ({ protocol, era }) => <span className="text-ink-2">{protocol === 'rest' ? 'REST' : `MCP ${era}`}</span>,
  },
  {
    id: 'client',
    title: 'Client',
    width: '12rem',
    from: 'lg',
    cell: ({ client, principal }) => <span title={`${client ?? ''} as ${principal}`}>{client ?? <span className="text-ink-3">{principal}</span>}</span>,
  },
  {
    id: 'size',
    title: 'Result',
    width: '6rem',
    align: 'right',
    from: 'xl',
    cell: ({ resultBytes }) => <span className="text-ink-2">{formatBytes(resultBytes)}</span>,
  },
]

export interface CallsTableProps {
  readonly rows: readonly Call[] | undefined
  readonly openId: string | undefined
  readonly onOpen: (call: Call) => void
  readonly onEnd: () => void
  readonly instead: ReactNode
  readonly empty: ReactNode
}

/** Calls, newest first. */
export function CallsTable({ rows, openId, onOpen, onEnd, instead, empty }: CallsTableProps) {
  return (
    <Table
      label="Calls"
      fill
      sortedByServer
      columns={COLUMNS}
      rows={rows}
      rowKey={({ id }) => id}
      openKey={openId}
      onOpen={onOpen}
      onEnd={onEnd}
      instead={instead}
      empty={empty}
    />
  )
}
