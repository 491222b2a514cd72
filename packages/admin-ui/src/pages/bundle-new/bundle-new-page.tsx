import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { postBundles } from '../../api/generated/sdk.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { EMPTY_BUNDLE, toBundleBody } from '../../components/bundles/bundle-draft.ts'
import { BundleForm } from '../../components/bundles/bundle-form.tsx'
import { Button } from '../../ui/button.tsx'
import { Page } from '../../ui/page.tsx'

const NAME = /^[a-z0-9](?:(?!__)[a-z0-9_-]){0,62}$/

/** Puts a bundle together of what is published. */
export function BundleNewPage() {
  const [draft, setDraft] = useState(EMPTY_BUNDLE)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const create = useMutation({
    mutationFn: () => postBundles({ body: { ...toBundleBody(draft), namespace: draft.namespace }, throwOnError: true }),
    onSuccess: async () => {
      await invalidate(queryClient, ['getNamespaces', 'getBundles', 'getTools'])
      await navigate({ to: '/namespaces/$ns/{-$tab}', params: { ns: draft.namespace, tab: 'connect' } })
    },
  })
  return (
    <Page
      title="New bundle"
      description="One address with the tools that one agent or one team needs, in the words that fit."
      actions={
        <Button
          variant="primary"
          disabled={!NAME.test(draft.namespace) || draft.entries.length === 0}
          working={create.isPending}
          onClick={() => create.mutate()}
        >
          Create bundle
        </Button>
      }
    >
      {create.isError && <ApiErrorNotice title="The bundle could not be created" error={create.error} />}
      <BundleForm draft={draft} onChange={setDraft} isNew />
    </Page>
  )
}
