import { useState } from 'react'
import type { NamespaceFileDraft } from '../../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../../components/api-error-notice.tsx'
import { Button } from '../../../ui/button.tsx'
import { CodeDiff, codeLanguageOf } from '../../../ui/code-editor/code-editor.tsx'
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { StateIcon } from '../../../ui/state-badge.tsx'
import type { WorkingCopy } from './working-copy.ts'

export interface DraftNoticeProps {
  readonly copy: WorkingCopy
  readonly draft: NamespaceFileDraft
  readonly onDiscard: () => Promise<void>
}

/** Says that what one reads here is not what callers get. */
export function DraftNotice({ copy, draft, onDiscard }: DraftNoticeProps) {
  const [isComparing, setComparing] = useState(false)
  const [isDiscarding, setDiscarding] = useState(false)
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b bg-warning-soft px-3 py-1.5">
      <StateIcon state="warning" />
      <p className="min-w-0 flex-1">
        A draft by {draft.by}, <RelativeTime at={draft.at} />. {copy.saved === null ? 'It is not published.' : 'The published version still serves.'}
      </p>
      {copy.saved !== null && (
        <Button size="sm" onClick={() => setComparing(true)}>
          Compare
        </Button>
      )}
      <Button size="sm" onClick={() => setDiscarding(true)}>
        Discard draft
      </Button>
      <Dialog open={isComparing} onClose={() => setComparing(false)} size="lg" title="Published and draft">
        <CodeDiff
          label="Published and draft"
          language={codeLanguageOf(copy.path)}
          before={copy.saved ?? ''}
          after={copy.content}
          className="h-[60dvh] rounded-md border"
        />
      </Dialog>
      <ConfirmDialog
        open={isDiscarding}
        onClose={() => setDiscarding(false)}
        title={`Discard the draft of ${copy.path}?`}
        action="Discard draft"
        onConfirm={onDiscard}
        renderError={(error) => <ApiErrorNotice error={error} />}
      >
        <p>What is published stays as it is. The draft cannot be brought back.</p>
      </ConfirmDialog>
    </div>
  )
}
