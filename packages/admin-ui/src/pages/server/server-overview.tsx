import { Link } from '@tanstack/react-router'
import { gatewayUrl } from '../../api/base-url.ts'
import type { Server } from '../../api/generated/types.gen.ts'
import { ServerState, serverState } from '../../components/servers/server-state.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { DescriptionList } from '../../ui/description-list.tsx'
import { countOf, formatBytes, formatClock, formatDateTime, formatNumber } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StateIcon, Tag } from '../../ui/state-badge.tsx'
import { TextBlock } from '../../ui/text-block.tsx'

export function ServerOverview({ server }: { readonly server: Server }) {
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="space-y-4">
        <Trouble server={server} />
        <Now server={server} />
        <Speaks server={server} />
      </div>
      <Timeline server={server} />
    </div>
  )
}

/** What needs a person, or is under way: first, and with the words that help. */
function Trouble({ server }: { readonly server: Server }) {
  const { state, reason, progress, lastLines, change } = server
  if (state === 'installing' || change?.state === 'running')
    return (
      <Panel title={state === 'installing' ? 'Installing' : change?.kind === 'upgrade' ? 'Upgrading' : 'Changing'}>
        <TextBlock label="the progress" text={progress.join('\n') || 'Beginning…'} />
      </Panel>
    )
  if (state === 'failed' || state === 'backing_off' || state === 'degraded')
    return (
      <Panel title={<ServerState state={state} />}>
        <div className="space-y-3">
          <p className="[overflow-wrap:anywhere]">{reason ?? 'It gave no reason.'}</p>
          {server.retryAt !== null && (
            <p className="text-ink-2">
              It is started again <RelativeTime at={server.retryAt} />.
            </p>
          )}
          {lastLines.length > 0 && <TextBlock label="its last lines" text={lastLines.join('\n')} />}
          {state === 'failed' && progress.length > 0 && <TextBlock label="the installation" text={progress.join('\n')} />}
        </div>
      </Panel>
    )
  if (change?.state === 'failed')
    return (
      <Panel title={`The last ${change.kind} failed`}>
        <p>{change.message} What ran before goes on.</p>
      </Panel>
    )
  return null
}

function Now({ server }: { readonly server: Server }) {
  const url = gatewayUrl(`${server.namespace}/mcp`)
  const { openCalls, waitingCalls, parkedCalls } = server
  const calls = [
    countOf(openCalls, 'open call'),
    ...(waitingCalls > 0 ? [`${formatNumber(waitingCalls)} waiting`] : []),
    ...(parkedCalls > 0 ? [`${formatNumber(parkedCalls)} parked for input`] : []),
  ]
  return (
    <Panel title="Now">
      <DescriptionList
        items={[
          [
            'Address',
            <span key="url" className="flex min-w-0 items-center gap-1">
              <code className="truncate">{url}</code>
              <CopyButton text={url} label="Copy the address" size="sm" />
              <Link to="/namespaces/$ns/{-$tab}" params={{ ns: server.namespace, tab: 'connect' }} className="text-accent underline">
                Connect a client
              </Link>
            </span>,
          ],
          [
            'Since',
            <span key="since">
              <RelativeTime at={server.since} />
            </span>,
          ],
          ['Calls', calls.join(', ')],
          ['Process', server.pid === null ? null : `pid ${server.pid}${server.connections > 1 ? `, ${server.connections} connections` : ''}`],
          ['Memory', server.rssBytes === null ? null : formatBytes(server.rssBytes)],
          ['Version', server.installed?.version],
          ['Restarts', server.restarts === 0 ? null : countOf(server.restarts, 'restart')],
          [
            'Last exit',
            server.lastExit === null ? null : (
              <span key="exit" title={formatDateTime(server.lastExit.at)}>
                {server.lastExit.reason}, <RelativeTime at={server.lastExit.at} />
              </span>
            ),
          ],
          ['Lists', [countOf(server.tools, 'tool'), countOf(server.resources, 'resource'), countOf(server.prompts, 'prompt')].join(', ')],
        ]}
      />
    </Panel>
  )
}

function Speaks({ server: { server } }: { readonly server: Server }) {
  if (server === null) return null
  const { info, protocolVersion, era, capabilities, instructions } = server
  return (
    <Panel title="What it says of itself">
      <div className="space-y-3">
        <DescriptionList
          items={[
            ['Name', [info.title ?? info.name, info.version].filter((part) => part !== undefined).join(' ')],
            ['Protocol', `${protocolVersion} (${era})`],
            [
              'Capabilities',
              <span key="capabilities" className="flex flex-wrap gap-1">
                {Object.keys(capabilities).map((name) => (
                  <Tag key={name}>{name}</Tag>
                ))}
              </span>,
            ],
          ]}
        />
        {instructions !== null && <TextBlock label="its instructions" text={instructions} className="max-h-48" />}
      </div>
    </Panel>
  )
}

function Timeline({ server: { timeline } }: { readonly server: Server }) {
  return (
    <Panel title="Timeline">
      {timeline.length === 0 ? (
        <p className="text-ink-3">Nothing has happened since ToolDock started.</p>
      ) : (
        <ol className="space-y-2">
          {timeline.toReversed().map(({ at, state, reason }) => (
            <li key={`${at} ${state}`} className="grid animate-enter grid-cols-[auto_minmax(0,1fr)_auto] gap-x-2">
              <StateIcon state={serverState(state)} className="mt-0.5 motion-safe:animate-none" />
              <span className="min-w-0">
                <span className="font-medium">{state.replace('_', ' ')}</span>
                {reason !== null && <span className="block text-ink-2 [overflow-wrap:anywhere]">{reason}</span>}
              </span>
              <time dateTime={at} title={formatDateTime(at)} className="font-mono text-ink-3 text-xs">
                {formatClock(at)}
              </time>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}
