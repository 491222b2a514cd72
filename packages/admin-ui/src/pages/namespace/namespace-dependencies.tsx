import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Package, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { invalidate, useGatewayEvent } from '../../api/events.ts'
import { getNamespacesNsDependenciesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import {
  deleteJobsId,
  postNamespacesNsDependenciesInstall,
  postNamespacesNsDependenciesUninstall,
  putNamespacesNsDependencies,
} from '../../api/generated/sdk.gen.ts'
import type { InstalledPackage, Job } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { JobOutput } from '../../components/job-output.tsx'
import { words } from '../../components/words.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Checkbox, TextArea, TextInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { type State, StateBadge } from '../../ui/state-badge.tsx'
import { type Column, Table } from '../../ui/table.tsx'

type Change = { readonly install: readonly string[] } | { readonly uninstall: string } | { readonly packageJson: string }

const JOB_STATES: Readonly<Record<Job['state'], { readonly state: State; readonly word: string }>> = {
  running: { state: 'working', word: 'Installing' },
  done: { state: 'ok', word: 'Installed' },
  failed: { state: 'failed', word: 'Failed; what runs is as it was' },
  cancelled: { state: 'off', word: 'Cancelled; what runs is as it was' },
}

/** The npm packages that the tools of a folder import. */
export function NamespaceDependencies({ ns }: { readonly ns: string }) {
  const queryClient = useQueryClient()
  const [scripts, setScripts] = useState(false)
  const query = useQuery(getNamespacesNsDependenciesOptions({ path: { ns } }))
  const refresh = () => invalidate(queryClient, ['getNamespacesNsDependencies'])
  useGatewayEvent('job.', (event) => {
    if (event.subject === ns && event.type === 'job.finished') void refresh()
  })
  const change = useMutation({
    mutationFn: async (what: Change) => {
      const path = { ns }
      if ('install' in what)
        await postNamespacesNsDependenciesInstall({ path, body: { packages: [...what.install], installScripts: scripts }, throwOnError: true })
      else if ('uninstall' in what) await postNamespacesNsDependenciesUninstall({ path, body: { packages: [what.uninstall] }, throwOnError: true })
      else await putNamespacesNsDependencies({ path, body: { packageJson: what.packageJson, installScripts: scripts }, throwOnError: true })
    },
    onSettled: refresh,
  })
  const data = query.data
  const isBusy = change.isPending || data?.job?.state === 'running'
  const columns: readonly Column<InstalledPackage>[] = [
    { id: 'name', title: 'Package', sort: ({ name }) => name, cell: ({ name }) => <code>{name}</code> },
    {
      id: 'version',
      title: 'Installed',
      width: '8rem',
      cell: ({ version }) => (version === null ? <span className="text-failed">missing</span> : <code>{version}</code>),
    },
    { id: 'wanted', title: 'Wanted', width: '8rem', from: 'sm', cell: ({ wanted }) => <code className="text-ink-2">{wanted}</code> },
    {
      id: 'remove',
      title: <span className="sr-only">Remove</span>,
      width: '3.5rem',
      align: 'right',
      cell: ({ name, direct }) =>
        direct && <IconButton label={`Uninstall ${name}`} icon={Trash2} size="sm" disabled={isBusy} onClick={() => change.mutate({ uninstall: name })} />,
    },
  ]
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="space-y-4">
        <Panel title="Install">
          <Install isBusy={isBusy} onInstall={(install) => change.mutate({ install })}>
            <Checkbox label="Let packages run install scripts" checked={scripts} onChange={({ target }) => setScripts(target.checked)} />
          </Install>
          {change.isError && <ApiErrorNotice title="It could not begin" error={change.error} className="mt-3" />}
        </Panel>
        {data?.job != null && <JobPanel job={data.job} />}
        <Panel title="Packages" flush>
          <Table
            label={`Packages of ${ns}`}
            columns={columns}
            rows={data?.installed.filter(({ direct }) => direct)}
            rowKey={({ name }) => name}
            instead={
              query.isError ? <ApiErrorNotice title="The packages could not be loaded" error={query.error} onRetry={() => void query.refetch()} /> : undefined
            }
            empty={
              <EmptyState icon={Package} title="No packages">
                Tools can import <code>tooldock</code> and <code>zod</code> without installing anything. Whatever else they import is installed here, at exact
                versions.
              </EmptyState>
            }
          />
        </Panel>
      </div>
      {data !== undefined && (
        <PackageJson
          key={data.etag}
          text={data.packageJson ?? ''}
          hasLockFile={data.lockFile}
          isBusy={isBusy}
          onSave={(packageJson) => change.mutate({ packageJson })}
        />
      )}
    </div>
  )
}

function Install({
  isBusy,
  onInstall,
  children,
}: {
  readonly isBusy: boolean
  readonly onInstall: (packages: readonly string[]) => void
  readonly children: React.ReactNode
}) {
  const [text, setText] = useState('')
  const packages = words(text)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (packages.length === 0) return
    onInstall(packages)
    setText('')
  }
  return (
    <form onSubmit={submit} className="space-y-2">
      <div className="flex gap-2">
        <TextInput
          aria-label="Packages to install"
          className="font-mono"
          placeholder="lodash date-fns@4"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <Button type="submit" variant="primary" disabled={packages.length === 0} working={isBusy}>
          Install
        </Button>
      </div>
      {children}
    </form>
  )
}

function JobPanel({ job }: { readonly job: Job }) {
  const cancel = useMutation({
    mutationFn: async () => {
      await deleteJobsId({ path: { id: job.id }, throwOnError: true })
    },
  })
  const { state, word } = JOB_STATES[job.state]
  return (
    <Panel
      title={
        <span className="flex items-center gap-3">
          <StateBadge state={state}>{word}</StateBadge>
          <RelativeTime at={job.endedAt ?? job.startedAt} className="font-normal text-ink-3" />
        </span>
      }
      actions={
        job.state === 'running' && (
          <Button size="sm" working={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        )
      }
    >
      {job.state === 'failed' && job.message !== null && <p className="mb-2 [overflow-wrap:anywhere]">{job.message}</p>}
      <JobOutput key={job.id} id={job.id} />
    </Panel>
  )
}

function PackageJson({
  text: before,
  hasLockFile,
  isBusy,
  onSave,
}: {
  readonly text: string
  readonly hasLockFile: boolean
  readonly isBusy: boolean
  readonly onSave: (text: string) => void
}) {
  const [text, setText] = useState(before)
  return (
    <Panel
      title="package.json"
      actions={
        <Button size="sm" disabled={text === before} working={isBusy} onClick={() => onSave(text)}>
          Save and install
        </Button>
      }
    >
      <TextArea aria-label="package.json" rows={18} className="font-mono" placeholder="{}" value={text} onChange={({ target }) => setText(target.value)} />
      <p className="mt-2 text-ink-3 text-xs">{hasLockFile ? 'A lock file keeps the exact versions.' : 'A lock file is written with the first installation.'}</p>
    </Panel>
  )
}
