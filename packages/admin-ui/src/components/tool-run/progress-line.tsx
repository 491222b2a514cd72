import type { Progress } from './execute-event.ts'

/** How far the tool says it is; without a total only that it goes on. */
export function ProgressLine({ progress: { progress, total, message } }: { readonly progress: Progress }) {
  const words = total === undefined ? `${progress}` : `${progress} of ${total}`
  const share = total === undefined || total <= 0 ? 1 : Math.min(Math.max(progress / total, 0), 1)
  return (
    <div className="space-y-1">
      <div className="flex justify-between gap-2 text-xs">
        <span className="truncate text-ink-2">{message ?? 'Progress'}</span>
        <span className="shrink-0 tabular-nums">{words}</span>
      </div>
      <div
        role="progressbar"
        aria-label={message ?? 'Progress'}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={total === undefined ? undefined : progress}
        aria-valuetext={words}
        className="h-1.5 overflow-hidden rounded-full bg-line"
      >
        <div
          className={`h-full rounded-full bg-working transition-[width] ${total === undefined ? 'animate-pulse-soft' : ''}`}
          style={{ width: `${share * 100}%` }}
        />
      </div>
    </div>
  )
}
