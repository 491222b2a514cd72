import { useQuery } from '@tanstack/react-query'
import { gatewayUrl } from '../../api/base-url.ts'
import { getAboutOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Panel } from '../../ui/page.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'

/** Versions, addresses and protocols. */
export function About() {
  const { data, error, refetch } = useQuery(getAboutOptions())
  if (error !== null) return <ApiErrorNotice title="What this gateway is could not be loaded" error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <SkeletonLines lines={8} />
  const { version, node, platform, dataDir, database, startedAt, urls, protocols } = data
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Panel title="This gateway">
        <Facts
          facts={[
            ['Version', version],
            ['Started', <RelativeTime key="started" at={startedAt} />],
            ['Node.js', node],
            ['Platform', platform],
            ['Database', database === 'sqlite' ? 'SQLite' : 'PostgreSQL'],
            ['Data directory', <code key="dir">{dataDir}</code>],
            ...(urls.public === null ? [] : ([['Public address', <code key="public">{urls.public}</code>]] as const)),
            ...urls.listeners.map(({ name, url }) => [`Listener ${name}`, <code key={name}>{url}</code>] as const),
          ]}
        />
      </Panel>
      <Panel title="Protocols">
        <Facts
          facts={[
            ['MCP, modern', protocols.modern.join(', ')],
            ['MCP, legacy', protocols.legacy.join(', ')],
            ['REST', 'OpenAPI 3.1'],
            [
              'Admin API',
              <a key="api" href={gatewayUrl('api/openapi.json')} className="text-accent underline">
                /api/openapi.json
              </a>,
            ],
          ]}
        />
      </Panel>
    </div>
  )
}
