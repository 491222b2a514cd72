import { cx } from './class-names.ts'

/** A place that will be filled; says nothing to screen readers, for whom whoever shows it has `aria-busy`. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <span aria-hidden className={cx('block animate-pulse-soft rounded-sm bg-hover', className)} />
}

const WIDTHS = ['w-3/4', 'w-1/2', 'w-5/6', 'w-2/3', 'w-3/5']

/** Lines of text that are on their way. */
export function SkeletonLines({ lines = 3 }: { readonly lines?: number }) {
  return (
    <div aria-busy="true" className="space-y-2.5 py-1">
      <span className="sr-only">Loading</span>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines are all alike
        <Skeleton key={index} className={cx('h-3.5', WIDTHS[index % WIDTHS.length])} />
      ))}
    </div>
  )
}
