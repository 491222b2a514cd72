import type { UseQueryResult } from '@tanstack/react-query'
import type { BundlePreview } from '../../api/generated/types.gen.ts'
import { cx } from '../../ui/class-names.ts'
import { countOf, formatNumber } from '../../ui/format.ts'
import { Panel } from '../../ui/page.tsx'
import { SkeletonLines } from '../../ui/skeleton.tsx'
import { StateIcon } from '../../ui/state-badge.tsx'
import { ApiErrorNotice } from '../api-error-notice.tsx'

export interface BundlePreviewPanelProps {
  readonly isEmpty: boolean
  readonly discovery: 'list' | 'search'
  readonly preview: UseQueryResult<BundlePreview>
}

/** What clients would see, what is in the way, and what it costs a model to read. */
export function BundlePreviewPanel({ isEmpty, discovery, preview: { data, error, refetch } }: BundlePreviewPanelProps) {
  return (
    <Panel title="What clients see" className="lg:col-span-2 xl:sticky xl:top-5 xl:col-span-1">
      {isEmpty && <p className="text-ink-2">Nothing yet: pick tools at the left.</p>}
      {!isEmpty && error !== null && <ApiErrorNotice error={error} onRetry={() => void refetch()} />}
      {!isEmpty && error === null && data === undefined && <SkeletonLines lines={6} />}
      {!isEmpty && error === null && data !== undefined && <Seen preview={data} discovery={discovery} />}
    </Panel>
  )
}

function Seen({
  preview: { tools, prompts, resources, problems, collisions, tokens },
  discovery,
}: {
  readonly preview: BundlePreview
  readonly discovery: 'list' | 'search'
}) {
  const cost = (mode: 'list' | 'search', label: string) => (
    <p className={cx('flex justify-between rounded-md px-2 py-1', mode === discovery && 'bg-selected font-medium')}>
      <span>{label}</span>
      <span>{formatNumber(tokens[mode])} tokens</span>
    </p>
  )
  return (
    <div className="space-y-4">
      <div>
        {cost('list', 'Tool list')}
        {cost('search', 'By search')}
      </div>
      {collisions.map(({ kind, name, kept, dropped }) => (
        <p key={`${kind} ${name} ${dropped.namespace}`} className="flex gap-2" role="alert">
          <StateIcon state="failed" className="mt-0.5" />
          <span>
            The {kind}s <code>{`${kept.namespace} / ${kept.name}`}</code> and <code>{`${dropped.namespace} / ${dropped.name}`}</code> would both be called{' '}
            <code>{name}</code>. Give one another name.
          </span>
        </p>
      ))}
      {problems
        .filter(({ code }) => code !== 'collision')
        .map(({ namespace, message }) => (
          <p key={`${namespace} ${message}`} className="flex gap-2">
            <StateIcon state="warning" className="mt-0.5" />
            <span>{message}</span>
          </p>
        ))}
      <div>
        <p className="mb-1 text-ink-2">
          {[countOf(tools.length, 'tool'), countOf(resources.length, 'resource'), countOf(prompts.length, 'prompt')].join(', ')}
        </p>
        <ul className="max-h-96 overflow-y-auto">
          {tools.map((name) => (
            <li key={name} className="truncate">
              <code title={name}>{name}</code>
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}
