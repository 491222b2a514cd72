import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { LoadProblem, SaveResult } from '../../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../../components/api-error-notice.tsx'
import { Button } from '../../../ui/button.tsx'
import { CodeDiff, codeLanguageOf } from '../../../ui/code-editor/code-editor.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { ProblemList } from './problem-list.tsx'
import { ReportView } from './report-view.tsx'
import { type Conflict, conflictOf, problemsOf, saveFile } from './save-file.ts'
import type { WorkingCopy } from './working-copy.ts'

export interface SaveDialogProps {
  readonly namespace: string
  readonly copy: WorkingCopy
  readonly onClose: () => void
  readonly onSaved: (result: SaveResult) => void
  readonly onConflict: (conflict: Conflict) => void
  readonly onProblem: (problem: LoadProblem) => void
}

type Step = { readonly kind: 'checking' } | { readonly kind: 'checked'; readonly result: SaveResult } | { readonly kind: 'failed'; readonly error: unknown }

/** Loads the folder with the change first; shows what it changes for callers and in the text; then publishes, or keeps a draft. */
export function SaveDialog({ namespace, copy, onClose, onSaved, onConflict, onProblem }: SaveDialogProps) {
  const [step, setStep] = useState<Step>({ kind: 'checking' })
  const [working, setWorking] = useState<'publish' | 'draft' | null>(null)
  const fail = (error: unknown): void => {
    const conflict = conflictOf(error)
    const problems = problemsOf(error)
    if (conflict !== null) onConflict(conflict)
    else if (problems !== null) setStep({ kind: 'checked', result: { file: null, etag: null, draft: false, report: null, problems: [...problems] } })
    else setStep({ kind: 'failed', error })
  }
  const check = useEffectEvent(async (): Promise<void> => {
    setStep({ kind: 'checking' })
    await saveFile(namespace, copy, 'dry-run').then((result) => setStep({ kind: 'checked', result }), fail)
  })
  useEffect(() => void check(), [])
  const publish = useRef<HTMLButtonElement>(null)
  const isPublishable = step.kind === 'checked' && step.result.problems.length === 0
  useEffect(() => {
    if (isPublishable) publish.current?.focus()
  }, [isPublishable])
  const save = async (mode: 'publish' | 'draft'): Promise<void> => {
    setWorking(mode)
    await saveFile(namespace, copy, mode).then(onSaved, fail)
    setWorking(null)
  }
  const isBroken = step.kind === 'checked' && step.result.problems.length > 0
  return (
    <Dialog
      open
      onClose={onClose}
      size="lg"
      title={
        <>
          Save <code>{copy.path}</code>
        </>
      }
      actions={
        <>
          <Button onClick={onClose}>Back to the editor</Button>
          {step.kind === 'checked' && (
            <Button variant={isBroken ? 'primary' : 'secondary'} working={working === 'draft'} disabled={working !== null} onClick={() => void save('draft')}>
              Keep as draft
            </Button>
          )}
          {!isBroken && (
            <Button
              variant="primary"
              ref={publish}
              working={working === 'publish'}
              disabled={step.kind !== 'checked' || working !== null}
              onClick={() => void save('publish')}
            >
              Publish
            </Button>
          )}
        </>
      }
    >
      <div className="space-y-4">
        {step.kind === 'checking' && (
          <div role="status">
            <p className="text-ink-2">Loading the folder with this change…</p>
            <SkeletonLines lines={2} />
          </div>
        )}
        {step.kind === 'failed' && <ApiErrorNotice title="The change could not be checked" error={step.error} />}
        {step.kind === 'checked' && isBroken && (
          <div className="space-y-2">
            <p role="alert" className="font-medium">
              The folder does not load with this change, so it cannot be published.{' '}
              {copy.saved === null ? 'Nothing that is published changes.' : 'The published version still serves.'}
            </p>
            <div className="rounded-md border">
              <ProblemList problems={step.result.problems} onOpen={onProblem} />
            </div>
          </div>
        )}
        {step.kind === 'checked' && step.result.report !== null && <ReportView report={step.result.report} />}
        <CodeDiff
          label={`Changes of ${copy.path}`}
          language={codeLanguageOf(copy.path)}
          before={copy.saved ?? ''}
          after={copy.content}
          className="max-h-[50dvh] rounded-md border"
        />
      </div>
    </Dialog>
  )
}
