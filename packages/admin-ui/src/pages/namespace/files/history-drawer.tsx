import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { getNamespacesNsHistoryIdOptions, getNamespacesNsHistoryInfiniteOptions } from '../../../api/generated/@tanstack/react-query.gen.ts'
import type { FileVersion } from '../../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../../components/api-error-notice.tsx'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/class-names.ts'
import { CodeDiff, codeLanguageOf } from '../../../ui/code-editor/code-editor.tsx'
import { Drawer } from '../../../ui/drawer.tsx'
import { EmptyState } from '../../../ui/empty-state.tsx'
import { formatBytes } from '../../../ui/format.ts'
import { RelativeTime } from '../../../ui/relative-time.tsx'
import { SkeletonLines } from '../../../ui/skeleton.tsx'
import { ViewSwitch } from '../../../ui/view-switch.tsx'

export interface HistoryDrawerProps {
  readonly namespace: string
  readonly path: string
  /** What is in the editor now. */
  readonly current: string
  readonly onClose: () => void
  /** Puts an earlier text into the editor, from where it is saved as any other change. */
  readonly onRestore: (content: string) => void
}

const versionsPerPage = 50

/** Every published change of one file: who, when, and what it changed. */
export function HistoryDrawer({ namespace, path, current, onClose, onRestore }: HistoryDrawerProps) {
  const query = useInfiniteQuery({
    ...getNamespacesNsHistoryInfiniteOptions({ path: { ns: namespace }, query: { path, limit: versionsPerPage } }),
    // An empty one stands for the first page, which has no cursor.
    initialPageParam: { path: { ns: namespace } },
    getNextPageParam: ({ nextCursor }) => nextCursor,
    staleTime: 0,
  })
  const versions = query.data?.pages.flatMap((page) => page.versions)
  const [chosenId, setChosenId] = useState<string | null>(null)
  const index = versions?.findIndex(({ id }) => id === chosenId) ?? -1
  const chosen = versions?.[index] ?? versions?.[0]
  const earlier = chosen === undefined ? undefined : versions?.[versions.indexOf(chosen) + 1]
  return (
    <Drawer
      title={
        <>
          History of <code>{path}</code>
        </>
      }
      onClose={onClose}
      wide
    >
      {query.isError && <ApiErrorNotice title="The history could not be loaded" error={query.error} onRetry={() => void query.refetch()} />}
      {versions === undefined && !query.isError && <SkeletonLines lines={6} />}
      {versions?.length === 0 && <EmptyState title="No history yet">Each time this file is published, who and what is kept here.</EmptyState>}
      {versions !== undefined && chosen !== undefined && (
        <div className="grid h-full min-h-0 gap-4 md:grid-cols-[14rem_minmax(0,1fr)] max-md:grid-rows-[10rem_minmax(0,1fr)]">
          <div className="min-h-0 overflow-y-auto">
            <ol aria-label="Versions" className="space-y-0.5">
              {versions.map((version) => (
                <VersionRow key={version.id} version={version} isChosen={version === chosen} onChoose={() => setChosenId(version.id)} />
              ))}
            </ol>
            {query.hasNextPage && (
              <Button size="sm" variant="ghost" working={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Show earlier
              </Button>
            )}
          </div>
          <VersionView key={chosen.id} namespace={namespace} version={chosen} earlier={earlier} current={current} onRestore={onRestore} />
        </div>
      )}
    </Drawer>
  )
}

const actionWords: Readonly<Record<FileVersion['action'], string>> = { write: 'Saved', delete: 'Deleted', rename: 'Renamed', restore: 'Restored' }

function VersionRow({ version, isChosen, onChoose }: { readonly version: FileVersion; readonly isChosen: boolean; readonly onChoose: () => void }) {
  return (
    <li>
      <button
        type="button"
        aria-current={isChosen}
        onClick={onChoose}
        className={cx('w-full rounded-md px-2 py-1 text-left', isChosen ? 'bg-selected' : 'hover:bg-hover')}
      >
        <span className="block truncate">
          {actionWords[version.action]} by {version.by === 'disk' ? 'somebody in the folder' : version.by}
        </span>
        <span className="block text-ink-3 text-xs">
          <RelativeTime at={version.at} /> · {formatBytes(version.bytes)}
        </span>
      </button>
    </li>
  )
}

interface VersionViewProps {
  readonly namespace: string
  readonly version: FileVersion
  readonly earlier: FileVersion | undefined
  readonly current: string
  readonly onRestore: (content: string) => void
}

type Compared = 'earlier' | 'current'

function VersionView({ namespace, version, earlier, current, onRestore }: VersionViewProps) {
  const [compared, setCompared] = useState<Compared>('earlier')
  const own = useQuery(getNamespacesNsHistoryIdOptions({ path: { ns: namespace, id: version.id } }))
  const other = useQuery({ ...getNamespacesNsHistoryIdOptions({ path: { ns: namespace, id: earlier?.id ?? '' } }), enabled: earlier !== undefined })
  const content = own.data?.encoding === 'utf8' ? own.data.content : null
  if (own.isError) return <ApiErrorNotice title="This version could not be loaded" error={own.error} onRetry={() => void own.refetch()} />
  if (own.data === undefined) return <SkeletonLines lines={8} />
  if (content === null) return <p className="text-ink-2">{version.action === 'delete' ? 'The file was deleted.' : 'This version is not text.'}</p>
  const before = compared === 'current' ? content : (other.data?.content ?? '')
  const after = compared === 'current' ? current : content
  return (
    <div className="flex min-h-0 min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <ViewSwitch
          label="What the version is compared with"
          value={compared}
          onChange={setCompared}
          options={[
            { value: 'earlier', label: 'What it changed' },
            { value: 'current', label: 'Since then' },
          ]}
        />
        <Button size="sm" icon={RotateCcw} disabled={content === current} onClick={() => onRestore(content)}>
          Put into the editor
        </Button>
      </div>
      {(compared === 'current' || earlier === undefined || other.data !== undefined) && (
        <CodeDiff
          key={compared}
          label="Differences"
          language={codeLanguageOf(version.path)}
          before={before}
          after={after}
          className="min-h-0 flex-1 rounded-md border"
        />
      )}
    </div>
  )
}
