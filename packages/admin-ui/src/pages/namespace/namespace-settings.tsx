import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { deleteBundlesNs, deleteNamespacesNs, patchNamespacesNs, putNamespacesNsPermissions } from '../../api/generated/sdk.gen.ts'
import type { NamespaceDetail, NamespaceManifest } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { useMisses } from '../../components/namespaces/what-misses.ts'
import { pairError } from '../../components/servers/server-draft.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { countOf } from '../../ui/format.ts'
import { Checkbox, TextArea, TextInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { newPair, type Pair } from '../../ui/pairs.ts'
import { PairsEditor } from '../../ui/pairs-editor.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { useToast } from '../../ui/toast.tsx'

const STALE = ['getNamespaces', 'getNamespacesNs', 'getTools', 'getNamespacesNsFiles', 'getNamespacesNsFilesPath']

const LIMITS = [
  { name: 'timeoutSeconds', label: 'Time a call may take, in seconds' },
  { name: 'concurrency', label: 'Calls at once' },
  { name: 'queue', label: 'Calls that may wait' },
  { name: 'memoryMb', label: 'Memory, in MB' },
  { name: 'payloadBytes', label: 'Largest arguments, in bytes' },
  { name: 'resultBytes', label: 'Largest result, in bytes' },
] as const

const PERMISSION_WORDS: Readonly<Record<string, string>> = {
  write: 'Write files in its own state folder',
  'child-process': 'Start other programs',
  'worker-threads': 'Use worker threads',
  addons: 'Load native add-ons',
  sqlite: 'Use node:sqlite, which goes around the file permissions',
}

/** What `tooldock.json` says, the permissions its tools ask for, and the end of the namespace. */
export function NamespaceSettings({ namespace }: { readonly namespace: NamespaceDetail }) {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      {namespace.manifest !== null && <ManifestForm key={JSON.stringify(namespace.manifest)} ns={namespace.name} manifest={namespace.manifest} />}
      <div className="space-y-4">
        {namespace.kind === 'native' && <Permissions namespace={namespace} />}
        <Removal namespace={namespace} />
      </div>
    </div>
  )
}

function ManifestForm({ ns, manifest }: { readonly ns: string; readonly manifest: NamespaceManifest }) {
  const [before] = useState(() => toForm(manifest))
  const [form, setForm] = useState(before)
  const queryClient = useQueryClient()
  const toast = useToast()
  const set = (change: Partial<typeof form>): void => setForm({ ...form, ...change })
  const save = useMutation({
    mutationFn: async () => {
      const limits = Object.fromEntries(LIMITS.map(({ name }) => [name, form.limits[name] === '' ? null : Number(form.limits[name])]))
      const env = Object.fromEntries(form.env.filter(({ name }) => name !== '').map(({ name, value }) => [name, value]))
      const texts = { title: form.title || null, description: form.description || null, instructions: form.instructions || null }
      await patchNamespacesNs({ path: { ns }, body: { ...texts, limits, env, keepWarm: form.keepWarm }, throwOnError: true })
    },
    onSuccess: () => toast({ state: 'ok', title: 'Saved and published' }),
    onSettled: () => invalidate(queryClient, STALE),
  })
  const hasErrors = LIMITS.some(({ name }) => !/^\d*(\.\d+)?$/.test(form.limits[name] ?? '')) || form.env.some((pair) => pairError(pair) !== undefined)
  const isChanged = JSON.stringify(form) !== JSON.stringify(before)
  return (
    <Panel
      title={
        <>
          Settings <code className="font-normal text-ink-3">tooldock.json</code>
        </>
      }
      actions={
        <Button size="sm" variant="primary" disabled={!isChanged || hasErrors} working={save.isPending} onClick={() => save.mutate()}>
          Save changes
        </Button>
      }
    >
      <form className="max-w-3xl space-y-4" onSubmit={(event) => event.preventDefault()}>
        {save.isError && <ApiErrorNotice title="The settings could not be saved" error={save.error} />}
        <Field label="Title">{(control) => <TextInput {...control} value={form.title} onChange={({ target }) => set({ title: target.value })} />}</Field>
        <Field label="Description">
          {(control) => <TextArea {...control} rows={2} value={form.description} onChange={({ target }) => set({ description: target.value })} />}
        </Field>
        <Field label="Instructions" hint="Told to models when they connect: what the tools are for and how they go together.">
          {(control) => <TextArea {...control} rows={4} value={form.instructions} onChange={({ target }) => set({ instructions: target.value })} />}
        </Field>
        <PairsEditor label="Environment variables" pairs={form.env} onChange={(env) => set({ env })} errorOf={pairError} />
        <fieldset>
          <legend className="mb-1 font-medium">Limits</legend>
          <div className="grid gap-3 sm:grid-cols-2">
            {LIMITS.map(({ name, label }) => (
              <Field key={name} label={label}>
                {(control) => (
                  <TextInput
                    {...control}
                    inputMode="decimal"
                    placeholder="as for all"
                    value={form.limits[name] ?? ''}
                    onChange={({ target }) => set({ limits: { ...form.limits, [name]: target.value } })}
                  />
                )}
              </Field>
            ))}
          </div>
        </fieldset>
        <Checkbox label="Keep a worker running while nobody calls" checked={form.keepWarm} onChange={({ target }) => set({ keepWarm: target.checked })} />
      </form>
    </Panel>
  )
}

