import type { NamespaceOverview } from '../../api/generated/types.gen.ts'
import { type State, StateBadge } from '../../ui/state-badge.tsx'
import { ServerState } from '../servers/server-state.tsx'

type Shown = Pick<NamespaceOverview, 'kind' | 'state' | 'worker' | 'problems' | 'unpublishedChanges' | 'drafts'>

/** What to say of a namespace of any kind. */
export function NamespaceState({ namespace, soft }: { readonly namespace: Shown; readonly soft?: boolean }) {
  if (namespace.kind === 'server') return <ServerState state={namespace.state as Parameters<typeof ServerState>[0]['state']} soft={soft} />
  const { state, word } = stateOf(namespace)
  return (
    <StateBadge state={state} soft={soft}>
      {word}
    </StateBadge>
  )
}

function stateOf({ kind, state, problems, unpublishedChanges, drafts }: Shown): { readonly state: State; readonly word: string } {
  if (kind === 'bundle') return state === 'degraded' ? { state: 'warning', word: 'Degraded' } : { state: 'ok', word: 'Ready' }
  if (state === 'unpublished') return problems.length > 0 ? { state: 'failed', word: 'Does not load' } : { state: 'off', word: 'Empty' }
  if (problems.length > 0) return { state: 'warning', word: 'Broken change' }
  if (drafts > 0) return { state: 'warning', word: 'Draft' }
  if (unpublishedChanges) return { state: 'warning', word: 'Changed on disk' }
  return { state: 'ok', word: 'Published' }
}
