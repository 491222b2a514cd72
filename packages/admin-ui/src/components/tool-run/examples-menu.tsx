import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Bookmark, BookmarkPlus, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { getToolsNsToolExamplesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { deleteToolsNsToolExamplesName, putToolsNsToolExamplesName } from '../../api/generated/sdk.gen.ts'
import type { Tool } from '../../api/generated/types.gen.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { TextInput } from '../../ui/inputs.tsx'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '../../ui/menu.tsx'
import { isObject } from '../../ui/schema-form/json-schema.ts'
import { withoutSecrets } from '../../ui/schema-form/without-secrets.ts'
import { useToast } from '../../ui/toast.tsx'
import { ApiErrorNotice } from '../api-error-notice.tsx'

export interface ExamplesMenuProps {
  readonly tool: Tool
  readonly args: unknown
  readonly onLoad: (args: unknown) => void
}

/** Arguments kept for a tool, at the gateway, for everybody. */
export function ExamplesMenu({ tool, args, onLoad }: ExamplesMenuProps) {
  const path = { ns: tool.namespace, tool: tool.name }
  const options = getToolsNsToolExamplesOptions({ path })
  const examples = useQuery(options)
  const queryClient = useQueryClient()
  const toast = useToast()
  const [isSaving, setSaving] = useState(false)
  const [deleted, setDeleted] = useState<string | null>(null)
  const refresh = (): Promise<void> => queryClient.invalidateQueries({ queryKey: options.queryKey })
  const list = examples.data?.examples ?? []
  return (
    <>
      <Menu
        trigger={
          <Button size="sm" icon={Bookmark}>
            Examples {list.length > 0 && list.length}
          </Button>
        }
      >
        {list.length === 0 && <MenuLabel>No examples yet</MenuLabel>}
        {list.map((example) => (
          <MenuItem key={example.name} icon={Bookmark} onSelect={() => onLoad(example.arguments)}>
            {example.name}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem icon={BookmarkPlus} onSelect={() => setSaving(true)}>
          Save these arguments…
        </MenuItem>
        {list.map((example) => (
          <MenuItem key={example.name} icon={Trash2} danger onSelect={() => setDeleted(example.name)}>
            Delete “{example.name}”
          </MenuItem>
        ))}
      </Menu>
      {isSaving && (
        <SaveDialog
          onClose={() => setSaving(false)}
          onSave={async (name) => {
            const kept = withoutSecrets(tool.inputSchema, args)
            await putToolsNsToolExamplesName({ path: { ...path, name }, body: { arguments: isObject(kept) ? kept : {} }, throwOnError: true })
            toast({ state: 'ok', title: `Example “${name}” saved` })
            await refresh()
          }}
        />
      )}
      <ConfirmDialog
        open={deleted !== null}
        onClose={() => setDeleted(null)}
        title={`Delete example “${deleted ?? ''}” of ${tool.name}?`}
        action="Delete example"
        onConfirm={async () => {
          if (deleted === null) return
          await deleteToolsNsToolExamplesName({ path: { ...path, name: deleted }, throwOnError: true })
          await refresh()
        }}
        renderError={(error) => <ApiErrorNotice error={error} />}
      />
    </>
  )
}

function SaveDialog({ onClose, onSave }: { readonly onClose: () => void; readonly onSave: (name: string) => Promise<void> }) {
  const [name, setName] = useState('')
  const [isWorking, setWorking] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setWorking(true)
    onSave(name.trim())
      .then(onClose, setError)
      .finally(() => setWorking(false))
  }
  return (
    <Dialog
      open
      onClose={onClose}
      size="sm"
      title="Save as example"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button form="save-example" type="submit" variant="primary" working={isWorking} disabled={name.trim() === ''}>
            Save example
          </Button>
        </>
      }
    >
      <form id="save-example" onSubmit={submit} className="space-y-3">
        <Field label="Name" hint="Everybody who may use the playground sees it. What the schema calls a secret is left out.">
          {(control) => <TextInput {...control} maxLength={100} value={name} onChange={({ target }) => setName(target.value)} />}
        </Field>
        {error !== null && <ApiErrorNotice error={error} />}
      </form>
    </Dialog>
  )
}