function toForm({ title, description, instructions, env, limits, keepWarm }: NamespaceManifest) {
  return {
    title: title ?? '',
    description: description ?? '',
    instructions: instructions ?? '',
    env: Object.entries(env).map(([name, value]) => newPair({ name, value })) as readonly Pair[],
    limits: Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, String(value)])) as Readonly<Record<string, string>>,
    keepWarm,
  }
}

function Permissions({ namespace: { name, requestedPermissions, acceptedPermissions } }: { readonly namespace: NamespaceDetail }) {
  const queryClient = useQueryClient()
  const accept = useMutation({
    mutationFn: async (permissions: readonly string[]) => {
      await putNamespacesNsPermissions({ path: { ns: name }, body: { accept: [...permissions] }, throwOnError: true })
    },
    onSettled: () => invalidate(queryClient, STALE),
  })
  return (
    <Panel title="Permissions">
      {requestedPermissions.length === 0 ? (
        <p className="text-ink-2">Its tools ask for none beyond the network and reading their own files.</p>
      ) : (
        <ul className="space-y-3">
          {requestedPermissions.map((permission) => {
            const isAccepted = acceptedPermissions.includes(permission)
            const others = acceptedPermissions.filter((other) => other !== permission)
            return (
              <li key={permission} className="flex items-start gap-3">
                <span className="min-w-0 flex-1">
                  <code>{permission}</code>
                  <span className="block text-ink-2">{PERMISSION_WORDS[permission] ?? `Read ${permission.replace(/^read:/, '')}`}</span>
                  <StateBadge state={isAccepted ? 'ok' : 'warning'}>{isAccepted ? 'Accepted' : 'Waiting for you'}</StateBadge>
                </span>
                <Button size="sm" disabled={accept.isPending} onClick={() => accept.mutate(isAccepted ? others : [...others, permission])}>
                  {isAccepted ? 'Take back' : 'Accept'}
                </Button>
              </li>
            )
          })}
        </ul>
      )}
      {accept.isError && <ApiErrorNotice title="The permissions could not be changed" error={accept.error} className="mt-3" />}
    </Panel>
  )
}

function Removal({ namespace: { name, kind, tools, resources, prompts } }: { readonly namespace: NamespaceDetail }) {
  const [isAsking, setAsking] = useState(false)
  const misses = useMisses(name, isAsking)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const remove = async (): Promise<void> => {
    if (kind === 'bundle') await deleteBundlesNs({ path: { ns: name }, throwOnError: true })
    else await deleteNamespacesNs({ path: { ns: name }, query: { force: 'true' }, throwOnError: true })
    await navigate({ to: '/namespaces' })
    await invalidate(queryClient, STALE)
  }
  return (
    <Panel title={kind === 'bundle' ? 'Delete bundle' : 'Delete namespace'}>
      <p className="mb-3 text-ink-2">Clients that use it lose its tools at once.</p>
      <Button variant="danger" onClick={() => setAsking(true)}>
        Delete {name}…
      </Button>
      <ConfirmDialog
        open={isAsking}
        onClose={() => setAsking(false)}
        title={`Delete ${kind === 'bundle' ? 'bundle' : 'namespace'} “${name}”?`}
        action={kind === 'bundle' ? 'Delete bundle' : 'Delete namespace'}
        typed={name}
        takes={[
          countOf(tools, 'tool'),
          countOf(resources, 'resource'),
          countOf(prompts, 'prompt'),
          ...(kind === 'native' ? ['its folder, history and everything its tools have saved'] : []),
          ...misses,
        ]}
        onConfirm={remove}
        renderError={(error) => <ApiErrorNotice error={error} />}
      >
        {kind === 'bundle' && <p>What it was made of stays where it is.</p>}
      </ConfirmDialog>
    </Panel>
  )
}
