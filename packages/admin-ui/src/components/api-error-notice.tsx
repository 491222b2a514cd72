import { Link } from '@tanstack/react-router'
import { ApiError } from '../api/api-error.ts'
import { ErrorNotice } from '../ui/error-notice.tsx'

export interface ApiErrorNoticeProps {
  /** What could not be done, such as `The servers could not be loaded`. */
  readonly title?: string
  readonly error: unknown
  readonly onRetry?: () => void
  readonly className?: string
}

/** What a request was rejected with, in words, with a link to the log lines of the request. */
export function ApiErrorNotice({ title, error, onRetry, className }: ApiErrorNoticeProps) {
  const { code, requestId } = error instanceof ApiError ? error : { code: undefined, requestId: undefined }
  return (
    <ErrorNotice
      title={title}
      message={error instanceof Error ? error.message : String(error)}
      code={code}
      requestId={requestId}
      logLink={
        requestId && (
          <Link to="/logs" search={{ requestId }} className="text-accent underline">
            Log lines
          </Link>
        )
      }
      onRetry={onRetry}
      className={className}
    />
  )
}
