import { useState } from 'react'
import { postNamespacesNsUpload } from '../../../api/generated/sdk.gen.ts'
import { ApiErrorNotice } from '../../../components/api-error-notice.tsx'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { countOf, formatBytes } from '../../../ui/format.ts'
import { ProblemList } from './problem-list.tsx'
import { problemsOf } from './save-file.ts'

export interface UploadDialogProps {
  readonly namespace: string
  readonly files: readonly File[]
  readonly existing: readonly string[]
  readonly onClose: () => void
  readonly onUploaded: (paths: readonly string[]) => void
}

/** The gateway's limit for one file; larger ones are named here before anything is sent. */
const fileBytesMax = 1024 * 1024

/** All files together, or none: what would be replaced is named first, and a folder that would not load stays as it is. */
export function UploadDialog({ namespace, files, existing, onClose, onUploaded }: UploadDialogProps) {
  const [isWorking, setWorking] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const tooLarge = files.filter(({ size }) => size > fileBytesMax)
  const replaced = files.filter(({ name }) => existing.includes(name))
  const problems = problemsOf(error)
  const upload = async (asDraft: boolean): Promise<void> => {
    setWorking(true)
    setError(null)
    try {
      const body = { files: await Promise.all(files.map(async (file) => ({ path: file.name, content: await base64Of(file), encoding: 'base64' as const }))) }
      const query = { ...(replaced.length > 0 ? { overwrite: 'true' } : {}), ...(asDraft ? { force: 'true' } : {}) }
      await postNamespacesNsUpload({ path: { ns: namespace }, body, query, throwOnError: true })
      onUploaded(files.map(({ name }) => name))
    } catch (thrown) {
      setError(thrown)
    } finally {
      setWorking(false)
    }
  }
  return (
    <Dialog
      open
      onClose={isWorking ? undefined : onClose}
      title={`Upload ${countOf(files.length, 'file')}`}
      actions={
        <>
          <Button onClick={onClose} disabled={isWorking}>
            Cancel
          </Button>
          {problems !== null && (
            <Button disabled={isWorking} onClick={() => void upload(true)}>
              Keep as drafts
            </Button>
          )}
          <Button variant={replaced.length > 0 ? 'danger' : 'primary'} working={isWorking} disabled={tooLarge.length > 0} onClick={() => void upload(false)}>
            {replaced.length > 0 ? `Upload and replace ${replaced.length}` : 'Upload files'}
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        <ul className="divide-y rounded-md border">
          {files.map((file) => (
            <li key={file.name} className="flex items-center gap-2 px-3 py-1.5">
              <code className="min-w-0 flex-1 truncate">{file.name}</code>
              {replaced.includes(file) && <span className="text-warning text-xs">replaces the file that is there</span>}
              <span className={tooLarge.includes(file) ? 'text-failed text-xs' : 'text-ink-3 text-xs'}>{formatBytes(file.size)}</span>
            </li>
          ))}
        </ul>
        {tooLarge.length > 0 && <p className="text-failed">A file may have {formatBytes(fileBytesMax)} at most.</p>}
        {problems !== null && (
          <div className="space-y-2">
            <p role="alert" className="font-medium">
              The folder does not load with these files, so nothing was changed.
            </p>
            <div className="rounded-md border">
              <ProblemList problems={problems} />
            </div>
          </div>
        )}
        {error !== null && problems === null && <ApiErrorNotice title="Nothing was uploaded" error={error} />}
      </div>
    </Dialog>
  )
}

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}
