import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { postBundlesPreview } from '../../api/generated/sdk.gen.ts'
import { Field } from '../../ui/field.tsx'
import { Checkbox, Select, TextArea, TextInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { useSettled } from '../../ui/use-settled.ts'
import { type BundleDraft, toBundleBody } from './bundle-draft.ts'
import { BundlePreviewPanel } from './bundle-preview-panel.tsx'
import { ChosenParts } from './chosen-parts.tsx'
import { PartPicker } from './part-picker.tsx'

const SETTLE_MS = 300

export interface BundleFormProps {
  readonly draft: BundleDraft
  readonly onChange: (draft: BundleDraft) => void
  /** Its name can still be chosen. */
  readonly isNew?: boolean
}

/** Picks parts at the left, names them anew in the middle, and shows at the right what comes of it. */
export function BundleForm({ draft, onChange, isNew }: BundleFormProps) {
  const body = useSettled(toBundleBody(draft), SETTLE_MS)
  const preview = useQuery({
    queryKey: ['bundle preview', body],
    queryFn: async ({ signal }) => (await postBundlesPreview({ body, signal, throwOnError: true })).data,
    enabled: body.entries.length > 0,
    placeholderData: keepPreviousData,
  })
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)] xl:grid-cols-[minmax(0,2fr)_minmax(0,3fr)_20rem]">
      <PartPicker draft={draft} onChange={onChange} />
      <div className="space-y-4">
        <Panel title="Bundle">
          <Words draft={draft} onChange={onChange} isNew={isNew} />
        </Panel>
        <ChosenParts draft={draft} onChange={onChange} collisions={preview.data?.collisions ?? []} />
      </div>
      <BundlePreviewPanel isEmpty={draft.entries.length === 0} discovery={draft.discovery} preview={preview} />
    </div>
  )
}

function Words({ draft, onChange, isNew }: BundleFormProps) {
  const set = (change: Partial<BundleDraft>): void => onChange({ ...draft, ...change })
  return (
    <div className="space-y-3">
      <div className="grid gap-3 sm:grid-cols-2">
        {isNew && (
          <Field label="Name" required hint="Part of its address: small letters, digits, - and _.">
            {(control) => <TextInput {...control} className="font-mono" value={draft.namespace} onChange={({ target }) => set({ namespace: target.value })} />}
          </Field>
        )}
        <Field label="Title">{(control) => <TextInput {...control} value={draft.title} onChange={({ target }) => set({ title: target.value })} />}</Field>
      </div>
      <Field label="Instructions" hint="Told to models when they connect.">
        {(control) => <TextArea {...control} rows={2} value={draft.instructions} onChange={({ target }) => set({ instructions: target.value })} />}
      </Field>
      <div className="grid gap-3 sm:grid-cols-2">
        <Checkbox label="Put the namespace before each name" checked={draft.prefix} onChange={({ target }) => set({ prefix: target.checked })} />
        <Field label="Clients find tools">
          {(control) => (
            <Select {...control} value={draft.discovery} onChange={({ target }) => set({ discovery: target.value as BundleDraft['discovery'] })}>
              <option value="list">in a list of all of them</option>
              <option value="search">by searching, with two tools</option>
            </Select>
          )}
        </Field>
      </div>
    </div>
  )
}
