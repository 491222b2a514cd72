import { useQuery } from '@tanstack/react-query'
import { Navigate, useParams } from '@tanstack/react-router'
import { RotateCw } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { getNamespacesNsOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { NamespaceDetail } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { ConnectPanel } from '../../components/connect/connect-panel.tsx'
import { LinkTabs } from '../../components/link-tabs.tsx'
import { NamespaceState } from '../../components/namespaces/namespace-state.tsx'
import { useReload } from '../../components/namespaces/reload.ts'
import { ServerMenu } from '../../components/servers/server-menu.tsx'
import { serverQuery } from '../../components/servers/server-queries.ts'
import { Button } from '../../ui/button.tsx'
import { Page } from '../../ui/page.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { Tag } from '../../ui/state-badge.tsx'
import { useToast } from '../../ui/toast.tsx'
import { NamespaceDependencies } from './namespace-dependencies.tsx'
import { NamespaceLogs } from './namespace-logs.tsx'
import { NamespaceOverviewTab } from './namespace-overview.tsx'
import { NamespaceSettings } from './namespace-settings.tsx'
import { NamespaceTools } from './namespace-tools.tsx'

const FilesTab = lazy(() => import('./files/files-tab.tsx').then((module) => ({ default: module.FilesTab })))
const BundleEditor = lazy(() => import('../../components/bundles/bundle-editor.tsx').then((module) => ({ default: module.BundleEditor })))

const TITLES = {
  overview: 'Overview',
  connect: 'Connect',
  tools: 'Tools',
  files: 'Files',
  parts: 'Parts',
  dependencies: 'Dependencies',
  logs: 'Logs',
  settings: 'Settings',
} as const
type Tab = keyof typeof TITLES

const TABS: Readonly<Record<NamespaceDetail['kind'], readonly Tab[]>> = {
  native: ['overview', 'connect', 'tools', 'files', 'dependencies', 'logs', 'settings'],
  server: ['overview', 'connect', 'tools', 'logs'],
  bundle: ['overview', 'connect', 'tools', 'parts', 'logs', 'settings'],
  own: ['overview', 'connect', 'tools', 'logs'],
}

/** One namespace, whatever its kind: what it publishes, how to reach it, and what it is made of. */
export function NamespacePage() {
  const { ns, tab = 'overview' } = useParams({ from: '/frame/namespaces/$ns/{-$tab}' })
  const query = useQuery(getNamespacesNsOptions({ path: { ns } }))
  if (query.isError)
    return (
      <Page title={<code>{ns}</code>}>
        <ApiErrorNotice title="The namespace could not be loaded" error={query.error} onRetry={() => void query.refetch()} />
      </Page>
    )
  if (query.data === undefined)
    return (
      <Page title={<code>{ns}</code>} description={<>&nbsp;</>}>
        <SkeletonLines lines={8} />
      </Page>
    )
  const namespace = query.data
  const tabs = TABS[namespace.kind]
  const active = tabs.find((known) => known === tab)
  if (active === undefined) return <Navigate to="/namespaces/$ns/{-$tab}" params={{ ns, tab: undefined }} replace />
  return (
    <Page
      title={
        <span className="flex items-center gap-2.5">
          <code>{ns}</code>
          <NamespaceState namespace={namespace} soft />
        </span>
      }
      description={
        <span className="flex items-center gap-2">
          <Tag>{namespace.kind}</Tag>
          <span>{namespace.description ?? namespace.title}</span>
        </span>
      }
      actions={<Actions namespace={namespace} />}
      fill={active === 'files'}
    >
      <LinkTabs
        label="Parts of the namespace"
        tabs={tabs.map((name) => ({
          link: { to: '/namespaces/$ns/{-$tab}', params: { ns, tab: name === 'overview' ? undefined : name } },
          label: name === 'tools' ? `${TITLES.tools} ${namespace.tools}` : name === 'files' && namespace.drafts > 0 ? `${TITLES.files} (draft)` : TITLES[name],
          isActive: name === active,
        }))}
      />
      <Suspense fallback={<SkeletonLines lines={10} />}>
        <Content key={ns} tab={active} namespace={namespace} />
      </Suspense>
    </Page>
  )
}

function Content({ tab, namespace }: { readonly tab: Tab; readonly namespace: NamespaceDetail }) {
  const ns = namespace.name
  switch (tab) {
    case 'overview':
      return <NamespaceOverviewTab namespace={namespace} />
    case 'connect':
      return (
        <ConnectPanel
          namespace={ns}
          isOwn={namespace.kind === 'own'}
          mcpUrl={namespace.endpoints.mcp}
          openapiUrl={namespace.endpoints.openapi.replace(/\/openapi\.json$/, '')}
        />
      )
    case 'tools':
      return <NamespaceTools namespace={ns} />
    case 'files':
      return <FilesTab namespace={ns} />
    case 'parts':
      return <BundleEditor ns={ns} />
    case 'dependencies':
      return <NamespaceDependencies ns={ns} />
    case 'logs':
      return <NamespaceLogs ns={ns} />
    case 'settings':
      return <NamespaceSettings namespace={namespace} />
  }
}

function Actions({ namespace }: { readonly namespace: NamespaceDetail }) {
  if (namespace.kind === 'native') return <ReloadButton ns={namespace.name} />
  return namespace.kind === 'server' ? <ServerActions ns={namespace.name} /> : null
}

function ReloadButton({ ns }: { readonly ns: string }) {
  const toast = useToast()
  const reload = useReload(ns)
  const run = (): void =>
    reload.mutate(undefined, {
      onSuccess: ({ changed }) => toast({ state: 'ok', title: changed ? `Published ${ns} as it is now` : `${ns} is published as it is` }),
      onError: (error) => toast({ state: 'failed', title: `${ns} could not be reloaded`, detail: <ApiErrorNotice error={error} /> }),
    })
  return (
    <Button icon={RotateCw} working={reload.isPending} onClick={run}>
      Reload
    </Button>
  )
}

function ServerActions({ ns }: { readonly ns: string }) {
  const server = useQuery(serverQuery(ns))
  return server.data === undefined ? null : <ServerMenu server={server.data} />
}
