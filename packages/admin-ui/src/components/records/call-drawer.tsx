import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { getCallsIdOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { Call } from '../../api/generated/types.gen.ts'
import { buttonClass } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { DescriptionList } from '../../ui/description-list.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { formatBytes, formatDateTime, formatDuration } from '../../ui/format.ts'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TextBlock } from '../../ui/text-block.tsx'
import { ApiErrorNotice } from '../api-error-notice.tsx'

export interface CallDrawerProps {
  readonly id: string
  /** The call when the list has it; it may be on its way to the database still. */
  readonly known: Call | undefined
  readonly onClose: () => void
}

/** One call, and the ways on from it. */
export function CallDrawer({ id, known, onClose }: CallDrawerProps) {
  const { data: call = known, error: failure, refetch } = useQuery({ ...getCallsIdOptions({ path: { id } }), enabled: known === undefined })
  const error = call === undefined ? failure : null
  return (
    <Drawer title={call === undefined ? 'Call' : <code>{`${call.namespace} / ${call.name}`}</code>} onClose={onClose}>
      {error !== null && <ApiErrorNotice title="The call could not be loaded" error={error} onRetry={() => void refetch()} />}
      {error === null && call === undefined && <SkeletonLines lines={8} />}
      {call !== undefined && (
        <div className="space-y-5">
          <DescriptionList
            items={[
              [
                'Outcome',
                <StateBadge key="outcome" state={call.outcome === 'ok' ? 'ok' : 'failed'}>
                  {call.outcome}
                </StateBadge>,
              ],
              ['When', formatDateTime(call.at)],
              ['Took', formatDuration(call.durationMs)],
              ['Method', <code key="method">{call.method}</code>],
              ['Over', call.protocol === 'rest' ? 'REST' : `MCP, ${call.era}`],
              ['Client', call.client],
              ['Who', call.principal],
              ['Request', formatBytes(call.requestBytes)],
              ['Result', formatBytes(call.resultBytes)],
              [
                'Request id',
                <span key="id" className="flex items-center gap-1">
                  <code className="truncate">{call.requestId}</code>
                  <CopyButton text={call.requestId} label="Copy the request id" size="sm" />
                </span>,
              ],
            ]}
          />
          <div className="flex flex-wrap gap-2">
            <Link to="/logs" search={{ requestId: call.requestId }} className={buttonClass()}>
              Log lines of this call
            </Link>
            {call.method === 'tools/call' && (
              <Link to="/playground" search={{ namespace: call.namespace, tool: call.name }} className={buttonClass()}>
                Call it again
              </Link>
            )}
          </div>
          {call.arguments === undefined ? (
            <p className="text-ink-3">Arguments are kept only for namespaces that turn it on.</p>
          ) : (
            <TextBlock label="the arguments" text={JSON.stringify(call.arguments, null, 2)} />
          )}
        </div>
      )}
    </Drawer>
  )
}
