import { type ReactNode, useId, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

export interface ConfirmDialogProps {
  readonly open: boolean
  readonly onClose: () => void
  /** A question that names the thing: `Delete namespace “demo”?` */
  readonly title: string
  /** What is lost with it, such as `12 tools` and `41 calls today`. */
  readonly takes?: readonly ReactNode[]
  /** What else there is to know. */
  readonly children?: ReactNode
  /** The verb and the thing: `Delete namespace`. */
  readonly action: string
  /** Must be typed before the button can be pressed: the name of what cannot be brought back. */
  readonly typed?: string
  /** Does it; the dialog closes when it resolves and shows what it is rejected with. */
  readonly onConfirm: () => Promise<unknown>
  /** How an error is shown. */
  readonly renderError: (error: unknown) => ReactNode
}

export function ConfirmDialog({ open, onClose, title, takes = [], children, action, typed, onConfirm, renderError }: ConfirmDialogProps) {
  const [text, setText] = useState('')
  const [isWorking, setWorking] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const inputId = useId()
  const close = (): void => {
    setText('')
    setError(null)
    onClose()
  }
  const confirm = async (): Promise<void> => {
    setWorking(true)
    setError(null)
    try {
      await onConfirm()
      close()
    } catch (thrown) {
      setError(thrown)
    } finally {
      setWorking(false)
    }
  }
  return (
    <Dialog
      open={open}
      onClose={isWorking ? undefined : close}
      title={title}
      size="sm"
      actions={
        <>
          <Button onClick={close} disabled={isWorking}>
            Cancel
          </Button>
          <Button variant="danger" working={isWorking} disabled={typed !== undefined && text !== typed} onClick={() => void confirm()}>
            {action}
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        {children}
        {takes.length > 0 && (
          <div>
            <p>This takes with it:</p>
            <ul className="mt-1 list-disc space-y-0.5 pl-5">
              {takes.map((item, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes while it is shown
                <li key={index}>{item}</li>
              ))}
            </ul>
          </div>
        )}
        {typed !== undefined && (
          <div>
            <label htmlFor={inputId} className="mb-1 block">
              Type <code className="font-semibold">{typed}</code> to confirm
            </label>
            <input
              id={inputId}
              className="control font-mono"
              value={text}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setText(event.target.value)}
            />
          </div>
        )}
        {error !== null && renderError(error)}
      </div>
    </Dialog>
  )
}
