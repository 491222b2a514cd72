import { createHash } from 'node:crypto'

/** The strong etag of a content (RFC 9110 section 8.8.3), in its quotes. */
export function etagOf(content: Uint8Array): string {
  return `"${createHash('sha256').update(content).digest('hex').slice(0, 32)}"`
}

/** The etag of a draft: another one when the file in the folder is another. */
export function draftEtagOf(content: Uint8Array, fileEtag: string | undefined): string {
  return etagOf(Buffer.from(`draft ${etagOf(content)} ${fileEtag ?? ''}`))
}
