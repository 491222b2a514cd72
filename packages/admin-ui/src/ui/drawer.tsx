import { X } from 'lucide-react'
import { type ReactNode, useEffect, useEffectEvent, useId, useRef } from 'react'
import { IconButton } from './button.tsx'
import { cx } from './class-names.ts'

export interface DrawerProps {
  readonly title: ReactNode
  readonly onClose: () => void
  readonly actions?: ReactNode
  readonly wide?: boolean
  readonly children: ReactNode
}

/** Details at the right edge, over the page but not instead of it: the list stays where it was and can be used. Esc closes. */
export function Drawer({ title, onClose, actions, wide, children }: DrawerProps) {
  const panel = useRef<HTMLElement>(null)
  const titleId = useId()
  const close = useEffectEvent(onClose)
  useEffect(() => {
    const before = document.activeElement
    const element = panel.current
    element?.focus({ preventScroll: true })
    const onKey = (event: KeyboardEvent): void => {
      // A dialog or menu above it comes first.
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open], [role=menu]') !== null) return
      close()
    }
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('keydown', onKey)
      if (element?.contains(document.activeElement) && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
    }
  }, [])
  return (
    <section
      ref={panel}
      role="dialog"
      aria-modal="false"
      aria-labelledby={titleId}
      tabIndex={-1}
      className={cx(
        'fixed inset-y-0 right-0 z-30 flex w-full animate-slide-in flex-col border-l bg-surface shadow-raised outline-none',
        wide ? 'sm:w-[min(56rem,calc(100%-4rem))]' : 'sm:w-[min(32rem,calc(100%-4rem))]',
      )}
    >
      <header className="flex h-12 shrink-0 items-center gap-2 border-b pr-2 pl-4">
        <h2 id={titleId} className="min-w-0 flex-1 truncate font-semibold text-base">
          {title}
        </h2>
        {actions}
        <IconButton label="Close" icon={X} size="sm" onClick={onClose} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-4">{children}</div>
    </section>
  )
}
