import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { getNamespacesOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { NamespaceOverview, Tool } from '../../api/generated/types.gen.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Checkbox, SearchInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { useSettled } from '../../ui/use-settled.ts'
import { ApiErrorNotice } from '../api-error-notice.tsx'
import { toolsQuery } from '../tool-run/tool-queries.ts'
import { type BundleDraft, hasAll, hasTool, setAll, setTool } from './bundle-draft.ts'

const SETTLE_MS = 200

interface PickerProps {
  readonly draft: BundleDraft
  readonly onChange: (draft: BundleDraft) => void
}

/** Everything that is published, to be searched and picked from; a bundle is no part of another. */
export function PartPicker({ draft, onChange }: PickerProps) {
  const [text, setText] = useState('')
  const search = useSettled(text, SETTLE_MS)
  const namespaces = useQuery({ ...getNamespacesOptions(), select: (answer) => answer.namespaces.filter(({ kind }) => kind !== 'bundle') })
  const tools = useInfiniteQuery(toolsQuery({ search }))
  const found = Map.groupBy(
    (tools.data?.pages.flatMap((page) => page.tools) ?? []).filter(({ kind }) => kind !== 'bundle'),
    ({ namespace }) => namespace,
  )
  const shown = namespaces.data?.filter(({ name }) => search === '' || found.has(name))
  return (
    <Panel flush title={<SearchInput label="Search tools to pick" value={text} onChange={setText} className="sm:w-full" />}>
      <div className="max-h-[70dvh] overflow-y-auto p-2">
        {(namespaces.isError || tools.isError) && (
          <ApiErrorNotice
            title="What is published could not be loaded"
            error={namespaces.error ?? tools.error}
            onRetry={() => void Promise.all([namespaces.refetch(), tools.refetch()])}
          />
        )}
        {shown === undefined && !namespaces.isError && <SkeletonLines lines={10} />}
        {shown?.length === 0 && <EmptyState title={search === '' ? 'Nothing is published yet' : `No tool matches “${search}”`} />}
        {shown?.map((namespace) => (
          <NamespaceParts key={namespace.name} namespace={namespace} tools={found.get(namespace.name) ?? []} draft={draft} onChange={onChange} />
        ))}
        {tools.hasNextPage && (
          <Button className="m-2" working={tools.isFetchingNextPage} onClick={() => void tools.fetchNextPage()}>
            Show more
          </Button>
        )}
      </div>
    </Panel>
  )
}

interface PartsProps extends PickerProps {
  readonly namespace: NamespaceOverview
  readonly tools: readonly Tool[]
}

function NamespaceParts({ namespace: { name, tools: count, resources, prompts }, tools, draft, onChange }: PartsProps) {
  const all = (kind: 'tools' | 'resources' | 'prompts', label: string) => (
    <Checkbox label={label} checked={hasAll(draft, name, kind)} onChange={({ target }) => onChange(setAll(draft, name, kind, target.checked))} />
  )
  const isAll = hasAll(draft, name, 'tools')
  return (
    <details open={tools.length <= 20} className="border-b py-1 last:border-b-0">
      <summary className="px-1 py-1">
        <code className="font-medium">{name}</code>
      </summary>
      <fieldset className="pl-4">
        <legend className="sr-only">{name}</legend>
        <div className="flex flex-wrap gap-x-4">
          {all('tools', `All ${count} tools, also those to come`)}
          {resources > 0 && all('resources', `${resources} resources`)}
          {prompts > 0 && all('prompts', `${prompts} prompts`)}
        </div>
        {tools.map((tool) => (
          <Checkbox
            key={tool.name}
            className="pl-4"
            label={
              <span title={tool.description}>
                <code>{tool.name}</code>
                {tool.title !== undefined && <span className="ml-2 text-ink-3">{tool.title}</span>}
              </span>
            }
            checked={hasTool(draft, name, tool.name)}
            // One less than all needs to know them all.
            disabled={isAll && tools.length < count}
            onChange={({ target }) =>
              onChange(
                setTool(
                  draft,
                  name,
                  tool.name,
                  target.checked,
                  tools.map((other) => other.name),
                ),
              )
            }
          />
        ))}
      </fieldset>
    </details>
  )
}
