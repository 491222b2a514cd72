import { ApiError } from '../../../api/api-error.ts'
import { putNamespacesNsFilesPath } from '../../../api/generated/sdk.gen.ts'
import type { LoadProblem, SaveResult } from '../../../api/generated/types.gen.ts'
import { preconditionOf, type WorkingCopy } from './working-copy.ts'

/** Somebody else saved the file since it was read. */
export interface Conflict {
  readonly by: string | null
  readonly at: string | null
}

export type SaveMode = 'dry-run' | 'publish' | 'draft'

/** Only what the folder loads with is published; a draft is kept whatever it says. @throws {ApiError} */
export async function saveFile(namespace: string, copy: WorkingCopy, mode: SaveMode): Promise<SaveResult> {
  const { data } = await putNamespacesNsFilesPath({
    path: { ns: namespace, path: copy.path },
    body: { content: copy.content },
    query: mode === 'dry-run' ? { dryRun: 'true' } : mode === 'draft' ? { force: 'true' } : {},
    headers: preconditionOf(copy),
    throwOnError: true,
  })
  return data
}

/** Who was faster, when that is why a change was refused. */
export function conflictOf(error: unknown): Conflict | null {
  if (!(error instanceof ApiError) || error.code !== 'precondition_failed') return null
  const details = (error.details ?? {}) as Partial<Conflict>
  return { by: details.by ?? null, at: details.at ?? null }
}

/** What does not load, when that is why a change was refused. */
export function problemsOf(error: unknown): readonly LoadProblem[] | null {
  if (!(error instanceof ApiError) || error.code !== 'reload_failed') return null
  const { problems } = (error.details ?? {}) as { problems?: readonly LoadProblem[] }
  return problems ?? []
}
