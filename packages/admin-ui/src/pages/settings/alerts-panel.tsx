import { useMutation, useQuery } from '@tanstack/react-query'
import { BellRing } from 'lucide-react'
import { getAlertsOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { postAlertsTest } from '../../api/generated/sdk.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import { formatNumber } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { useToast } from '../../ui/toast.tsx'

const REFRESH_MS = 5000

/** Whether somebody is told of trouble, and a way to try it. */
export function AlertsPanel() {
  const { data, error, refetch } = useQuery({ ...getAlertsOptions(), refetchInterval: REFRESH_MS })
  const toast = useToast()
  const test = useMutation({
    mutationFn: async () => (await postAlertsTest({ throwOnError: true })).data,
    onSuccess: ({ delivered, durationMs, error: reason }) =>
      toast(
        delivered
          ? { state: 'ok', title: 'The test alert was delivered', detail: `The receiver answered after ${durationMs} ms.` }
          : { state: 'failed', title: 'The test alert was not delivered', detail: `The receiver: ${reason}.` },
      ),
    onError: (thrown) => toast({ state: 'failed', title: 'The test alert was not sent', detail: thrown.message }),
  })
  return (
    <Panel title="Alerts">
      {error !== null ? (
        <ApiErrorNotice error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <SkeletonLines lines={4} />
      ) : !data.configured ? (
        <p className="text-ink-2">
          Nobody is told of trouble: set <code>ALERT_WEBHOOK_URL</code> and <code>ALERT_WEBHOOK_SECRET</code>.
        </p>
      ) : (
        <div className="space-y-3">
          <Facts
            facts={[
              ['Under way', formatNumber(data.active.length)],
              ['Delivered', formatNumber(data.delivered)],
              ['Waiting', formatNumber(data.waiting)],
              ['Dropped', formatNumber(data.lost)],
              ...(data.failure === null ? [] : ([['The receiver', data.failure.error]] as const)),
            ]}
          />
          <Button size="sm" icon={BellRing} disabled={test.isPending} onClick={() => test.mutate()}>
            Send a test alert
          </Button>
        </div>
      )}
    </Panel>
  )
}
