import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { getNamespacesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { putSecretsName } from '../../api/generated/sdk.gen.ts'
import type { SecretInfo } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { SecretInput, Select, TextInput } from '../../ui/inputs.tsx'
import { useToast } from '../../ui/toast.tsx'

/** As the gateway accepts it. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
const VALUE_CHARS_MIN = 4

/** Sets a secret, or another value of `secret`. */
export function SecretDialog({ secret, onClose }: { readonly secret: SecretInfo | null; readonly onClose: () => void }) {
  const [name, setName] = useState(secret?.name ?? '')
  const [namespace, setNamespace] = useState(secret?.namespace ?? '')
  const [value, setValue] = useState('')
  const known = useQuery({ ...getNamespacesOptions(), select: (answer) => answer.namespaces.flatMap((one) => (one.kind === 'own' ? [] : [one.name])) })
  const queryClient = useQueryClient()
  const toast = useToast()
  const set = useMutation({
    mutationFn: () => putSecretsName({ path: { name }, body: { value, ...(namespace === '' ? {} : { namespace }) }, throwOnError: true }),
    onSuccess: async () => {
      await invalidate(queryClient, ['getSecrets'])
      toast({ state: 'ok', title: `${name} is set`, detail: 'What runs already has it from its next start.' })
      onClose()
    },
  })
  const nameError = name === '' || NAME.test(name) ? undefined : 'Letters, digits and _; not a digit first.'
  const isUsable = NAME.test(name) && value.length >= VALUE_CHARS_MIN
  const submit = (): void => {
    if (isUsable) set.mutate()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={secret === null ? 'New secret' : `Another value for ${secret.name}`}
      size="sm"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={!isUsable} working={set.isPending} onClick={submit}>
            Set secret
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
        {secret === null && (
          <>
            <Field label="Name" required error={nameError}>
              {(control) => <TextInput {...control} className="font-mono" value={name} onChange={({ target }) => setName(target.value)} />}
            </Field>
            <Field label="For" hint="One for a namespace comes before one of the same name for all.">
              {(control) => (
                <Select {...control} value={namespace} onChange={({ target }) => setNamespace(target.value)}>
                  <option value="">every namespace</option>
                  {known.data?.map((one) => (
                    <option key={one}>{one}</option>
                  ))}
                </Select>
              )}
            </Field>
          </>
        )}
        <Field label="Value" required hint={`${VALUE_CHARS_MIN} characters at least. It is encrypted and never shown again.`}>
          {(control) => <SecretInput {...control} value={value} onChange={({ target }) => setValue(target.value)} />}
        </Field>
        {set.isError && <ApiErrorNotice title="The secret could not be set" error={set.error} />}
        <button type="submit" hidden />
      </form>
    </Dialog>
  )
}
