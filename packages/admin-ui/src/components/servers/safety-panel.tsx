import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { postServersCheck } from '../../api/generated/sdk.gen.ts'
import type { PostServersCheckData } from '../../api/generated/types.gen.ts'
import { Field } from '../../ui/field.tsx'
import { TextInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { useSettled } from '../../ui/use-settled.ts'
import { ApiErrorNotice } from '../api-error-notice.tsx'
import { SafetyReport } from './safety-report.tsx'

const SETTLE_MS = 400
const REASON_CHARS_MIN = 3

/** The report on a server as it would be created; asked for again when what it is made of has settled. */
export function useSafety(body: PostServersCheckData['body'] | undefined) {
  const settled = useSettled(body, SETTLE_MS)
  return useQuery({
    queryKey: ['safety', settled],
    queryFn: async ({ signal }) => (await postServersCheck({ body: settled ?? {}, signal, throwOnError: true })).data,
    enabled: settled !== undefined,
    placeholderData: keepPreviousData,
  })
}

/** Was it checked, and found harmless or given a reason why it may run all the same? */
export function mayInstall({ data }: ReturnType<typeof useSafety>, reason: string): boolean {
  return data !== undefined && (!data.blocked || reason.trim().length >= REASON_CHARS_MIN)
}

export interface SafetyPanelProps {
  readonly safety: ReturnType<typeof useSafety>
  /** Why it may run although it is blocked. */
  readonly reason: string
  readonly onReason: (reason: string) => void
}

export function SafetyPanel({ safety, reason, onReason }: SafetyPanelProps) {
  const { data, isError, error, refetch } = safety
  return (
    <Panel title="Safety">
      {isError && <ApiErrorNotice title="The server could not be checked" error={error} onRetry={() => void refetch()} />}
      {!isError && data === undefined && <Skeleton className="h-24" />}
      {!isError && data !== undefined && (
        <div className="space-y-4">
          <SafetyReport report={data} />
          {data.blocked && (
            <Field label="Run it all the same, because" hint="Your words are kept with the server and in the audit log.">
              {(control) => <TextInput {...control} value={reason} onChange={({ target }) => onReason(target.value)} />}
            </Field>
          )}
        </div>
      )}
    </Panel>
  )
}
