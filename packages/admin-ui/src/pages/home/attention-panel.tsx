import { Link } from '@tanstack/react-router'
import type { AttentionItem } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { stateOfSeverity } from '../../components/frame/gateway-state.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { countOf } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { StateIcon } from '../../ui/state-badge.tsx'

export interface AttentionPanelProps {
  /** Undefined: not known yet. */
  readonly items: readonly AttentionItem[] | undefined
  readonly error: unknown
  readonly onRetry: () => void
}

/** What needs a person, the worst first, each with the way to mend it. */
export function AttentionPanel({ items, error, onRetry }: AttentionPanelProps) {
  if (error !== null) return <ApiErrorNotice title="What needs attention could not be loaded" error={error} onRetry={onRetry} />
  if (items === undefined) return <Skeleton className="h-10 w-full" />
  if (items.length === 0) {
    return (
      <p className="flex h-10 items-center gap-2 rounded-lg border bg-surface px-3">
        <StateIcon state="ok" /> Nothing needs you.
      </p>
    )
  }
  return (
    <Panel title={`Needs attention: ${countOf(items.length, 'thing')}`} flush>
      <ul className="divide-y">
        {items.map((item) => (
          <li key={item.id} className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-3 py-2">
            <StateIcon state={stateOfSeverity(item.severity)} />
            <div className="min-w-0 flex-1 basis-56">
              <p className="font-semibold">
                {item.title}
                {item.since && <RelativeTime at={item.since} className="ml-2 whitespace-nowrap font-normal text-ink-3 text-xs" />}
              </p>
              <p className="line-clamp-2 text-ink-2 [overflow-wrap:anywhere]">{item.detail}</p>
            </div>
            {item.action && (
              <Link to={item.action.href} className={buttonClass('secondary', 'sm')}>
                {item.action.label}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
