import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { getTemplatesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { postNamespaces } from '../../api/generated/sdk.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { TextInput } from '../../ui/inputs.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'

const NAME = /^[a-z0-9](?:(?!__)[a-z0-9_-]){0,62}$/

/** A name, and what it begins with; it is published when it is made. */
export function NewNamespaceDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('')
  const [template, setTemplate] = useState<string | undefined>(undefined)
  const templates = useQuery({ ...getTemplatesOptions(), select: (answer) => answer.templates })
  const chosen = template ?? templates.data?.[0]?.id
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const create = useMutation({
    mutationFn: () => postNamespaces({ body: { name, ...(chosen === undefined ? {} : { template: chosen }) }, throwOnError: true }),
    onSuccess: async () => {
      await invalidate(queryClient, ['getNamespaces', 'getTools'])
      await navigate({ to: '/namespaces/$ns/{-$tab}', params: { ns: name, tab: 'files' } })
    },
  })
  const isUsable = NAME.test(name)
  const submit = (): void => {
    if (isUsable) create.mutate()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="New namespace"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={!isUsable} working={create.isPending} onClick={submit}>
            Create namespace
          </Button>
        </>
      }
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field
          label="Name"
          required
          hint="Part of its address and of tool names. Small letters, digits, - and _."
          error={name !== '' && !isUsable ? 'Small letters, digits, - and _ (no two _ in a row), 63 at most; a letter or digit first.' : undefined}
        >
          {(control) => <TextInput {...control} autoFocus className="font-mono" value={name} onChange={({ target }) => setName(target.value)} />}
        </Field>
        <fieldset className="space-y-1.5">
          <legend className="mb-1 font-medium">Begin with</legend>
          {templates.isError && <ApiErrorNotice error={templates.error} onRetry={() => void templates.refetch()} />}
          {templates.isPending && <SkeletonLines lines={3} />}
          {templates.data?.map(({ id, title, description }) => (
            <label key={id} className={cx('flex gap-2.5 rounded-md border p-2.5 hover:bg-hover', id === chosen && 'border-accent bg-selected')}>
              <input type="radio" name="template" className="mt-1" checked={id === chosen} onChange={() => setTemplate(id)} />
              <span>
                <span className="block font-medium">{title}</span>
                <span className="block text-ink-2">{description}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {create.isError && <ApiErrorNotice title="The namespace could not be created" error={create.error} />}
      </form>
    </Dialog>
  )
}
