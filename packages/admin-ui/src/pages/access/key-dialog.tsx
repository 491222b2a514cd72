import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { invalidate } from '../../api/events.ts'
import { postKeys } from '../../api/generated/sdk.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EMPTY_KEY, isUsableKey, KeyFields, toKeyBody } from './key-fields.tsx'

/** Makes a key and shows it this once. */
export function KeyDialog({ onClose }: { readonly onClose: () => void }) {
  const [draft, setDraft] = useState(EMPTY_KEY)
  const queryClient = useQueryClient()
  const make = useMutation({
    mutationFn: async () => (await postKeys({ body: toKeyBody(draft), throwOnError: true })).data,
    onSuccess: () => invalidate(queryClient, ['getKeys']),
  })
  if (make.data !== undefined)
    return (
      <Dialog
        open
        title={`Key for ${make.data.key.name}`}
        actions={
          <Button variant="primary" onClick={onClose}>
            I have copied it
          </Button>
        }
      >
        <div className="space-y-3">
          <p>This is the only time it is shown. Whoever has it may do what you chose.</p>
          <div className="flex items-center gap-2 rounded-md border bg-sunken p-2.5">
            <code className="min-w-0 flex-1 [overflow-wrap:anywhere]">{make.data.secret}</code>
            <CopyButton text={make.data.secret} label="Copy the key" words="Copy" />
          </div>
        </div>
      </Dialog>
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title="New key"
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={!isUsableKey(draft)} working={make.isPending} onClick={() => make.mutate()}>
            Make key
          </Button>
        </>
      }
    >
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (isUsableKey(draft)) make.mutate()
        }}
      >
        <KeyFields draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} />
        {make.isError && <ApiErrorNotice title="The key could not be made" error={make.error} />}
      </form>
    </Dialog>
  )
}
