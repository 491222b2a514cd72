import { CircleAlert } from 'lucide-react'
import type { LoadProblem } from '../../../api/generated/types.gen.ts'

export interface ProblemListProps {
  readonly problems: readonly LoadProblem[]
  readonly onOpen?: (problem: LoadProblem) => void
}

/** What keeps the folder from loading; each entry leads to its line. */
export function ProblemList({ problems, onOpen }: ProblemListProps) {
  return (
    <ul aria-label="Problems" className="divide-y">
      {problems.map((problem) => (
        <li key={`${problem.file} ${problem.line} ${problem.column} ${problem.code} ${problem.message}`}>
          <button
            type="button"
            disabled={onOpen === undefined}
            onClick={() => onOpen?.(problem)}
            className="flex w-full items-start gap-2 px-3 py-1.5 text-left enabled:hover:bg-hover"
          >
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-failed" />
            <span className="min-w-0 [overflow-wrap:anywhere]">
              {problem.message} <span className="sr-only">in</span>{' '}
              <code className="text-ink-3">
                {problem.file}
                {problem.line !== undefined && `:${problem.line}`}
                {problem.column !== undefined && `:${problem.column}`}
              </code>
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
