import { ChevronRight, GitBranch, Globe, Package, SquareTerminal } from 'lucide-react'
import type { Suggestion } from './recognise.ts'

const ICONS = { npm: Package, pypi: Package, git: GitBranch, remote: Globe, command: SquareTerminal }

/** What the typed text may mean, likeliest first; Enter in the box takes the first. */
export function SuggestionList({
  suggestions,
  onChoose,
}: {
  readonly suggestions: readonly Suggestion[]
  readonly onChoose: (suggestion: Suggestion) => void
}) {
  return (
    <ul className="overflow-hidden rounded-lg border bg-surface">
      {suggestions.map((suggestion) => {
        const Icon = ICONS[suggestion.id]
        return (
          <li key={suggestion.id} className="border-b last:border-b-0">
            <button type="button" onClick={() => onChoose(suggestion)} className="flex w-full items-center gap-3 px-3 py-2 text-left hover:bg-hover">
              <Icon aria-hidden className="size-4 shrink-0 text-ink-3" />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{suggestion.title}</span>
                <span className="block text-ink-2">{suggestion.detail}</span>
              </span>
              <ChevronRight aria-hidden className="size-4 shrink-0 text-ink-3" />
            </button>
          </li>
        )
      })}
    </ul>
  )
}
