import { type FormEvent, useState } from 'react'
import { postNamespacesNsRename } from '../../../api/generated/sdk.gen.ts'
import { ApiErrorNotice } from '../../../components/api-error-notice.tsx'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field } from '../../../ui/field.tsx'
import { TextInput } from '../../../ui/inputs.tsx'
import { nameProblem } from './new-file-dialog.tsx'
import { preconditionOf, type WorkingCopy } from './working-copy.ts'

export interface RenameDialogProps {
  readonly namespace: string
  readonly copy: WorkingCopy
  readonly taken: readonly string[]
  readonly onClose: () => void
  readonly onRenamed: (to: string) => void
}

/** Renames and publishes at once, when the folder loads so. */
export function RenameDialog({ namespace, copy, taken, onClose, onRenamed }: RenameDialogProps) {
  const [to, setTo] = useState(copy.path)
  const [isWorking, setWorking] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const problem = to === copy.path ? null : nameProblem(to, taken)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (problem !== null || to === copy.path) return
    setWorking(true)
    setError(null)
    postNamespacesNsRename({ path: { ns: namespace }, body: { from: copy.path, to }, headers: preconditionOf(copy), throwOnError: true })
      .then(() => onRenamed(to), setError)
      .finally(() => setWorking(false))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      size="sm"
      title={
        <>
          Rename <code>{copy.path}</code>
        </>
      }
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="rename-file" variant="primary" working={isWorking} disabled={to === copy.path}>
            Rename file
          </Button>
        </>
      }
    >
      <form id="rename-file" noValidate onSubmit={submit} className="space-y-3">
        <Field label="New name" error={problem}>
          {(control) => <TextInput {...control} className="font-mono" value={to} onChange={({ target }) => setTo(target.value)} />}
        </Field>
        {error !== null && <ApiErrorNotice title="The file could not be renamed" error={error} />}
      </form>
    </Dialog>
  )
}
