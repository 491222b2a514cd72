import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { postServers, postServersNsStart, putSecretsName } from '../../api/generated/sdk.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { mayInstall, SafetyPanel, useSafety } from '../../components/servers/safety-panel.tsx'
import { draftErrors, type ServerDraft, toCreate } from '../../components/servers/server-draft.ts'
import { ServerFields } from '../../components/servers/server-fields.tsx'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { TextInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'

/** The form of a server that is to be, with its safety report before the button that installs it. */
export function NewServerForm({ initial }: { readonly initial: ServerDraft }) {
  const [draft, setDraft] = useState(initial)
  const [reason, setReason] = useState('')
  const navigate = useNavigate()
  const errors = draftErrors(draft)
  const { namespace: _, ...sourceErrors } = errors
  const { body, secrets } = toCreate(draft)
  const safety = useSafety(Object.keys(sourceErrors).length === 0 ? checkable(body) : undefined)
  const isBlocked = safety.data?.blocked === true
  const install = useMutation({
    mutationFn: async () => {
      const override = isBlocked ? { override: { reason } } : {}
      // Its secrets have to be there before it starts, and belong to a namespace that is there.
      const isHeld = secrets.length > 0 && draft.start
      await postServers({ body: { ...body, ...override, ...(isHeld ? { start: false } : {}) }, throwOnError: true })
      for (const { name, value } of secrets) await putSecretsName({ path: { name }, body: { value, namespace: draft.namespace }, throwOnError: true })
      if (isHeld) await postServersNsStart({ path: { ns: draft.namespace }, throwOnError: true })
    },
    onSuccess: () => navigate({ to: '/servers/$ns/{-$tab}', params: { ns: draft.namespace } }),
  })
  const canInstall = Object.keys(errors).length === 0 && mayInstall(safety, reason)
  return (
    <form
      className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]"
      onSubmit={(event) => {
        event.preventDefault()
        if (canInstall) install.mutate()
      }}
    >
      <Panel title="Server">
        <div className="space-y-5">
          <div className="grid gap-3 sm:grid-cols-2">
            <Field label="Namespace" required hint="Its name in addresses and tool names; it cannot be changed later." error={errors.namespace}>
              {(control) => (
                <TextInput
                  {...control}
                  className="font-mono"
                  value={draft.namespace}
                  onChange={({ target }) => setDraft({ ...draft, namespace: target.value })}
                />
              )}
            </Field>
            <Field label="Title" hint="Optional; shown beside the name.">
              {(control) => <TextInput {...control} value={draft.title} onChange={({ target }) => setDraft({ ...draft, title: target.value })} />}
            </Field>
          </div>
          <ServerFields draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} errors={errors} />
        </div>
      </Panel>
      <div className="space-y-4 lg:sticky lg:top-5">
        <SafetyPanel safety={safety} reason={reason} onReason={setReason} />
        {install.isError && <ApiErrorNotice title="The server could not be installed" error={install.error} />}
        <Button type="submit" variant="primary" className="w-full" disabled={!canInstall} working={install.isPending}>
          {draft.kind === 'remote' ? 'Connect server' : 'Install server'}
        </Button>
      </div>
    </form>
  )
}

/** What the check is about: neither the name nor the bounds change the risk. */
function checkable(body: ReturnType<typeof toCreate>['body']): Record<string, unknown> {
  const { kind, package: name, version, installScripts, url, ref, command, args, headers, transport, env } = body as Record<string, unknown>
  return { kind, package: name, version, installScripts, url, ref, command, args, headers, transport, env }
}
