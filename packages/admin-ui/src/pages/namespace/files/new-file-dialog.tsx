import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { getTemplatesOptions } from '../../../api/generated/@tanstack/react-query.gen.ts'
import { ApiErrorNotice } from '../../../components/api-error-notice.tsx'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field } from '../../../ui/field.tsx'
import { Select, TextInput } from '../../../ui/inputs.tsx'

export interface NewFileDialogProps {
  readonly taken: readonly string[]
  readonly onClose: () => void
  /** Opens the file in the editor; it is there when it is saved. */
  readonly onCreate: (path: string, content: string) => void
}

const blank = `import { defineTool } from 'tooldock'
import { z } from 'zod'

export const hello = defineTool({
  description: 'Greets somebody by name.',
  input: z.object({ name: z.string().describe('Who to greet') }),
  annotations: { readOnlyHint: true },
  async handler({ name }) {
    return \`Hello, \${name}!\`
  },
})
`

/** A name and something to begin with: files of templates, or a small tool. */
export function NewFileDialog({ taken, onClose, onCreate }: NewFileDialogProps) {
  const templates = useQuery(getTemplatesOptions())
  const [path, setPath] = useState('')
  const [start, setStart] = useState('blank')
  const [isAttempted, setAttempted] = useState(false)
  const starts = (templates.data?.templates ?? []).flatMap(({ id, title, files }) =>
    files.filter((file) => /\.[cm]?[jt]s$/.test(file.path)).map((file) => ({ key: `${id} ${file.path}`, label: `${title}: ${file.path}`, ...file })),
  )
  const chosen = starts.find(({ key }) => key === start)
  const problem = nameProblem(path, taken)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setAttempted(true)
    if (problem === null) onCreate(path, chosen?.content ?? (start === 'empty' ? '' : blank))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      size="sm"
      title="New file"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form="new-file" variant="primary">
            Create file
          </Button>
        </>
      }
    >
      <form id="new-file" noValidate onSubmit={submit} className="space-y-3">
        <Field
          label="Name"
          hint="Such as weather.ts. Names that begin with _ or . hold no tools."
          error={isAttempted || path.includes('/') ? problem : null}
          required
        >
          {(control) => <TextInput {...control} className="font-mono" value={path} onChange={({ target }) => setPath(target.value)} />}
        </Field>
        <Field label="Begin with">
          {(control) => (
            <Select
              {...control}
              value={start}
              onChange={({ target }) => {
                setStart(target.value)
                const template = starts.find(({ key }) => key === target.value)
                if (template !== undefined && path === '') setPath(template.path)
              }}
            >
              <option value="blank">A small tool</option>
              <option value="empty">Nothing</option>
              {starts.map(({ key, label }) => (
                <option key={key} value={key}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {templates.isError && <ApiErrorNotice title="The templates could not be loaded" error={templates.error} onRetry={() => void templates.refetch()} />}
      </form>
    </Dialog>
  )
}

/** What is wrong with the name of a file; the gateway has the last word. */
export function nameProblem(path: string, taken: readonly string[]): string | null {
  if (path === '') return 'A file needs a name.'
  if (!/^[\w.@-]+(\/[\w.@-]+)*$/.test(path) || path.split('/').some((part) => part === '.' || part === '..'))
    return 'Letters, digits, dot, dash and underscore, with / between folders.'
  return taken.includes(path) ? 'There is a file of this name.' : null
}
