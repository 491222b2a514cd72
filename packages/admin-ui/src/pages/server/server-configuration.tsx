import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useBlocker } from '@tanstack/react-router'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { patchServersNs, putSecretsName } from '../../api/generated/sdk.gen.ts'
import type { Server } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { asSaved, draftErrors, type ServerDraft, toDraft, toPatch } from '../../components/servers/server-draft.ts'
import { ServerFields } from '../../components/servers/server-fields.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { Field } from '../../ui/field.tsx'
import { useHotkey } from '../../ui/hotkeys.ts'
import { TextInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { useToast } from '../../ui/toast.tsx'

/** How the server is configured; saved as a whole, and only what was changed is sent. */
export function ServerConfiguration({ server }: { readonly server: Server }) {
  const [before, setBefore] = useState<ServerDraft>(() => toDraft(server))
  const [draft, setDraft] = useState(before)
  const queryClient = useQueryClient()
  const toast = useToast()
  const { body, secrets } = toPatch(before, draft)
  const isChanged = Object.keys(body).length > 0 || secrets.length > 0
  const errors = draftErrors(draft)
  const save = useMutation({
    mutationFn: async () => {
      for (const { name, value } of secrets) await putSecretsName({ path: { name }, body: { value, namespace: server.namespace }, throwOnError: true })
      return patchServersNs({ path: { ns: server.namespace }, body, throwOnError: true })
    },
    onSuccess: ({ data }) => {
      // Not what the answer shows: it takes over what was saved when a process with it has answered.
      const saved = asSaved(draft)
      setBefore(saved)
      setDraft(saved)
      toast({
        state: 'ok',
        title: 'Saved',
        detail: data.change?.state === 'running' ? 'A process with it is tried beside the present one, which goes on meanwhile.' : undefined,
      })
    },
    onSettled: () => invalidate(queryClient, ['getServersNs', 'getServers']),
  })
  const canSave = isChanged && Object.keys(errors).length === 0
  useHotkey({ key: 's', mod: true }, () => canSave && save.mutate())
  useBlocker({ shouldBlockFn: () => isChanged && !confirm('Leave without saving the configuration?'), enableBeforeUnload: isChanged })
  return (
    <Panel
      title="Configuration"
      actions={
        <>
          {isChanged && (
            <Button size="sm" onClick={() => setDraft(before)}>
              Discard
            </Button>
          )}
          <Button size="sm" variant="primary" disabled={!canSave} working={save.isPending} onClick={() => save.mutate()}>
            Save changes
          </Button>
        </>
      }
    >
      <form className="max-w-3xl space-y-5" onSubmit={(event) => event.preventDefault()}>
        {server.change?.kind === 'update' && server.change.state === 'failed' && (
          <ErrorNotice title="The last change was not taken over; what ran before goes on." message={server.change.message ?? ''} />
        )}
        {save.isError && <ApiErrorNotice title="The configuration could not be saved" error={save.error} />}
        <Field label="Title" hint="Shown beside the name.">
          {(control) => <TextInput {...control} value={draft.title} onChange={({ target }) => setDraft({ ...draft, title: target.value })} />}
        </Field>
        <ServerFields draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} errors={errors} />
      </form>
    </Panel>
  )
}
