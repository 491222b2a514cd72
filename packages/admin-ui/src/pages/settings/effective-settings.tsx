import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { SlidersHorizontal } from 'lucide-react'
import { useMemo } from 'react'
import { getSettingsOptions } from '../../api/generated/@tanstack/react-query.gen.ts'
import type { Setting } from '../../api/generated/types.gen.ts'
import { ApiErrorNotice } from '../../components/api-error-notice.tsx'
import { cx } from '../../ui/class-names.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Checkbox, SearchInput } from '../../ui/inputs.tsx'
import { Panel } from '../../ui/page.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { Tag } from '../../ui/state-badge.tsx'

/** Every setting as it is in force; the changed ones stand out. */
export function EffectiveSettings() {
  const { data, error, refetch } = useQuery(getSettingsOptions())
  const { search: text, changed } = useSearch({ strict: false })
  const navigate = useNavigate()
  const words = String(text ?? '')
    .toLowerCase()
    .trim()
  const setSearch = (next: { readonly search?: string; readonly changed?: boolean }): void =>
    void navigate({ to: '/settings', search: { search: text, changed, ...next }, replace: true })
  const groups = useMemo(() => {
    const shown = data?.settings.filter(
      ({ env, doc, source }) => (!changed || source !== 'default') && (words === '' || `${env} ${doc}`.toLowerCase().includes(words)),
    )
    return shown && [...Map.groupBy(shown, ({ group }) => group)]
  }, [data, words, changed])
  if (error !== null) return <ApiErrorNotice title="The settings could not be loaded" error={error} onRetry={() => void refetch()} />
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SearchInput label="Search settings" value={String(text ?? '')} onChange={(value) => setSearch({ search: value || undefined })} />
        <Checkbox label="Changed ones only" checked={changed === true} onChange={(event) => setSearch({ changed: event.target.checked || undefined })} />
        <p className="text-ink-2">
          Set in the environment or in <code>.env</code>; a change takes effect when ToolDock is started again.
        </p>
      </div>
      {groups === undefined && <SkeletonLines lines={8} />}
      {groups?.length === 0 && (
        <EmptyState icon={SlidersHorizontal} title="No setting matches">
          {changed && words === '' ? 'Everything is as it comes: no setting was changed.' : 'Search for a part of a name or of what a setting does.'}
        </EmptyState>
      )}
      {groups?.map(([group, settings]) => (
        <Panel key={group} title={group} flush>
          <dl className="divide-y">
            {settings.map((setting) => (
              <SettingRow key={setting.env} setting={setting} />
            ))}
          </dl>
        </Panel>
      ))}
    </div>
  )
}

function SettingRow({ setting: { env, doc, unit, value, default: standard, source, path, secret } }: { readonly setting: Setting }) {
  const isChanged = source !== 'default'
  const withUnit = (text: string): string => (unit === null ? text : `${text} ${unit}`)
  return (
    <div className="grid items-baseline gap-x-4 gap-y-0.5 px-3 py-2 md:grid-cols-[minmax(12rem,17rem)_minmax(10rem,17rem)_1fr]">
      <dt className="min-w-0 [overflow-wrap:anywhere]">
        <code className={cx(isChanged && 'font-semibold')}>{env}</code>
      </dt>
      <dd className="flex min-w-0 flex-wrap items-baseline gap-x-2 gap-y-1">
        {value === null ? (
          <span className="text-ink-3">unset</span>
        ) : (
          <code className="[overflow-wrap:anywhere]">{value === '' ? '(empty)' : withUnit(value)}</code>
        )}
        {isChanged && <Tag>{path ?? source}</Tag>}
        {secret && <Tag>secret</Tag>}
        {isChanged && !secret && <span className="text-ink-3 text-xs">default: {standard === null ? 'unset' : withUnit(standard)}</span>}
      </dd>
      <dd className="min-w-0 text-ink-2">{doc}</dd>
    </div>
  )
}
