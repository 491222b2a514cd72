import { useInfiniteQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { getRegistryServers } from '../../api/generated/sdk.gen.ts'
import type { InstallForm } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Panel } from '../../ui/page.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tag } from '../../ui/state-badge.tsx'
import { useSettled } from '../../ui/use-settled.ts'

const SETTLE_MS = 250

/** Servers of the registry, latest versions only. */
export function RegistryResults({ search, onChoose }: { readonly search: string; readonly onChoose: (name: string) => void }) {
  const settled = useSettled(search, SETTLE_MS)
  const found = useInfiniteQuery({
    queryKey: ['registry', settled],
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...(settled === '' ? {} : { search: settled }), ...(pageParam === '' ? {} : { cursor: pageParam }) }
      return (await getRegistryServers({ query, signal, throwOnError: true })).data
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    retry: false,
  })
  const servers = found.data?.pages.flatMap((page) => page.servers)
  return (
    <Panel title="From the registry" flush>
      {found.isError && <ApiErrorNotice title="The registry cannot be searched now" error={found.error} onRetry={() => void found.refetch()} className="m-3" />}
      {found.isPending && <Skeleton className="m-3 h-40" />}
      <ul>
        {servers?.map((server) => (
          <li key={server.name} className="border-b last:border-b-0">
            <Found server={server} onChoose={() => onChoose(server.name)} />
          </li>
        ))}
      </ul>
      {servers?.length === 0 && (
        <EmptyState title={`The registry has nothing named “${settled}”`}>A package, an address or a command can be added without it.</EmptyState>
      )}
      {found.hasNextPage && (
        <div className="p-3 text-center">
          <Button working={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </Panel>
  )
}

function Found({ server: { name, title, description, version, options }, onChoose }: { readonly server: InstallForm; readonly onChoose: () => void }) {
  const publisher = name.split('/')[0]
  const kinds = [...new Set(options.map(({ kind }) => kind))]
  return (
    <button type="button" onClick={onChoose} className="flex w-full items-center gap-3 px-3 py-2 text-left hover:bg-hover">
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="truncate font-medium">{title}</span>
          <span className="text-ink-3">{publisher}</span>
          <Tag>{version}</Tag>
          {kinds.map((kind) => (
            <Tag key={kind}>{kind}</Tag>
          ))}
        </span>
        <span className="line-clamp-2 text-ink-2">{description}</span>
      </span>
      <ChevronRight aria-hidden className="size-4 shrink-0 text-ink-3" />
    </button>
  )
}
