import { ArrowDownLeft, ArrowUpRight, ChevronRight, CircleHelp, Gauge, ScrollText } from 'lucide-react'
import { useState } from 'react'
import { cx } from '../../ui/class-names.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { countOf, formatBytes, formatDuration } from '../../ui/format.ts'
import { type Run, type TimelineEntry, timelineEntriesMax } from './run.ts'
import { type EntrySummary, prettyText, summaryOf } from './timeline-entry.ts'

const icons = { sent: ArrowUpRight, received: ArrowDownLeft, progress: Gauge, log: ScrollText, question: CircleHelp }
const iconWords: Readonly<Record<EntrySummary['kind'], string>> = { sent: 'Sent', received: 'Received', progress: 'Progress', log: 'Log', question: 'Question' }

/** Everything that crossed the wire, in its order; each entry opens to the raw message. */
export function Timeline({ run }: { readonly run: Run }) {
  if (run.timeline.length === 0) return <p className="text-ink-3">Nothing yet.</p>
  const cut = run.omitted === 0 ? null : timelineEntriesMax / 2 - 1
  return (
    <ol aria-label="Timeline" className="divide-y rounded-md border">
      {run.timeline.map((entry, index) => (
        <li key={entry.number} className="[content-visibility:auto] [contain-intrinsic-size:auto_2rem]">
          <EntryRow entry={entry} />
          {index === cut && <p className="border-t bg-sunken px-3 py-1 text-ink-2 text-xs">{countOf(run.omitted, 'entry', 'entries')} left out here</p>}
        </li>
      ))}
    </ol>
  )
}

function EntryRow({ entry }: { readonly entry: TimelineEntry }) {
  const [isOpen, setOpen] = useState(false)
  const { kind, title, detail } = summaryOf(entry)
  const Icon = icons[kind]
  return (
    <>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex h-8 w-full items-center gap-2 px-2 text-left hover:bg-hover"
      >
        <ChevronRight aria-hidden className={cx('size-3.5 shrink-0 text-ink-3 transition-transform', isOpen && 'rotate-90')} />
        <span className="sr-only">{iconWords[kind]}</span>
        <Icon aria-hidden className={cx('size-4 shrink-0', kind === 'sent' ? 'text-accent' : 'text-ink-2')} />
        <code className="shrink-0 truncate">{title}</code>
        <span className="min-w-0 flex-1 truncate text-ink-3 text-xs">{detail}</span>
        <span className="shrink-0 text-ink-3 text-xs">{formatBytes(entry.bytes)}</span>
        <span className="w-16 shrink-0 text-right text-ink-3 text-xs tabular-nums">+{formatDuration(Math.round(entry.atMs))}</span>
      </button>
      {isOpen && <EntryDetail entry={entry} />}
    </>
  )
}

function EntryDetail({ entry }: { readonly entry: TimelineEntry }) {
  const headers = Object.entries(entry.headers ?? {})
  const isCut = entry.bytes > new TextEncoder().encode(entry.message).length
  return (
    <div className="space-y-2 border-t bg-sunken px-3 py-2">
      {headers.length > 0 && (
        <pre className="whitespace-pre-wrap font-mono text-ink-2 text-xs leading-5 [overflow-wrap:anywhere]">
          {headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
        </pre>
      )}
      <div className="relative">
        <pre className="max-h-96 overflow-auto whitespace-pre-wrap pr-8 font-mono text-xs leading-5 [overflow-wrap:anywhere]">{prettyText(entry.message)}</pre>
        <span className="absolute top-0 right-0">
          <CopyButton text={entry.message} label="Copy the message" size="sm" />
        </span>
      </div>
      {isCut && <p className="text-ink-3 text-xs">Only the beginning is kept here.</p>}
    </div>
  )
}
