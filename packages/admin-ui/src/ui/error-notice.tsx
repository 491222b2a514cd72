import { CircleAlert, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { cx } from './class-names.ts'
import { CopyButton } from './copy-button.tsx'

export interface ErrorNoticeProps {
  /** What could not be done, such as `The servers could not be loaded`. */
  readonly title?: string
  /** What happened and what to do, in words. */
  readonly message: string
  readonly code?: string
  readonly requestId?: string
  /** A link to the log lines of the request. */
  readonly logLink?: ReactNode
  readonly onRetry?: () => void
  readonly className?: string
  readonly children?: ReactNode
}

/** An error where its cause is: what happened, why, what to do, and how to find more. */
export function ErrorNotice({ title, message, code, requestId, logLink, onRetry, className, children }: ErrorNoticeProps) {
  return (
    <div role="alert" className={cx('flex gap-2.5 rounded-md border border-failed/40 bg-failed-soft px-3 py-2.5', className)}>
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-failed" />
      <div className="min-w-0 flex-1 space-y-1">
        {title && <p className="font-medium">{title}</p>}
        <p className="[overflow-wrap:anywhere]">{message}</p>
        {children}
        {(code || requestId) && (
          <p className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-ink-2 text-xs">
            {code && <code>{code}</code>}
            {requestId && (
              <span className="inline-flex min-w-0 items-center gap-1">
                <span>request</span> <code className="truncate">{requestId}</code> <CopyButton text={requestId} label="Copy the request id" size="sm" />
              </span>
            )}
            {logLink}
          </p>
        )}
      </div>
      {onRetry && (
        <Button size="sm" icon={RotateCw} onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}
