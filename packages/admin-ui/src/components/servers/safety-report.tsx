import type { SafetyReport as Report } from '../../api/generated/types.gen.ts'
import { type State, StateBadge, StateIcon } from '../../ui/state-badge.tsx'

const STATES: Readonly<Record<Report['checks'][number]['status'], State>> = { pass: 'ok', warn: 'warning', fail: 'failed', info: 'idle' }
const RISKS: Readonly<Record<Report['risk_level'], { readonly state: State; readonly words: string }>> = {
  low: { state: 'ok', words: 'Low risk' },
  medium: { state: 'warning', words: 'Medium risk' },
  high: { state: 'failed', words: 'High risk' },
}
/** What needs to be read comes first. */
const ORDER: readonly Report['checks'][number]['status'][] = ['fail', 'warn', 'info', 'pass']

/** What is known of the risk of a server, check by check. */
export function SafetyReport({ report }: { readonly report: Report }) {
  const { state, words } = RISKS[report.risk_level]
  const checks = report.checks.toSorted((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status))
  return (
    <div className="space-y-3">
      <p className="flex flex-wrap items-center gap-2">
        <StateBadge state={report.blocked ? 'failed' : state} soft>
          {report.blocked ? 'Blocked' : words}
        </StateBadge>
        <span className="text-ink-2">{report.summary}</span>
      </p>
      <ul className="space-y-1.5">
        {checks.map(({ id, status, message, detail }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one check may say several things, and none of them moves
          <li key={`${id} ${index}`} className="flex gap-2">
            <StateIcon state={STATES[status]} className="mt-0.5" />
            <span className="min-w-0">
              <span className="sr-only">{status}: </span>
              {message}
              {detail !== undefined && <span className="block text-ink-3 text-xs [overflow-wrap:anywhere]">{detail}</span>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
