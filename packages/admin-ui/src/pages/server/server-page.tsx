import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { ArrowUpCircle, Play, RotateCw, Square } from 'lucide-react'
import { useState } from 'react'
import type { Server } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { isStopped, ServerMenu } from '../../components/servers/server-menu.tsx'
import { serverQuery, useServerAct } from '../../components/servers/server-queries.ts'
import { KIND_WORDS, ServerState, sourceWords } from '../../components/servers/server-state.tsx'
import { Button } from '../../ui/button.tsx'
import { Page } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tag } from '../../ui/state-badge.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { ServerConfiguration } from './server-configuration.tsx'
import { ServerFiles } from './server-files.tsx'
import { ServerOutput } from './server-output.tsx'
import { ServerOverview } from './server-overview.tsx'
import { ServerTools } from './server-tools.tsx'
import { UpgradeDialog } from './upgrade-dialog.tsx'

const TABS = ['overview', 'tools', 'output', 'configuration', 'files'] as const
type Tab = (typeof TABS)[number]
const toTab = (tab: string | undefined): Tab => TABS.find((known) => known === tab) ?? 'overview'

/** One external server: what it does, what it lists and prints, and how it is configured. */
export function ServerPage() {
  const { ns, tab } = useParams({ from: '/frame/servers/$ns/{-$tab}' })
  const navigate = useNavigate()
  const server = useQuery(serverQuery(ns))
  if (server.isError)
    return (
      <Page title={<code>{ns}</code>}>
        <ApiErrorNotice title="The server could not be loaded" error={server.error} onRetry={() => void server.refetch()} />
      </Page>
    )
  if (server.data === undefined)
    return (
      <Page title={<code>{ns}</code>}>
        <Skeleton className="h-40" />
      </Page>
    )
  return (
    <Page
      title={
        <span className="flex items-center gap-2.5">
          <code>{ns}</code>
          <ServerState state={server.data.state} soft />
        </span>
      }
      description={
        <span className="flex items-center gap-2">
          <Tag>{KIND_WORDS[server.data.kind]}</Tag>
          <code>{sourceWords(server.data)}</code>
        </span>
      }
      actions={<Actions server={server.data} />}
    >
      <Tabs
        label="Parts of the server"
        value={toTab(tab)}
        onChange={(next) => void navigate({ to: '/servers/$ns/{-$tab}', params: { ns, tab: next === 'overview' ? undefined : next } })}
        tabs={[
          { value: 'overview', label: 'Overview', content: <ServerOverview server={server.data} /> },
          { value: 'tools', label: `Tools ${server.data.tools}`, content: <ServerTools server={server.data} /> },
          { value: 'output', label: 'Output', content: <ServerOutput key={ns} ns={ns} /> },
          { value: 'configuration', label: 'Configuration', content: <ServerConfiguration key={ns} server={server.data} /> },
          { value: 'files', label: 'Files', content: <ServerFiles key={ns} ns={ns} /> },
        ]}
      />
    </Page>
  )
}

function Actions({ server }: { readonly server: Server }) {
  const navigate = useNavigate()
  const act = useServerAct(server.namespace)
  const [isUpgrading, setUpgrading] = useState(false)
  const canUpgrade = server.installed !== null
  return (
    <>
      {act.isError && <ApiErrorNotice error={act.error} className="max-w-xl" />}
      {canUpgrade && (
        <Button icon={ArrowUpCircle} onClick={() => setUpgrading(true)}>
          Upgrade…
        </Button>
      )}
      {isStopped(server) ? (
        <Button variant="primary" icon={Play} working={act.isPending} onClick={() => act.mutate('start')}>
          Start
        </Button>
      ) : (
        <>
          <Button icon={RotateCw} working={act.isPending && act.variables === 'restart'} onClick={() => act.mutate('restart')}>
            Restart
          </Button>
          <Button icon={Square} working={act.isPending && act.variables === 'stop'} onClick={() => act.mutate('stop')}>
            Stop
          </Button>
        </>
      )}
      <ServerMenu server={server} onRemoved={() => void navigate({ to: '/servers' })} />
      {isUpgrading && <UpgradeDialog server={server} onClose={() => setUpgrading(false)} />}
    </>
  )
}
