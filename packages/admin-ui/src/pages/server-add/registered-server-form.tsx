import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { getRegistryServersPathOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { postRegistryInstall } from '../../api/generated/sdk.gen.ts'
import type { InstallForm, InstallInput } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { mayInstall, SafetyPanel, useSafety } from '../../components/servers/safety-panel.tsx'
import { Button } from '../../ui/button.tsx'
import { Field, type FieldControl } from '../../ui/field.tsx'
import { SecretInput, Select, TextInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'

/** A server of the registry: which of its forms, the answers it asks for, the report, and the installation. */
export function RegisteredServerForm({ name }: { readonly name: string }) {
  const form = useQuery(getRegistryServersPathOptions({ path: { path: name } }))
  if (form.isError) return <ApiErrorNotice title="The registry cannot be asked for it now" error={form.error} onRetry={() => void form.refetch()} />
  return form.data === undefined ? <Skeleton className="h-60" /> : <LoadedForm form={form.data} />
}

function LoadedForm({ form }: { readonly form: InstallForm }) {
  const usable = form.options.findIndex(({ problems }) => problems.length === 0)
  const [index, setIndex] = useState(Math.max(usable, 0))
  const [namespace, setNamespace] = useState(form.suggestedNamespace)
  const [answers, setAnswers] = useState<Readonly<Record<string, string>>>({})
  const [reason, setReason] = useState('')
  const navigate = useNavigate()
  const safety = useSafety({ registryName: form.name })
  const option = form.options[index]
  const install = useMutation({
    mutationFn: () => {
      const override = safety.data?.blocked === true ? { override: { reason } } : {}
      return postRegistryInstall({ body: { name: form.name, namespace, option: index, answers: { ...answers }, ...override }, throwOnError: true })
    },
    onSuccess: () => navigate({ to: '/servers/$ns/{-$tab}', params: { ns: namespace } }),
  })
  const missing = option?.inputs.filter(({ id, required, default: given }) => required && (answers[id] ?? given ?? '') === '') ?? []
  const canInstall = option !== undefined && option.problems.length === 0 && missing.length === 0 && namespace !== '' && mayInstall(safety, reason)
  return (
    <form
      className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]"
      onSubmit={(event) => {
        event.preventDefault()
        if (canInstall) install.mutate()
      }}
    >
      <Panel title={`${form.title} ${form.version}`}>
        <div className="space-y-4">
          <p className="text-ink-2">{form.description}</p>
          {form.repository !== undefined && (
            <a href={form.repository} target="_blank" rel="noreferrer" className="text-accent hover:underline">
              {form.repository}
            </a>
          )}
          <Field label="Install" hint={option?.problems.join(' ')}>
            {(control) => (
              <Select {...control} value={index} onChange={({ target }) => setIndex(Number(target.value))}>
                {form.options.map(({ kind, label, problems }, position) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: an option is known by its place
                  <option key={position} value={position} disabled={problems.length > 0}>
                    {kind}: {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Namespace" required hint="Its name in addresses and tool names; it cannot be changed later.">
            {(control) => <TextInput {...control} className="font-mono" value={namespace} onChange={({ target }) => setNamespace(target.value)} />}
          </Field>
          {option?.inputs.map((input) => (
            <Field key={input.id} label={input.label} hint={input.description} required={input.required}>
              {(control) => (
                <Answer control={control} input={input} value={answers[input.id]} onChange={(value) => setAnswers({ ...answers, [input.id]: value })} />
              )}
            </Field>
          ))}
        </div>
      </Panel>
      <div className="space-y-4 lg:sticky lg:top-5">
        <SafetyPanel safety={safety} reason={reason} onReason={setReason} />
        {install.isError && <ApiErrorNotice title="The server could not be installed" error={install.error} />}
        <Button type="submit" variant="primary" className="w-full" disabled={!canInstall} working={install.isPending}>
          Install server
        </Button>
      </div>
    </form>
  )
}

function Answer({
  control,
  input,
  value,
  onChange,
}: {
  readonly control: FieldControl
  readonly input: InstallInput
  readonly value: string | undefined
  readonly onChange: (value: string) => void
}) {
  if (input.choices !== undefined)
    return (
      <Select {...control} value={value ?? input.default ?? ''} onChange={({ target }) => onChange(target.value)}>
        {input.default === undefined && <option value="" />}
        {input.choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </Select>
    )
  const Input = input.secret ? SecretInput : TextInput
  return <Input {...control} placeholder={input.default} value={value ?? ''} onChange={({ target }) => onChange(target.value)} />
}
