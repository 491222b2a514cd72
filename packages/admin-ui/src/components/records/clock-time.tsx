import { formatClock, formatDateTime } from '../../ui/format.ts'

/** When something was, to the millisecond; the date on hover. */
export const ClockTime = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={formatDateTime(at)} className="font-mono text-ink-2">
    {formatClock(at)}
  </time>
)
