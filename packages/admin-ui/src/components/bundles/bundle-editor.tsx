import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { getBundlesNsOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { patchBundlesNs } from '../../api/generated/sdk.gen.ts'
import type { Bundle } from '../../api/generated/types.gen.ts'
import { Button } from '../../ui/button.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { useToast } from '../../ui/toast.tsx'
import { ApiErrorNotice } from '../api-error-notice.tsx'
import { toBundleBody, toBundleDraft } from './bundle-draft.ts'
import { BundleForm } from './bundle-form.tsx'

/** What a bundle is made of, to be changed. */
export function BundleEditor({ ns }: { readonly ns: string }) {
  const { data, error, refetch } = useQuery(getBundlesNsOptions({ path: { ns } }))
  if (error !== null) return <ApiErrorNotice title="The bundle could not be loaded" error={error} onRetry={() => void refetch()} />
  return data === undefined ? <SkeletonLines lines={10} /> : <Loaded key={data.updatedAt} bundle={data} />
}

function Loaded({ bundle }: { readonly bundle: Bundle }) {
  const [before] = useState(() => toBundleDraft(bundle))
  const [draft, setDraft] = useState(before)
  const queryClient = useQueryClient()
  const toast = useToast()
  const save = useMutation({
    mutationFn: async () => {
      const { title = null, description = null, instructions = null, ...rest } = toBundleBody(draft)
      await patchBundlesNs({ path: { ns: bundle.namespace }, body: { title, description, instructions, ...rest }, throwOnError: true })
    },
    onSuccess: () => toast({ state: 'ok', title: 'Saved', detail: 'Its clients were told.' }),
    onSettled: () => invalidate(queryClient, ['getBundles', 'getBundlesNs', 'getNamespaces', 'getNamespacesNs', 'getTools']),
  })
  const isChanged = JSON.stringify(toBundleBody(draft)) !== JSON.stringify(toBundleBody(before))
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center justify-end gap-2">
        {isChanged && <Button onClick={() => setDraft(before)}>Discard</Button>}
        <Button variant="primary" disabled={!isChanged || draft.entries.length === 0} working={save.isPending} onClick={() => save.mutate()}>
          Save changes
        </Button>
      </div>
      {save.isError && <ApiErrorNotice title="The bundle could not be saved" error={save.error} />}
      <BundleForm draft={draft} onChange={setDraft} />
    </div>
  )
}
