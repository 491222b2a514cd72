import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { getToolsOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { countOf } from '../../ui/format.ts'
import { Checkbox, SearchInput } from '../../ui/inputs.tsx'
import { useSettled } from '../../ui/use-settled.ts'

const SHOWN_MAX = 100
const SETTLE_MS = 200

export interface ToolChoiceProps {
  /** `{namespace}/{tool}`; null: all of what it sees. */
  readonly tools: readonly string[] | null
  /** What it sees; null: every namespace. */
  readonly namespaces: readonly string[] | null
  readonly onChange: (tools: readonly string[] | null) => void
}

/** Narrows a key to single tools, found by searching: there may be thousands. */
export function ToolChoice({ tools, namespaces, onChange }: ToolChoiceProps) {
  const [search, setSearch] = useState('')
  const found = useQuery({
    ...getToolsOptions({ query: { search: useSettled(search, SETTLE_MS), limit: SHOWN_MAX } }),
    enabled: tools !== null,
    placeholderData: keepPreviousData,
    select: (answer) =>
      answer.tools.flatMap(({ namespace, name, kind }) =>
        kind !== 'own' && (namespaces === null || namespaces.includes(namespace)) ? [`${namespace}/${name}`] : [],
      ),
  })
  return (
    <fieldset className="space-y-1">
      <legend className="mb-1 font-medium">Tools</legend>
      <Checkbox label="All of them, with prompts and resources" checked={tools === null} onChange={({ target }) => onChange(target.checked ? null : [])} />
      {tools !== null && (
        <div className="space-y-2">
          <SearchInput label="Search tools for the key" slash={false} className="sm:w-full" value={search} onChange={setSearch} />
          {found.isError && <ApiErrorNotice title="The tools could not be loaded" error={found.error} onRetry={() => void found.refetch()} />}
          <div className="max-h-48 overflow-y-auto rounded-md border px-3 py-1">
            {[...new Set([...tools, ...(found.data ?? [])])].map((tool) => (
              <Checkbox
                key={tool}
                label={<code className="[overflow-wrap:anywhere]">{tool}</code>}
                checked={tools.includes(tool)}
                onChange={({ target }) => onChange(target.checked ? [...tools, tool] : tools.filter((other) => other !== tool))}
              />
            ))}
            {found.data?.length === 0 && <p className="py-1 text-ink-2">No tool matches.</p>}
          </div>
          <p className="text-ink-3 text-xs">{countOf(tools.length, 'tool')} chosen; neither prompts nor resources are seen then.</p>
        </div>
      )}
    </fieldset>
  )
}
