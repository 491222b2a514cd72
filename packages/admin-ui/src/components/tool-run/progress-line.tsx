import type { Progress } from './execute-event.ts'

/** How far the tool says it is. */
export function ProgressLine({ progress: { progress, total, message } }: { readonly progress: Progress }) {
  const words = total === undefined ? `${progress}` : `${progress} of ${total}`
  return (
    <div className="space-y-1">
      <div className="flex justify-between gap-2 text-xs">
        <span className="truncate text-ink-2">{message ?? 'Progress'}</span>
        <span className="shrink-0 tabular-nums">{words}</span>
      </div>
      <progress
        aria-label={message ?? 'Progress'}
        className="block h-1.5 w-full accent-(--color-working)"
        max={total}
        value={total === undefined ? undefined : progress}
      />
    </div>
  )
}
