import { createHash } from 'node:crypto'
import { Header, Pax } from 'tar'
import type { Manifest } from './archive-format.ts'

const BLOCK = 512
const EMPTY = Buffer.alloc(0)

/** One member of an archive as it is written. */
export interface Member {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
  /** Exactly as many as `content` gives; 0 of a link or folder. */
  readonly bytes: number
  readonly mode: number
  readonly changedAt: Date
  /** Of a link. */
  readonly target?: string
  readonly owner?: { readonly uid: number; readonly gid: number }
  content(): AsyncIterable<Uint8Array>
}

const TYPES = { file: 'File', folder: 'Directory', link: 'SymbolicLink' } as const

/** One member in the form of tar; its hash is added to `members`. */
export async function* packMember(member: Member, members: Manifest['members']): AsyncGenerator<Uint8Array> {
  const { path, bytes, target = '' } = member
  yield headOf(member)
  const hash = createHash('sha256').update(target)
  for await (const chunk of member.content()) {
    hash.update(chunk)
    yield chunk
  }
  yield Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK)
  members.push({ path, bytes, sha256: hash.digest('hex') })
}

/** What ends an archive. */
export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK)

export function textMember(path: string, text: string): Member {
  const content = Buffer.from(text)
  return {
    path,
    kind: 'file',
    bytes: content.length,
    mode: 0o600,
    changedAt: new Date(),
    content: async function* () {
      yield content
    },
  }
}

function headOf({ path, kind, bytes, mode, changedAt, target, owner }: Member): Buffer {
  const data = { path, mode, size: bytes, mtime: changedAt, ...(target === undefined ? {} : { linkpath: target }), uid: owner?.uid ?? 0, gid: owner?.gid ?? 0 }
  const header = new Header({ ...data, type: TYPES[kind] })
  const block = Buffer.alloc(BLOCK)
  const isTooLong = header.encode(block)
  return Buffer.concat([isTooLong ? new Pax(data).encode() : EMPTY, block])
}
