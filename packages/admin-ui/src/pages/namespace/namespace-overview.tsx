import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { getMetricsSeriesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { NamespaceDetail } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { DescriptionList } from '../../ui/description-list.tsx'
import { countOf } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StateBadge, StateIcon } from '../../ui/state-badge.tsx'
import { TimeChart } from '../../ui/time-chart.tsx'

const DAY_MS = 86_400_000
const STEP_SECONDS = 1800

/** What it publishes, where, and whether it does well. */
export function NamespaceOverviewTab({ namespace }: { readonly namespace: NamespaceDetail }) {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="space-y-4">
        <Problems namespace={namespace} />
        <Traffic ns={namespace.name} />
      </div>
      <div className="space-y-4">
        <Addresses namespace={namespace} />
        <Facts namespace={namespace} />
      </div>
    </div>
  )
}

function Problems({
  namespace: { name, kind, problems, drafts, unpublishedChanges, generation, requestedPermissions, acceptedPermissions },
}: {
  readonly namespace: NamespaceDetail
}) {
  const waiting = requestedPermissions.filter((permission) => !acceptedPermissions.includes(permission))
  const files = { to: '/namespaces/$ns/{-$tab}', params: { ns: name, tab: 'files' } } as const
  return (
    <>
      {problems.length > 0 && (
        <Panel
          title={
            <StateBadge state={generation === null && kind === 'native' ? 'failed' : 'warning'}>
              {generation === null ? 'It does not load' : 'The last change is not published'}
            </StateBadge>
          }
        >
          <ul className="space-y-2">
            {problems.map(({ file, line, column, message }) => (
              <li key={`${file}:${line}:${message}`}>
                {file !== undefined && (
                  <Link {...files} search={{ file, ...(line === undefined ? {} : { line }) }} className="font-mono text-accent hover:underline">
                    {[file, line, column].filter((part) => part !== undefined).join(':')}
                  </Link>
                )}
                <p className="[overflow-wrap:anywhere]">{message}</p>
              </li>
            ))}
          </ul>
          {generation !== null && <p className="mt-3 text-ink-2">What was published before still serves.</p>}
        </Panel>
      )}
      {waiting.length > 0 && (
        <Notice words={`Its tools ask for ${countOf(waiting.length, 'permission')} that nobody accepted yet: ${waiting.join(', ')}.`}>
          <Link to="/namespaces/$ns/{-$tab}" params={{ ns: name, tab: 'settings' }} className={buttonClass('secondary', 'sm')}>
            Review permissions
          </Link>
        </Notice>
      )}
      {drafts > 0 && (
        <Notice words={`${countOf(drafts, 'draft')} of its files ${drafts === 1 ? 'is' : 'are'} saved and not published.`}>
          <Link {...files} className={buttonClass('secondary', 'sm')}>
            Open files
          </Link>
        </Notice>
      )}
      {unpublishedChanges && problems.length === 0 && <Notice words="Its folder was changed on disk since it was published. Reload publishes it." />}
    </>
  )
}

function Notice({ words, children }: { readonly words: string; readonly children?: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-lg border bg-warning-soft px-3 py-2">
      <StateIcon state="warning" />
      <p className="min-w-0 flex-1">{words}</p>
      {children}
    </div>
  )
}

function Traffic({ ns }: { readonly ns: string }) {
  const [day] = useState(() => ({ from: new Date(Date.now() - DAY_MS).toISOString(), to: new Date().toISOString() }))
  const series = useQuery(getMetricsSeriesOptions({ query: { ...day, namespace: ns, step: STEP_SECONDS } }))
  const points = series.data?.points ?? []
  return (
    <Panel
      title="Calls, last 24 hours"
      actions={
        <Link to="/calls" search={{ namespace: ns }} className="pr-1 text-accent hover:underline">
          All calls
        </Link>
      }
    >
      {series.isError ? (
        <ApiErrorNotice error={series.error} onRetry={() => void series.refetch()} />
      ) : (
        <TimeChart
          label={`Calls and errors of ${ns} in the last 24 hours`}
          times={points.map(({ at }) => at)}
          series={[
            { label: 'Calls', values: points.map(({ calls }) => calls), colour: 'accent', kind: 'bars' },
            { label: 'Errors', values: points.map(({ errors }) => errors), colour: 'failed', kind: 'bars' },
          ]}
        />
      )}
    </Panel>
  )
}

function Addresses({ namespace: { name, endpoints } }: { readonly namespace: NamespaceDetail }) {
  const rows = [
    ['MCP', endpoints.mcp],
    ['HTTP+SSE', endpoints.sse],
    ['REST', endpoints.openapi],
  ] as const
  return (
    <Panel
      title="Addresses"
      actions={
        <Link to="/namespaces/$ns/{-$tab}" params={{ ns: name, tab: 'connect' }} className={buttonClass('primary', 'sm')}>
          Connect a client
        </Link>
      }
    >
      <ul className="space-y-1">
        {rows.map(([label, url]) => (
          <li key={label} className="flex items-center gap-2">
            <span className="w-20 shrink-0 text-ink-3">{label}</span>
            <code className="min-w-0 flex-1 truncate" title={url}>
              {url}
            </code>
            <CopyButton text={url} label={`Copy the ${label} address`} size="sm" />
          </li>
        ))}
        <li className="flex items-center gap-2">
          <span className="w-20 shrink-0 text-ink-3">Documents</span>
          <a href={endpoints.docs} target="_blank" rel="noreferrer" className="text-accent hover:underline">
            Try its REST operations
          </a>
        </li>
      </ul>
    </Panel>
  )
}

function Facts({ namespace }: { readonly namespace: NamespaceDetail }) {
  const { name, kind, tools, resources, prompts, generation, publishedAt, changedAt, worker, reason } = namespace
  const playground = (
    <Link to="/playground" search={{ namespace: name }} className="text-accent underline">
      Try one
    </Link>
  )
  return (
    <Panel title="Published">
      <DescriptionList
        items={[
          [
            'Lists',
            <span key="lists">
              {[countOf(tools, 'tool'), countOf(resources, 'resource'), countOf(prompts, 'prompt')].join(', ')} · {playground}
            </span>,
          ],
          ['State', reason],
          ['Worker', worker === null ? null : worker === 'stopped' ? 'stopped; the next call starts it' : worker],
          ['Generation', generation === null ? null : <code key="generation">{generation}</code>],
          ['Published', publishedAt === null ? null : <RelativeTime key="at" at={publishedAt} />],
          ['Changed', changedAt === null || kind === 'native' ? null : <RelativeTime key="changed" at={changedAt} />],
          [
            'Server',
            kind === 'server' ? (
              <Link key="server" to="/servers/$ns/{-$tab}" params={{ ns: name }} className="text-accent hover:underline">
                Output, configuration and versions
              </Link>
            ) : null,
          ],
        ]}
      />
    </Panel>
  )
}
