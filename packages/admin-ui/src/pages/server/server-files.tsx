import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { FilePlus, FileText, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { getServersNsFilesOptions, getServersNsFilesPathOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { deleteServersNsFilesPath, putServersNsFilesPath } from '../../api/generated/sdk.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Field } from '../../ui/field.tsx'
import { formatBytes } from '../../ui/format.ts'
import { useHotkey } from '../../ui/hotkeys.ts'
import { TextArea, TextInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { useToast } from '../../ui/toast.tsx'

/** The configuration files a server reads: text, in a folder of its own. */
export function ServerFiles({ ns }: { readonly ns: string }) {
  const list = useQuery(getServersNsFilesOptions({ path: { ns } }))
  const { file } = useSearch({ from: '/frame/servers/$ns/{-$tab}' })
  const navigate = useNavigate()
  const [isNaming, setNaming] = useState(false)
  const open = (name: string | undefined): void =>
    void navigate({ to: '/servers/$ns/{-$tab}', params: { ns, tab: 'files' }, search: name === undefined ? {} : { file: name } })
  const shown = typeof file === 'string' ? file : undefined
  return (
    <div className="grid gap-4 md:grid-cols-[16rem_minmax(0,1fr)]">
      <Panel title="Files" flush actions={<IconButton label="New file" icon={FilePlus} size="sm" onClick={() => setNaming(true)} />}>
        {list.isError && <ApiErrorNotice error={list.error} onRetry={() => void list.refetch()} className="m-2" />}
        {list.data === undefined && !list.isError && <Skeleton className="m-3 h-20" />}
        <ul>
          {list.data?.files.map(({ name, bytes }) => (
            <li key={name}>
              <button
                type="button"
                aria-current={name === shown}
                onClick={() => open(name)}
                className="flex h-9 w-full items-center gap-2 px-3 text-left hover:bg-hover aria-[current=true]:bg-selected"
              >
                <code className="min-w-0 flex-1 truncate">{name}</code>
                <span className="text-ink-3 text-xs">{formatBytes(bytes)}</span>
              </button>
            </li>
          ))}
        </ul>
        {list.data?.files.length === 0 && (
          <EmptyState icon={FileText} title="No files">
            Files that this server reads its configuration from can be kept here. Their folder is <code>servers/{ns}/files</code> in the data directory.
          </EmptyState>
        )}
      </Panel>
      {shown !== undefined && <FileEditor key={shown} ns={ns} name={shown} onRemoved={() => open(undefined)} />}
      {isNaming && <NewFile ns={ns} onClose={() => setNaming(false)} onCreated={open} />}
    </div>
  )
}

function FileEditor({ ns, name, onRemoved }: { readonly ns: string; readonly name: string; readonly onRemoved: () => void }) {
  const path = { ns, path: name }
  const file = useQuery({ ...getServersNsFilesPathOptions({ path }), staleTime: 0 })
  const [text, setText] = useState<string | undefined>(undefined)
  const [isRemoving, setRemoving] = useState(false)
  const queryClient = useQueryClient()
  const toast = useToast()
  const isText = file.data?.encoding === 'utf8'
  const isChanged = text !== undefined && text !== file.data?.content
  const save = useMutation({
    mutationFn: () => putServersNsFilesPath({ path, body: { content: text ?? '' }, throwOnError: true }),
    onSuccess: async () => {
      toast({ state: 'ok', title: `Saved ${name}`, detail: 'The server reads it when it starts again.' })
      await invalidate(queryClient, ['getServersNsFiles', 'getServersNsFilesPath'])
    },
  })
  useHotkey({ key: 's', mod: true }, () => isChanged && save.mutate())
  return (
    <Panel
      title={<code>{name}</code>}
      actions={
        <>
          <IconButton label={`Delete ${name}`} icon={Trash2} size="sm" onClick={() => setRemoving(true)} />
          <Button size="sm" variant="primary" disabled={!isChanged} working={save.isPending} onClick={() => save.mutate()}>
            Save
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        {file.isError && <ApiErrorNotice title="The file could not be read" error={file.error} onRetry={() => void file.refetch()} />}
        {save.isError && <ApiErrorNotice title="The file could not be saved" error={save.error} />}
        {file.data === undefined && !file.isError && <Skeleton className="h-60" />}
        {file.data !== undefined && !isText && <p className="text-ink-2">This is no text, so it cannot be edited here.</p>}
        {isText && (
          <TextArea
            aria-label={`Content of ${name}`}
            className="h-[calc(100dvh-20rem)] min-h-60 font-mono"
            value={text ?? file.data?.content}
            onChange={({ target }) => setText(target.value)}
          />
        )}
      </div>
      <ConfirmDialog
        open={isRemoving}
        onClose={() => setRemoving(false)}
        title={`Delete “${name}”?`}
        action="Delete file"
        onConfirm={async () => {
          await deleteServersNsFilesPath({ path, throwOnError: true })
          await invalidate(queryClient, ['getServersNsFiles'])
          onRemoved()
        }}
        renderError={(error) => <ApiErrorNotice error={error} />}
      />
    </Panel>
  )
}

function NewFile({ ns, onClose, onCreated }: { readonly ns: string; readonly onClose: () => void; readonly onCreated: (name: string) => void }) {
  const [name, setName] = useState('')
  const queryClient = useQueryClient()
  const create = useMutation({
    mutationFn: () => putServersNsFilesPath({ path: { ns, path: name }, body: { content: '' }, throwOnError: true }),
    onSuccess: async () => {
      await invalidate(queryClient, ['getServersNsFiles'])
      onClose()
      onCreated(name)
    },
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title="New file"
      size="sm"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={name === ''} working={create.isPending} onClick={() => create.mutate()}>
            Create file
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name !== '') create.mutate()
        }}
      >
        <Field label="Name" hint="Such as config.yaml or prompts/intro.md." error={create.error instanceof Error ? create.error.message : undefined}>
          {(control) => <TextInput {...control} className="font-mono" value={name} onChange={({ target }) => setName(target.value)} />}
        </Field>
      </form>
    </Dialog>
  )
}
