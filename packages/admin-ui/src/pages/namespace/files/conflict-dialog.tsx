import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { getNamespacesNsFilesPathOptions } from '../../../api/generated/@tanstack/react-query.gen.ts'
import { ApiErrorNotice } from '../../../components/api-error-notice.tsx'
import { Button } from '../../../ui/button.tsx'
import { CodeDiff, codeLanguageOf } from '../../../ui/code-editor/code-editor.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import type { Conflict } from './save-file.ts'
import { openCopy, type WorkingCopy } from './working-copy.ts'

export interface ConflictDialogProps {
  readonly namespace: string
  readonly copy: WorkingCopy
  readonly conflict: Conflict
  readonly onClose: () => void
  /** Goes on with this copy, which knows the newest etag. */
  readonly onResolve: (copy: WorkingCopy) => void
}

/** Both versions beside each other; the right one can be written in. Nothing is lost until a choice is made. */
export function ConflictDialog({ namespace, copy, conflict, onClose, onResolve }: ConflictDialogProps) {
  const theirs = useQuery({ ...getNamespacesNsFilesPathOptions({ path: { ns: namespace, path: copy.path } }), staleTime: 0, gcTime: 0, retry: false })
  const [merged, setMerged] = useState(copy.content)
  const read = theirs.data === undefined || theirs.isFetching ? null : openCopy(theirs.data)
  return (
    <Dialog
      open
      onClose={onClose}
      size="lg"
      title={
        <>
          <code>{copy.path}</code> was changed meanwhile
        </>
      }
      actions={
        <>
          <Button onClick={onClose}>Back to the editor</Button>
          <Button disabled={read === null} onClick={() => read !== null && onResolve(read)}>
            Take their version
          </Button>
          <Button variant="primary" disabled={read === null} onClick={() => read !== null && onResolve({ ...read, content: merged })}>
            Keep the right side
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        <p>
          {conflict.by === null ? 'Somebody' : <strong>{conflict.by}</strong>} changed this file
          {conflict.at !== null && (
            <>
              {' '}
              <RelativeTime at={conflict.at} />
            </>
          )}
          . Left is what is there now, right is yours: bring both together on the right, then save again.
        </p>
        {theirs.isError && <ApiErrorNotice title="Their version could not be read" error={theirs.error} onRetry={() => void theirs.refetch()} />}
        {read === null && !theirs.isError && <SkeletonLines lines={8} />}
        {read !== null && (
          <CodeDiff
            key={read.etag}
            label={`Both versions of ${copy.path}`}
            language={codeLanguageOf(copy.path)}
            before={read.content}
            after={copy.content}
            onChange={setMerged}
            className="h-[55dvh] rounded-md border"
          />
        )}
      </div>
    </Dialog>
  )
}
