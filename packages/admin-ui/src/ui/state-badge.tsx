import { CircleAlert, CircleCheck, CircleDashed, LoaderCircle, type LucideIcon, Minus, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './class-names.ts'

/** `idle`: nothing is wrong and nothing runs. */
export type State = 'ok' | 'working' | 'warning' | 'failed' | 'idle' | 'off'

const LOOKS: Readonly<Record<State, { readonly icon: LucideIcon; readonly text: string; readonly soft: string }>> = {
  ok: { icon: CircleCheck, text: 'text-ok', soft: 'bg-ok-soft' },
  working: { icon: LoaderCircle, text: 'text-working', soft: 'bg-working-soft' },
  warning: { icon: TriangleAlert, text: 'text-warning', soft: 'bg-warning-soft' },
  failed: { icon: CircleAlert, text: 'text-failed', soft: 'bg-failed-soft' },
  idle: { icon: CircleDashed, text: 'text-ink-2', soft: 'bg-sunken' },
  off: { icon: Minus, text: 'text-ink-3', soft: 'bg-sunken' },
}

export function StateIcon({ state, className }: { readonly state: State; readonly className?: string }) {
  const { icon: Icon, text } = LOOKS[state]
  return <Icon aria-hidden className={cx('size-4 shrink-0', text, state === 'working' && 'motion-safe:animate-spin', className)} />
}

/** A state as shape, word and colour. `children`: the word. `soft` puts a background behind it. */
export function StateBadge({ state, soft, children }: { readonly state: State; readonly soft?: boolean; readonly children: ReactNode }) {
  const look = LOOKS[state]
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1.5 whitespace-nowrap align-middle',
        look.text,
        soft && cx('h-6 rounded-full pr-2.5 pl-1.5 text-xs', look.soft),
      )}
    >
      <StateIcon state={state} className={soft ? 'size-3.5' : undefined} />
      {children}
    </span>
  )
}

/** A word about a thing that is no state, such as a kind or a version. */
export function Tag({ children, className }: { readonly children: ReactNode; readonly className?: string }) {
  return (
    <span className={cx('inline-flex h-5 items-center rounded-sm border bg-sunken px-1.5 text-ink-2 text-xs leading-none whitespace-nowrap', className)}>
      {children}
    </span>
  )
}
