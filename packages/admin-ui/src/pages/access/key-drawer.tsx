import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { getKeysIdVisibleOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { deleteKeysId, patchKeysId } from '../../api/generated/sdk.gen.ts'
import type { ApiKey } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { DescriptionList } from '../../ui/description-list.tsx'
import { Drawer } from '../../ui/drawer.tsx'
import { countOf, formatDateTime } from '../../ui/format.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { useToast } from '../../ui/toast.tsx'
import { isUsableKey, KeyFields, toKeyBody, toKeyDraft } from './key-fields.tsx'

/** One key: what it may do, what it sees now, and its end. */
export function KeyDrawer({ apiKey, onClose }: { readonly apiKey: ApiKey; readonly onClose: () => void }) {
  const [draft, setDraft] = useState(() => toKeyDraft(apiKey))
  const [isRevoking, setRevoking] = useState(false)
  const queryClient = useQueryClient()
  const toast = useToast()
  const path = { id: apiKey.id }
  const refresh = () => invalidate(queryClient, ['getKeys', 'getKeysIdVisible'])
  const before: Readonly<Record<string, unknown>> = toKeyBody(toKeyDraft(apiKey))
  // What is not changed here is not sent: a key that ends at noon still does.
  const changes = Object.fromEntries(Object.entries(toKeyBody(draft)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])))
  const isChanged = Object.keys(changes).length > 0
  const save = useMutation({
    mutationFn: async () => {
      await patchKeysId({ path, body: changes, throwOnError: true })
    },
    onSuccess: () => toast({ state: 'ok', title: 'Saved', detail: 'In force now, on open connections too.' }),
    onSettled: refresh,
  })
  return (
    <Drawer
      title={apiKey.name}
      onClose={onClose}
      actions={
        <Button size="sm" variant="danger" onClick={() => setRevoking(true)}>
          Revoke…
        </Button>
      }
    >
      <div className="space-y-6">
        <DescriptionList
          items={[
            ['Begins with', <code key="prefix">{apiKey.prefix}…</code>],
            ['Made', `${formatDateTime(apiKey.createdAt)} by ${apiKey.createdBy}`],
            ['Last used', apiKey.lastUsedAt === null ? 'never' : <RelativeTime key="used" at={apiKey.lastUsedAt} />],
          ]}
        />
        <form
          className="space-y-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (isChanged && isUsableKey(draft)) save.mutate()
          }}
        >
          <KeyFields draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} />
          {save.isError && <ApiErrorNotice title="The key could not be changed" error={save.error} />}
          <Button type="submit" variant="primary" disabled={!isChanged || !isUsableKey(draft)} working={save.isPending}>
            Save changes
          </Button>
        </form>
        <Visible id={apiKey.id} />
      </div>
      <ConfirmDialog
        open={isRevoking}
        onClose={() => setRevoking(false)}
        title={`Revoke the key “${apiKey.name}”?`}
        action="Revoke key"
        takes={['every connection that is open with it, at once']}
        onConfirm={async () => {
          await deleteKeysId({ path, throwOnError: true })
          onClose()
          await refresh()
        }}
        renderError={(error) => <ApiErrorNotice error={error} />}
      >
        <p>It cannot be brought back; whoever uses it needs another.</p>
      </ConfirmDialog>
    </Drawer>
  )
}

/** The answer to “what does this key see?”, as it is now. */
function Visible({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery(getKeysIdVisibleOptions({ path: { id } }))
  return (
    <section className="border-t pt-4">
      <h3 className="mb-2 font-semibold">What it sees now</h3>
      {error !== null && <ApiErrorNotice error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <SkeletonLines lines={4} />}
      {data?.namespaces.length === 0 && <p className="text-ink-2">Nothing.</p>}
      <ul className="space-y-2">
        {data?.namespaces.map(({ name, tools }) => (
          <li key={name}>
            <details>
              <summary>
                <code>{name}</code> <span className="text-ink-3">{countOf(tools.length, 'tool')}</span>
              </summary>
              <p className="mt-1 pl-4 text-ink-2 [overflow-wrap:anywhere]">
                <code>{tools.join(', ')}</code>
              </p>
            </details>
          </li>
        ))}
      </ul>
    </section>
  )
}
