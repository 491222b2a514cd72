import { useQuery } from '@tanstack/react-query'
import { RotateCw } from 'lucide-react'
import { toApiError } from '../../api/api-error.ts'
import { gatewayUrl } from '../../api/base-url.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import { formatBytes, formatDuration, formatNumber } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { type State, StateBadge } from '../../ui/state-badge.tsx'
import { AlertsPanel } from './alerts-panel.tsx'

/** What `/health` answers to everybody; it is no part of the admin API. */
interface HealthPicture {
  readonly status: 'healthy' | 'degraded' | 'unavailable'
  readonly uptimeSeconds: number
  readonly namespaces: Readonly<Record<string, number>>
  readonly workers: Readonly<Record<string, number>>
  readonly store: { readonly kind: string; readonly pending: number }
  readonly now: Readonly<Record<string, number>>
  readonly memory: { readonly rssBytes: number; readonly heapUsedBytes: number }
  readonly checks: Readonly<Record<string, boolean | string>>
}

const STATES: Readonly<Record<HealthPicture['status'], { readonly state: State; readonly words: string }>> = {
  healthy: { state: 'ok', words: 'Healthy' },
  degraded: { state: 'warning', words: 'Degraded: something in it does not work' },
  unavailable: { state: 'failed', words: 'Not ready to serve calls' },
}
const REFRESH_MS = 5000

async function loadHealth({ signal }: { readonly signal: AbortSignal }): Promise<HealthPicture> {
  const response = await fetch(gatewayUrl('health'), { signal }).catch((thrown: unknown) => {
    throw toApiError(thrown, undefined)
  })
  const body: unknown = await response.json()
  // Not ready is 503 with the whole picture.
  if (response.ok || response.status === 503) return body as HealthPicture
  throw toApiError(body, response)
}

/** Counts that no event tells: asked for again every few seconds while they are shown. */
export function Health() {
  const { data, error, refetch, isFetching } = useQuery({ queryKey: ['health'], queryFn: loadHealth, refetchInterval: REFRESH_MS, staleTime: 0 })
  if (error !== null) return <ApiErrorNotice title="The gateway's health could not be loaded" error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <SkeletonLines lines={8} />
  const { state, words } = STATES[data.status]
  return (
    <div className="space-y-4">
      <div className="flex items-center gap-4">
        <StateBadge state={state}>{words}</StateBadge>
        <span className="text-ink-2">up for {formatDuration(data.uptimeSeconds * 1000)}</span>
        <Button size="sm" icon={RotateCw} disabled={isFetching} onClick={() => void refetch()} className="ml-auto">
          Refresh
        </Button>
      </div>
      <div className="grid items-start gap-4 sm:grid-cols-2 lg:grid-cols-4">
        <Panel title="Checks">
          <Facts facts={Object.entries(data.checks).map(([name, result]) => [spaced(name), <Check key={name} result={result} />])} />
        </Panel>
        <Panel title="Now">
          <Facts facts={counts(data.now)} />
        </Panel>
        <Panel title="Namespaces and workers">
          <Facts facts={[...counts(data.namespaces), ...counts(data.workers).map(([name, count]) => [`Workers ${name.toLowerCase()}`, count] as const)]} />
        </Panel>
        <Panel title="Memory and database">
          <Facts
            facts={[
              ['Memory', formatBytes(data.memory.rssBytes)],
              ['Heap in use', formatBytes(data.memory.heapUsedBytes)],
              ['Database', data.store.kind],
              ['Requests waiting', formatNumber(data.store.pending)],
            ]}
          />
        </Panel>
        {/* Last: it has a question of its own, and what comes later must move nothing. */}
        <AlertsPanel />
      </div>
    </div>
  )
}

function Check({ result }: { readonly result: boolean | string }) {
  const isOk = result === true || result === 'ok'
  return <StateBadge state={isOk ? 'ok' : 'failed'}>{isOk ? 'ok' : result === false ? 'failed' : String(result)}</StateBadge>
}

const counts = (record: Readonly<Record<string, number>>): (readonly [string, string])[] =>
  Object.entries(record).map(([name, count]) => [spaced(name), formatNumber(count)])

/** `callsInFlight` → `Calls in flight`. */
function spaced(name: string): string {
  const words = name.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
