import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { Parser, type ReadEntry } from 'tar'
import { StartError } from '../kernel/start-error.ts'

/** One member of an archive as it is read; nothing of it is trusted yet. */
export interface ReadMember {
  readonly path: string
  /** Undefined: of a kind that no backup has. */
  readonly kind: 'file' | 'folder' | 'link' | undefined
  readonly bytes: number
  readonly mode: number
  readonly target: string
  readonly owner: { readonly uid: number; readonly gid: number }
  /** To be read to its end. */
  readonly content: AsyncIterable<Uint8Array>
}

const KINDS: Partial<Record<string, ReadMember['kind']>> = { File: 'file', OldFile: 'file', Directory: 'folder', SymbolicLink: 'link' }
/** Of a long name. */
const META_BYTES_MAX = 64 * 1024

/**
 * Reads a tar.gz from begin to end, one member after the other.
 * @throws {StartError} the file is not readable, not whole, or no archive; what `take` throws
 */
export async function readArchive(file: string, take: (member: ReadMember) => Promise<void>): Promise<void> {
  let taken: Promise<void> = Promise.resolve()
  let failure: unknown
  const fail = (error: unknown): void => void (failure ??= error)
  const parser = new Parser({
    strict: true,
    maxMetaEntrySize: META_BYTES_MAX,
    onReadEntry: (entry) => {
      taken = taken
        .then(() => (failure === undefined ? take(toMember(entry)) : undefined))
        .catch(fail)
        .then(() => void entry.resume())
    },
  })
  parser.on('error', fail)
  const ended = once(parser, 'end')
  const source = createReadStream(file)
  const unzipped = createGunzip()
  source.once('error', (error) => unzipped.destroy(error))
  try {
    for await (const chunk of source.pipe(unzipped) as AsyncIterable<Buffer>) {
      if (!parser.write(chunk) && failure === undefined) await Promise.race([once(parser, 'drain'), ended])
      if (failure !== undefined) break
    }
    if (failure === undefined) {
      parser.end()
      await ended
    }
  } catch (error) {
    fail(error)
  } finally {
    ended.catch(() => {}) // It is told by `failure`.
    source.destroy()
    unzipped.destroy()
  }
  if (failure === undefined) await taken
  if (failure instanceof StartError) throw failure
  if (failure !== undefined) throw new StartError(`${file} cannot be read as a backup: ${(failure as Error).message}`, { cause: failure })
}

function toMember(entry: ReadEntry): ReadMember {
  const { path, type, size, mode = 0o644, linkpath = '', uid = 0, gid = 0 } = entry
  return { path: path.replace(/\/$/, ''), kind: KINDS[type], bytes: size, mode, target: linkpath, owner: { uid, gid }, content: entry }
}
