import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, readlink } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { isNamespaceName } from '../namespaces/namespace-name.ts'
import { linkFault, PYTHONS } from './archive-format.ts'
import type { Member } from './pack-members.ts'

const CHUNK_BYTES = 256 * 1024

/** What the tables name, so that files are those that belong to them. */
export interface Named {
  /** By namespace: generations and the folders of their packages. */
  readonly generations: ReadonlyMap<string, ReadonlySet<string>>
  /** By namespace of a server: the folder in which its program lies; null when nothing is installed. */
  readonly programs: ReadonlyMap<string, string | null>
}

/** Everything of DATA_DIR that belongs into a backup; what cannot be kept is said to `note`. */
export async function* collectMembers(
  dataDir: string,
  { generations, programs }: Named,
  withPackages: boolean,
  note: (path: string, why: string) => void,
): AsyncGenerator<Member> {
  const walk = (path: string, skip: (path: string) => boolean = () => false) => collect(dataDir, path, skip, note)
  for (const name of await namesIn(join(dataDir, 'tools'))) {
    if (isNamespaceName(name)) yield* walk(`tools/${name}`, (path) => isPrepared(path) || (!withPackages && path.endsWith('/node_modules')))
    else if (!name.startsWith('.')) note(`tools/${name}`, 'it is no namespace')
  }
  for (const [namespace, names] of generations) for (const name of names) yield* walk(`generations/${namespace}/${name}`)
  for (const name of await namesIn(join(dataDir, 'state'))) if (isNamespaceName(name)) yield* walk(`state/${name}`)
  for (const [namespace, program] of programs) {
    yield* walk(`servers/${namespace}/files`)
    yield* walk(`servers/${namespace}/home`, (path) => path === `servers/${namespace}/home/tmp`)
    if (withPackages && program !== null) yield* walk(`servers/${namespace}/${program}`)
  }
  if (withPackages) yield* walk(`servers/${PYTHONS}`)
}

/** A change of a folder under way. */
const isPrepared = (path: string): boolean => path.split('/').length === 3 && /\/\.(edit|tmp)-/.test(path)

async function* collect(dataDir: string, path: string, skip: (path: string) => boolean, note: (path: string, why: string) => void): AsyncGenerator<Member> {
  if (skip(path)) return
  const absolute = join(dataDir, path)
  const found = await unlessGone(lstat(absolute))
  if (found === undefined) return
  const { mode, mtime: changedAt, uid, gid } = found
  // What a tool may write belongs to the user that it runs as.
  const about = { path, mode: mode & 0o777, changedAt, ...(path.startsWith('state/') ? { owner: { uid, gid } } : {}) }
  if (found.isDirectory()) {
    const names = await namesIn(absolute)
    if (names.length === 0 || about.owner !== undefined) yield { ...about, kind: 'folder', bytes: 0, content: nothing }
    for (const name of names) yield* collect(dataDir, `${path}/${name}`, skip, note)
  } else if (found.isSymbolicLink()) {
    const target = await readTarget(dataDir, absolute)
    const fault = linkFault(path, target)
    if (fault === undefined) yield { ...about, kind: 'link', bytes: 0, target, content: nothing }
    else note(path, fault)
  } else if (found.isFile()) {
    const handle = await unlessGone(open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW))
    if (handle === undefined) return
    try {
      const { size } = await handle.stat()
      yield { ...about, kind: 'file', bytes: size, content: () => read(handle, size, () => note(path, 'it became shorter while it was read')) }
    } finally {
      await handle.close()
    }
  } else note(path, 'it is no file')
}

/** Links within DATA_DIR are kept relative, so that they lead there from wherever it is restored to. */
async function readTarget(dataDir: string, path: string): Promise<string> {
  const target = await readlink(path)
  return isAbsolute(target) && target.startsWith(dataDir + sep) ? relative(dirname(path), target) : target
}

/** As many bytes as the file had when it was opened, whatever is written to it meanwhile. */
async function* read(handle: FileHandle, bytes: number, onShort: () => void): AsyncGenerator<Uint8Array> {
  let isShort = false
  for (let at = 0; at < bytes; ) {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, bytes - at))
    const { bytesRead } = isShort ? { bytesRead: 0 } : await handle.read(chunk, 0, chunk.length, at)
    if (bytesRead === 0 && !isShort) {
      isShort = true
      onShort()
    }
    // Zeros stand for what is gone: the size was written already.
    const filled = isShort ? chunk.length : bytesRead
    at += filled
    yield chunk.subarray(0, filled)
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

const namesIn = async (path: string): Promise<string[]> => ((await unlessGone(readdir(path))) ?? []).sort()

async function unlessGone<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // ELOOP: a link took the place of the file.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined
    throw error
  }
}
