import type { LoadProblem } from '@tooldock/worker/protocol'
import { ToolDockError } from '../errors/tooldock-error.ts'

/** The error of a folder that cannot be published; its message is about the first problem. */
export function reloadFailed(namespace: string, problems: readonly LoadProblem[], cause?: unknown): ToolDockError {
  const [first] = problems
  const place =
    first === undefined
      ? ''
      : ` ${first.file}${first.line === undefined ? '' : `:${first.line}${first.column === undefined ? '' : `:${first.column}`}`}: ${first.message}`
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new ToolDockError('reload_failed', `"${namespace}" does not load; what was published stays.${place}${more}`, { problems }, { cause })
}

/** The problems of a `reload_failed`. */
export function problemsOf(error: ToolDockError): readonly LoadProblem[] {
  return (error.details as { readonly problems: readonly LoadProblem[] }).problems
}
