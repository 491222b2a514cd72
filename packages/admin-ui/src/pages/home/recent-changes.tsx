import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { getAuditOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { AuditEntry } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { auditHref, auditWords } from '../../components/audit-words.ts'
import { Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'

const ASKED_FOR = 100
const SHOWN_MAX = 20
/** Records of the audit log that changed nothing. */
const NO_CHANGES = new Set(['postSession', 'deleteSession', 'postExecute', 'postExecuteIdAnswer', 'deleteExecuteId'])

/** Who reloaded, installed and edited. */
export function RecentChanges() {
  const { data, error, refetch } = useQuery(getAuditOptions({ query: { limit: ASKED_FOR } }))
  const entries = data?.entries.filter(({ action }) => !NO_CHANGES.has(action)).slice(0, SHOWN_MAX)
  return (
    <Panel title="What changed" className="max-h-[34rem]" flush>
      <div className="h-full overflow-y-auto">
        {error !== null ? (
          <div className="p-3">
            <ApiErrorNotice title="The changes could not be loaded" error={error} onRetry={() => void refetch()} />
          </div>
        ) : entries === undefined ? (
          <div className="px-3 py-2">
            <SkeletonLines lines={6} />
          </div>
        ) : entries.length === 0 ? (
          <p className="px-3 py-4 text-ink-2">Nobody has changed anything yet. Reloads, installations, edits and keys will be listed here with who did it.</p>
        ) : (
          <ul className="divide-y">
            {entries.map((entry) => (
              <Change key={entry.id} entry={entry} />
            ))}
          </ul>
        )}
      </div>
    </Panel>
  )
}

function Change({ entry }: { readonly entry: AuditEntry }) {
  const { at, principal, action, subject, status } = entry
  const href = auditHref(action, subject)
  return (
    <li className="flex min-h-9 items-baseline gap-2 px-3 py-1.5">
      <p className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <span className="font-medium">{principal}</span> {auditWords(action)}{' '}
        {href === undefined ? (
          <code>{subject}</code>
        ) : (
          <Link to={href} className="hover:underline">
            <code>{subject}</code>
          </Link>
        )}
        {status >= 400 && <span className="text-failed"> (refused, {status})</span>}
      </p>
      <RelativeTime at={at} className="shrink-0 text-ink-3 text-xs" />
    </li>
  )
}
