import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { postServersImport } from '../../api/generated/sdk.gen.ts'
import type { ImportedServer } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { countOf } from '../../ui/format.ts'
import { Checkbox } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { type State, StateIcon } from '../../ui/state-badge.tsx'
import { useSettled } from '../../ui/use-settled.ts'

const SETTLE_MS = 300
const STATES: Readonly<Record<ImportedServer['state'], State>> = { created: 'ok', ready: 'idle', failed: 'failed' }

/** What a pasted configuration would add, entry by entry, before it does. */
export function ImportPanel({ config }: { readonly config: string }) {
  const settled = useSettled(config, SETTLE_MS)
  const [start, setStart] = useState(true)
  const preview = useQuery({
    queryKey: ['import', settled],
    queryFn: async ({ signal }) => (await postServersImport({ body: { config: settled, dryRun: true }, signal, throwOnError: true })).data,
    retry: false,
  })
  const add = useMutation({
    mutationFn: async () => (await postServersImport({ body: { config: settled, start }, throwOnError: true })).data,
  })
  const results = add.data?.results ?? preview.data?.results
  const ready = results?.filter(({ state }) => state === 'ready').length ?? 0
  return (
    <Panel title="What this configuration adds">
      <div className="space-y-4">
        {preview.isError && <ApiErrorNotice title="The configuration is not usable" error={preview.error} />}
        {preview.isPending && <Skeleton className="h-20" />}
        {results !== undefined && (
          <ul className="space-y-2">
            {results.map((result) => (
              <Entry key={result.name} result={result} />
            ))}
          </ul>
        )}
        {add.isError && <ApiErrorNotice title="The servers could not be added" error={add.error} />}
        {results !== undefined && add.data === undefined && (
          <div className="flex flex-wrap items-center gap-4">
            <Button variant="primary" disabled={ready === 0} working={add.isPending} onClick={() => add.mutate()}>
              Add {countOf(ready, 'server')}
            </Button>
            <Checkbox label="Start them" checked={start} onChange={({ target }) => setStart(target.checked)} />
          </div>
        )}
        {add.data !== undefined && (
          <Link to="/servers" className="text-accent hover:underline">
            See them start
          </Link>
        )}
      </div>
    </Panel>
  )
}

function Entry({ result: { name, namespace, state, problems, notes } }: { readonly result: ImportedServer }) {
  return (
    <li className="flex gap-2">
      <StateIcon state={STATES[state]} className="mt-0.5" />
      <div className="min-w-0">
        <p>
          <span className="font-medium">{name}</span>
          {namespace !== null && namespace !== name && (
            <span className="text-ink-2">
              {' '}
              as <code>{namespace}</code>
            </span>
          )}
          <span className="text-ink-3"> {state === 'created' ? 'added' : state === 'ready' ? 'can be added' : 'cannot be added'}</span>
        </p>
        {[...problems, ...notes].map((line) => (
          <p key={line} className="text-ink-2 [overflow-wrap:anywhere]">
            {line}
          </p>
        ))}
      </div>
    </li>
  )
}
