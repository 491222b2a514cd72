import { X } from 'lucide-react'
import { type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react'
import { IconButton } from './button.tsx'
import { cx } from './class-names.ts'
import { PortalHost } from './portal-host.ts'

export interface DialogProps {
  readonly title: ReactNode
  readonly open: boolean
  /** Esc, the cross or a press beside it. Missing: it can only be left by what it holds. */
  readonly onClose?: () => void
  readonly size?: 'sm' | 'md' | 'lg'
  /** Buttons, at the bottom right. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** What has the focus first: what is marked, else a field, else the button that changes nothing. */
const BEGIN_AT = ['[data-autofocus]', '[data-body] :is(input, textarea, select)', 'footer button']
const WIDTHS = { sm: 'max-w-md', md: 'max-w-xl', lg: 'max-w-4xl' }

/** A modal dialog: the browser's own, which keeps the focus inside, makes the rest inert and gives the focus back. */
export function Dialog({ title, open, onClose, size = 'md', actions, children }: DialogProps) {
  return open ? (
    <OpenDialog title={title} onClose={onClose} size={size} actions={actions}>
      {children}
    </OpenDialog>
  ) : null
}

function OpenDialog({ title, onClose, size = 'md', actions, children }: Omit<DialogProps, 'open'>) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [host, setHost] = useState<HTMLElement | null>(null)
  const titleId = useId()
  useLayoutEffect(() => {
    const element = dialog.current
    const before = document.activeElement
    element?.showModal()
    // The browser would begin with the cross.
    const first = BEGIN_AT.map((selector) => element?.querySelector<HTMLElement>(selector)).find((found) => found)
    first?.focus()
    setHost(element)
    return () => {
      element?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc is the key for what a press beside the dialog does
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose?.()
      }}
      onClose={() => reopenOr(dialog.current, onClose)}
      onClick={(event) => event.target === dialog.current && onClose?.()}
      className={cx('m-auto w-[calc(100%-1rem)] animate-enter overflow-visible rounded-lg border bg-raised p-0 shadow-raised', WIDTHS[size])}
    >
      <PortalHost value={host}>
        <div className="flex max-h-[calc(100dvh-2rem)] flex-col">
          <header className="flex h-12 shrink-0 items-center gap-2 border-b pr-2 pl-4">
            <h2 id={titleId} className="min-w-0 flex-1 truncate font-semibold text-base">
              {title}
            </h2>
            {onClose && <IconButton label="Close" icon={X} size="sm" onClick={onClose} />}
          </header>
          <div data-body="" className="min-h-0 flex-1 overflow-y-auto p-4">
            {children}
          </div>
          {actions && <footer className="flex shrink-0 flex-wrap justify-end gap-2 border-t px-4 py-3">{actions}</footer>}
        </div>
      </PortalHost>
    </dialog>
  )
}

/** A browser closes a dialog at the second Esc, whatever was said to the first. */
function reopenOr(dialog: HTMLDialogElement | null, onClose: (() => void) | undefined): void {
  if (dialog === null || dialog.open) return
  if (onClose === undefined) dialog.showModal()
  else onClose()
}
