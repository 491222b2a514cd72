import { type ReactNode, useEffect } from 'react'
import { cx } from './class-names.ts'

export interface PageProps {
  readonly title: ReactNode
  /** What the window is called, when the title is not text. */
  readonly windowTitle?: string
  /** One line under the title. */
  readonly description?: ReactNode
  /** Buttons at the right of the title. */
  readonly actions?: ReactNode
  /** Fill the height of the window instead of scrolling as a whole: for panes and long tables. */
  readonly fill?: boolean
  readonly children: ReactNode
}

/** What every page begins with. */
export function Page({ title, windowTitle, description, actions, fill, children }: PageProps) {
  const words = windowTitle ?? (typeof title === 'string' ? title : undefined)
  useEffect(() => {
    document.title = words === undefined ? 'ToolDock' : `${words} · ToolDock`
  }, [words])
  return (
    <div className={cx('mx-auto flex w-full max-w-[150rem] flex-col gap-4 p-3 sm:p-5', fill ? 'h-full min-h-0' : 'min-h-full')}>
      <header className="flex min-h-8 shrink-0 flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-[min(100%,18rem)] flex-1">
          <h1 className="truncate font-semibold text-lg">{title}</h1>
          {description && <p className="text-ink-2 [overflow-wrap:anywhere]">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

export interface PanelProps {
  readonly title?: ReactNode
  readonly actions?: ReactNode
  /** Without the inner margin, for tables. */
  readonly flush?: boolean
  readonly className?: string
  readonly children: ReactNode
}

/** A part of a page with its own heading. */
export function Panel({ title, actions, flush, className, children }: PanelProps) {
  return (
    <section className={cx('flex min-w-0 flex-col overflow-hidden rounded-lg border bg-surface', className)}>
      {title && (
        <header className="flex h-10 shrink-0 items-center gap-2 border-b pr-2 pl-3">
          <h2 className="min-w-0 flex-1 truncate font-semibold">{title}</h2>
          {actions}
        </header>
      )}
      <div className={cx('min-h-0 flex-1', !flush && 'p-3')}>{children}</div>
    </section>
  )
}
