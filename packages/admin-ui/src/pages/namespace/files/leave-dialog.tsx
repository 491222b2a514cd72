import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'

export interface LeaveDialogProps {
  readonly paths: readonly string[]
  readonly stay: () => void
  readonly leave: () => void
}

/** Before changes that are not saved are lost. */
export function LeaveDialog({ paths, stay, leave }: LeaveDialogProps) {
  return (
    <Dialog
      open
      onClose={stay}
      size="sm"
      title="Leave without saving?"
      actions={
        <>
          <Button variant="danger" onClick={leave}>
            Leave and lose the changes
          </Button>
          <Button variant="primary" onClick={stay}>
            Stay
          </Button>
        </>
      }
    >
      <p>Changes of these files are not saved:</p>
      <ul className="mt-1 list-disc pl-5">
        {paths.map((path) => (
          <li key={path}>
            <code>{path}</code>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
