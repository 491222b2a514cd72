import { useEffect, useState } from 'react'
import { formatDateTime, formatRelative } from './format.ts'

const TICK_MS = 15_000

/** How long ago, kept up to date; the absolute time on hover. */
export function RelativeTime({ at, className }: { readonly at: string; readonly className?: string }) {
  const [nowMs, setNowMs] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <time dateTime={at} title={formatDateTime(at)} className={className ?? 'whitespace-nowrap'}>
      {formatRelative(at, Math.max(nowMs, Date.now() - TICK_MS))}
    </time>
  )
}
