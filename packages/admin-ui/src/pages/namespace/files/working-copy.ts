import type { NamespaceFileContent } from '../../../api/generated/types.gen.ts'

/** A file as it is being edited: what it was read as, and what it would be saved as. */
export interface WorkingCopy {
  readonly path: string
  readonly content: string
  /** What was read: of the draft when there is one. */
  readonly base: string
  /** What the next change names; null: the file is new. */
  readonly etag: string | null
  readonly draft: NamespaceFileContent['draft']
  /** The text in the folder; null when the file is only a draft. */
  readonly saved: string | null
  readonly published: boolean
}

/** Null for what is not text: such a file can be replaced and downloaded, but not written in. */
export function openCopy(file: NamespaceFileContent): WorkingCopy | null {
  const { path, draft, encoding, content, etag, published } = file
  if (encoding === 'base64' || draft?.encoding === 'base64') return null
  const base = draft?.content ?? content ?? ''
  return { path, content: base, base, etag: draft?.etag ?? etag, draft, saved: content, published }
}

export function newCopy(path: string, content: string): WorkingCopy {
  return { path, content, base: '', etag: null, draft: null, saved: null, published: false }
}

export function isDirty({ content, base, etag }: WorkingCopy): boolean {
  return content !== base || etag === null
}

/** What a change says of the file it replaces, so that nobody else's change is undone. */
export function preconditionOf({ etag }: Pick<WorkingCopy, 'etag'>): Record<string, string> {
  return etag === null ? { 'if-none-match': '*' } : { 'if-match': etag }
}

export type Copies = ReadonlyMap<string, WorkingCopy>

/**
 * What became of a copy when its file was read again. Unchanged: nothing. Not touched here: taken over. Both changed: a conflict,
 * which a person resolves.
 */
export function mergeRead(copy: WorkingCopy | undefined, file: NamespaceFileContent): { readonly copy: WorkingCopy | null; readonly isConflict: boolean } {
  const read = openCopy(file)
  if (copy === undefined || read === null) return { copy: read, isConflict: false }
  if (read.etag === copy.etag) return { copy: { ...copy, published: read.published, draft: read.draft, saved: read.saved }, isConflict: false }
  if (!isDirty(copy)) return { copy: read, isConflict: false }
  // Saved with the very text that stands here: nothing to resolve.
  if (read.base === copy.content) return { copy: read, isConflict: false }
  return { copy, isConflict: true }
}
