import { isUtf8 } from 'node:buffer'
import type { Encoding } from './files.types.ts'

/** A content as JSON holds it: text when it is UTF-8 without NUL. */
export function toText(content: Buffer): { readonly content: string; readonly encoding: Encoding } {
  return isUtf8(content) && !content.includes(0)
    ? { content: content.toString(), encoding: 'utf8' }
    : { content: content.toString('base64'), encoding: 'base64' }
}
