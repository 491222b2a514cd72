import type { ReloadReport } from '../../../api/generated/types.gen.ts'

type Entries = ReloadReport['tools']

/** What a save changes for callers. */
export function ReportView({ report }: { readonly report: ReloadReport }) {
  const parts = [
    { noun: 'tool', entries: report.tools },
    { noun: 'resource', entries: report.resources },
    { noun: 'prompt', entries: report.prompts },
  ].filter(({ entries }) => countOfChanges(entries) > 0)
  return (
    <div className="space-y-2">
      {parts.length === 0 && <p className="text-ink-2">Callers see the same tools, resources and prompts as before; only how they work changes.</p>}
      {parts.map(({ noun, entries }) => (
        <EntryChanges key={noun} noun={noun} entries={entries} />
      ))}
      {report.warnings.map((warning) => (
        <p key={warning} className="text-warning">
          {warning}
        </p>
      ))}
    </div>
  )
}

function countOfChanges({ added, removed, changed }: Entries): number {
  return added.length + removed.length + changed.length
}

function EntryChanges({ noun, entries: { added, removed, changed } }: { readonly noun: string; readonly entries: Entries }) {
  return (
    <ul className="space-y-0.5">
      {added.map((name) => (
        <li key={`+${name}`}>
          <span className="text-ok">New {noun}</span> <code>{name}</code>
        </li>
      ))}
      {removed.map((name) => (
        <li key={`-${name}`}>
          <span className="text-failed">Removes {noun}</span> <code>{name}</code>
        </li>
      ))}
      {changed.map(({ name, changes }) => (
        <li key={`~${name}`}>
          <span className="text-working">Changes {noun}</span> <code>{name}</code>
          <span className="text-ink-3"> in {changes.map(({ path }) => path || 'all').join(', ')}</span>
        </li>
      ))}
    </ul>
  )
}
