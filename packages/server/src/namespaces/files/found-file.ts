import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { FileDraftRecord, FileStore } from '../../store/store.ts'
import { contentOf, type Folder } from '../folder.ts'
import { draftEtagOf, etagOf } from './etag.ts'
import { DISK } from './file-history.ts'
import type { Precondition } from './files.types.ts'

/** What there is at a path: a file in the folder, a draft of it, both or neither. */
export interface FoundFile {
  readonly path: string
  readonly file: { readonly content: Buffer; readonly etag: string; readonly modifiedAt: string; readonly isLink: boolean } | undefined
  readonly draft: (FileDraftRecord & { readonly etag: string }) | undefined
  /** What the next change must name: of the draft when there is one. Undefined: there is nothing. */
  readonly etag: string | undefined
}

export async function findFile(store: Pick<FileStore, 'findDraft'>, folder: Folder, path: string): Promise<FoundFile> {
  const known = folder.files.find((file) => file.path === path)
  const record = await store.findDraft(folder.namespace, path)
  const file = known && (await readFound(folder, path, known.source, await contentOf(known)))
  const draft = record && { ...record, etag: draftEtagOf(record.content, file?.etag) }
  return { path, file, draft, etag: draft?.etag ?? file?.etag }
}

async function readFound(folder: Folder, path: string, source: string, content: Buffer): Promise<FoundFile['file']> {
  const full = join(folder.dir, path)
  return { content, etag: etagOf(content), modifiedAt: (await lstat(full)).mtime.toISOString(), isLink: source !== full }
}

/** @throws {ToolDockError} `invalid_params`: what is written through a link would be another file */
export function assertNoLink({ path, file }: FoundFile): void {
  if (file?.isLink === true) throw new ToolDockError('invalid_params', `"${path}" is a link: change the file it leads to.`)
}

/**
 * RFC 9110 section 13.1, for changes that must not undo another's.
 * @param isRequired what exists is changed by those alone who say what they have read
 * @throws {ToolDockError} `precondition_failed` (details: {path, etag, by, at, draft}), `precondition_required`
 */
export async function checkPrecondition(
  store: Pick<FileStore, 'latestVersion'>,
  namespace: string,
  found: FoundFile,
  { ifMatch, ifNoneMatch }: Precondition,
  isRequired: boolean,
): Promise<void> {
  const { path, etag, draft } = found
  const isMet =
    (ifNoneMatch === undefined || etag === undefined) && (ifMatch === undefined || (etag !== undefined && (ifMatch === '*' || ifMatch.includes(etag))))
  if (!isMet) {
    const { by, at } = await whoChanged(store, namespace, found)
    const who = at === null ? '' : ` by ${by === DISK ? 'somebody who edited the folder' : by} at ${at}`
    const words = etag === undefined ? `"${path}" is not there any more` : `"${path}" was ${draft === undefined ? 'saved' : 'drafted'}${who}`
    throw new ToolDockError('precondition_failed', `${words}: read it again and bring both changes together.`, {
      ...{ path, by, at },
      etag: etag ?? null,
      draft: draft !== undefined,
    })
  }
  if (isRequired && etag !== undefined && ifMatch === undefined && ifNoneMatch === undefined)
    throw new ToolDockError('precondition_required', `"${path}" exists${draft === undefined ? '' : ' as a draft'}: send If-Match with its etag, or "*".`, {
      path,
      etag,
    })
}

async function whoChanged(
  store: Pick<FileStore, 'latestVersion'>,
  namespace: string,
  { path, file, draft }: FoundFile,
): Promise<{ readonly by: string | null; readonly at: string | null }> {
  if (draft !== undefined) return { by: draft.by, at: draft.at }
  const latest = await store.latestVersion(namespace, path)
  if (file === undefined) return { by: latest?.by ?? null, at: latest?.at ?? null }
  return latest?.path === path && latest.etag === file.etag ? { by: latest.by, at: latest.at } : { by: DISK, at: file.modifiedAt }
}
