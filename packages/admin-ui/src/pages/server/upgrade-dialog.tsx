import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useEffectEvent } from 'react'
import { invalidate } from '../../api/events.ts'
import { postServersNsUpgrade } from '../../api/generated/sdk.gen.ts'
import type { EntryDiff, Server, ServerChange } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/error-notice.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TextBlock } from '../../ui/text-block.tsx'

/** Tries the newest version beside the present one, shows what clients would notice, and changes over when asked to. */
export function UpgradeDialog({ server, onClose }: { readonly server: Server; readonly onClose: () => void }) {
  const queryClient = useQueryClient()
  const upgrade = useMutation({
    mutationFn: async (dryRun: boolean) => {
      await postServersNsUpgrade({ path: { ns: server.namespace }, body: { dryRun }, throwOnError: true })
    },
    onSettled: () => invalidate(queryClient, ['getServersNs', 'getServers']),
  })
  const begin = useEffectEvent(() => upgrade.mutate(true))
  useEffect(() => begin(), [])
  // What stands there from an earlier time is not this one's answer.
  const change = upgrade.isPending || upgrade.isIdle || server.change?.kind !== 'upgrade' ? null : server.change
  const isDone = change?.state === 'done' && !change.dryRun
  const canUpgrade = change?.state === 'done' && change.dryRun && change.from !== change.to
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Upgrade ${server.namespace}`}
      size="lg"
      actions={
        <>
          <Button onClick={onClose}>{isDone ? 'Close' : 'Cancel'}</Button>
          {!isDone && (
            <Button variant="primary" disabled={!canUpgrade} working={change?.state === 'running' && !change.dryRun} onClick={() => upgrade.mutate(false)}>
              {canUpgrade ? `Upgrade to ${change.to}` : 'Upgrade'}
            </Button>
          )}
        </>
      }
    >
      <div className="space-y-4">
        {upgrade.isError && <ApiErrorNotice title="The upgrade could not begin" error={upgrade.error} onRetry={() => upgrade.mutate(true)} />}
        {!upgrade.isError && (change === null || change.state === 'running') && (
          <>
            <StateBadge state="working">{change?.dryRun === false ? 'Changing over' : 'Installing the newest version beside the present one'}</StateBadge>
            <TextBlock label="the progress" text={server.progress.join('\n') || 'Beginning…'} />
          </>
        )}
        {change?.state === 'failed' && (
          <ErrorNotice title="The newest version does not work here; what ran goes on." message={change.message ?? ''} onRetry={() => upgrade.mutate(true)} />
        )}
        {change?.state === 'done' && <Outcome change={change} />}
      </div>
    </Dialog>
  )
}

function Outcome({ change: { from, to, dryRun, diff } }: { readonly change: ServerChange }) {
  if (from === to) return <StateBadge state="ok">{`${from} is the newest version.`}</StateBadge>
  const changed = diff === null ? [] : (['tools', 'resources', 'prompts'] as const).filter((list) => !isEmpty(diff[list]))
  return (
    <>
      <StateBadge state="ok">
        {dryRun ? 'The newest version was tried and answers: ' : 'Upgraded: '}
        <code>{from}</code> → <code>{to}</code>
      </StateBadge>
      {diff !== null && changed.length === 0 && <p className="text-ink-2">Clients notice no difference: tools, resources and prompts are the same.</p>}
      {diff !== null && changed.map((list) => <Differences key={list} title={list} diff={diff[list]} />)}
    </>
  )
}

const isEmpty = ({ added, removed, changed }: EntryDiff): boolean => added.length + removed.length + changed.length === 0

function Differences({ title, diff }: { readonly title: string; readonly diff: EntryDiff }) {
  return (
    <section>
      <h3 className="mb-1 font-semibold capitalize">{title}</h3>
      <ul className="space-y-1">
        {diff.added.map((name) => (
          <li key={name}>
            <span className="inline-block w-20 text-ok">added</span> <code>{name}</code>
          </li>
        ))}
        {diff.removed.map((name) => (
          <li key={name}>
            <span className="inline-block w-20 text-failed">removed</span> <code>{name}</code>
          </li>
        ))}
        {diff.changed.map(({ name, changes }) => (
          <li key={name}>
            <span className="inline-block w-20 text-warning">changed</span> <code>{name}</code>
            <ul className="ml-20 list-disc pl-4 text-ink-2">
              {changes.map(({ path, before, after }) => (
                <li key={path}>
                  <code>{path}</code>: <code className="text-failed">{JSON.stringify(before) ?? 'missing'}</code> →{' '}
                  <code className="text-ok">{JSON.stringify(after) ?? 'missing'}</code>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  )
}
