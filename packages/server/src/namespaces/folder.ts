import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Manifest } from '@tooldock/worker/manifest'
import type { LoadProblem } from '@tooldock/worker/protocol'
import type { Config } from '../config/settings.ts'
import { namespaceNameFault } from './namespace-name.ts'
import { MANIFEST_FILE, readManifest } from './read-manifest.ts'

export const MODULES = 'node_modules'
export const TSCONFIG = 'tsconfig.json'

export interface FolderFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string
  /** Where its bytes are; another path than `path` when it is a link to a file of the same folder. */
  readonly source: string
  /** Its bytes as they would be, in place of those on disk. */
  readonly content?: Buffer
}

/** What is laid over a folder as it is on disk. */
export interface FolderEdit {
  /** By path; null: not there. */
  readonly contents: ReadonlyMap<string, Buffer | null>
  /** The folder whose `node_modules` takes the place of the folder's own; missing: its own stays. */
  readonly modulesParent?: string
}

/** What `tools/{ns}` holds now, as it would be published. */
export interface Folder {
  readonly namespace: string
  /** Absolute and real. */
  readonly dir: string
  /** Where its `node_modules` is, when it has one. */
  readonly modulesParent: string
  /** Sorted by path; without dot files, `node_modules` and `tsconfig.json`. */
  readonly files: readonly FolderFile[]
  readonly filesHash: string
  readonly manifest: Manifest
  /** Anything here keeps the folder from being published. */
  readonly problems: readonly LoadProblem[]
  readonly warnings: readonly string[]
}

export type FolderLimits = Pick<Config, 'namespaceBytesMax' | 'namespaceFilesMax'>

/** Names of the folders in `toolsDir`, sorted, and the ones that cannot be namespaces with the reason. Files are not looked at. */
export async function listFolders(
  toolsDir: string,
): Promise<{ readonly names: readonly string[]; readonly ignored: readonly { readonly name: string; readonly reason: string }[] }> {
  const names: string[] = []
  const ignored: { name: string; reason: string }[] = []
  for (const entry of await readdir(toolsDir, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || !(await isDirectory(toolsDir, entry))) continue
    const reason = namespaceNameFault(entry.name)
    if (reason === undefined) names.push(entry.name)
    else ignored.push({ name: entry.name, reason })
  }
  return { names: names.sort(), ignored }
}

/** Reads and checks `toolsDir/{namespace}` (a checked name), as it would be with `edit`; undefined when there is no such folder. */
export async function readFolder(toolsDir: string, namespace: string, limits: FolderLimits, edit?: FolderEdit): Promise<Folder | undefined> {
  const dir = await realpath(join(toolsDir, namespace)).catch(nothingIfMissing)
  if (dir === undefined || !(await stat(dir)).isDirectory()) return undefined
  const read = await readFiles(dir, limits, edit)
  const { manifest, problems } = readManifest(read.manifestText)
  const python = read.files.filter((file) => file.path.endsWith('.py')).map((file) => file.path)
  return {
    namespace,
    dir,
    modulesParent: edit?.modulesParent ?? dir,
    files: read.files,
    filesHash: read.filesHash,
    manifest,
    problems: [...read.problems, ...problems],
    warnings:
      python.length === 0
        ? []
        : [`Python files are not served: ${python.slice(0, 10).join(', ')}${python.length > 10 ? ` and ${python.length - 10} more` : ''}.`],
  }
}

interface FilesRead {
  readonly files: readonly FolderFile[]
  readonly problems: readonly LoadProblem[]
  /** Empty when there are problems. */
  readonly filesHash: string
  readonly manifestText?: string
}

async function readFiles(dir: string, limits: FolderLimits, edit: FolderEdit | undefined): Promise<FilesRead> {
  try {
    const { files, problems, bytes } = withEdit(await collectFiles(dir, limits.namespaceFilesMax), dir, edit, limits.namespaceFilesMax)
    if (bytes > limits.namespaceBytesMax)
      problems.push({
        file: '.',
        code: 'folder_too_large',
        message: `The folder holds ${bytes} bytes; NAMESPACE_BYTES_MAX allows ${limits.namespaceBytesMax} (node_modules and dot files do not count).`,
      })
    // A folder beyond its bounds is not read: it is refused anyway.
    if (problems.length > 0) return { files, problems, filesHash: '' }
    const manifest = files.find((file) => file.path === MANIFEST_FILE)
    const filesHash = await hashFiles(files)
    return manifest === undefined ? { files, problems, filesHash } : { files, problems, filesHash, manifestText: (await contentOf(manifest)).toString() }
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    // No permission to read it, or an editor replaced it just now.
    return { files: [], problems: [{ file: '.', code: 'unreadable', message: `A file cannot be read: ${(error as Error).message}` }], filesHash: '' }
  }
}

/** The bytes of a file, as they are or would be. */
export async function contentOf({ source, content }: FolderFile): Promise<Buffer> {
  return content ?? readFile(source)
}

/** Hash over names and contents; the same files give the same hash wherever they lie. */
export async function hashFiles(files: readonly FolderFile[]): Promise<string> {
  const hash = createFilesHash()
  for (const file of files) hash.add(file.path, await contentOf(file))
  return hash.digest()
}

/** The hash of {@link hashFiles} for bytes already in hand, added in order of path. */
export function createFilesHash(): { add(path: string, content: Buffer): void; digest(): string } {
  const hash = createHash('sha256')
  return {
    add(path, content) {
      hash.update(`${path}\0${content.byteLength}\0`).update(content)
    },
    digest: () => hash.digest('hex'),
  }
}

interface Collected {
  readonly files: (FolderFile & { readonly bytes: number })[]
  readonly problems: LoadProblem[]
  readonly bytes: number
}

/** Every file below `dir` (a real path) that belongs to a generation. Stops at `filesMax`. */
export async function collectFiles(dir: string, filesMax: number): Promise<Collected> {
  const files: Collected['files'] = []
  const problems: LoadProblem[] = []
  let bytes = 0
  const folders = [dir]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const full = join(folder, entry.name)
      const path = relative(dir, full).split(sep).join('/')
      if (entry.name.startsWith('.') || entry.name === MODULES || path === TSCONFIG) continue
      if (entry.isDirectory()) {
        folders.push(full)
        continue
      }
      const file = await resolveFile(dir, path, full, entry)
      if ('code' in file) problems.push(file)
      else {
        files.push({ path, ...file })
        bytes += file.bytes
      }
      if (files.length + problems.length > filesMax) return { files: [], bytes, problems: [tooManyFiles(filesMax)] }
    }
  }
  files.sort(byPath)
  return { files, problems, bytes }
}

const tooManyFiles = (filesMax: number): LoadProblem => ({
  file: '.',
  code: 'too_many_files',
  message: `The folder holds more than ${filesMax} files (NAMESPACE_FILES_MAX; node_modules and dot files do not count).`,
})

const byPath = (a: FolderFile, b: FolderFile): number => (a.path < b.path ? -1 : 1)

function withEdit(collected: Collected, dir: string, edit: FolderEdit | undefined, filesMax: number): Collected {
  if (edit === undefined || collected.problems.length > 0) return collected
  const files = collected.files.filter(({ path }) => !edit.contents.has(path))
  for (const [path, content] of edit.contents) if (content !== null) files.push({ path, source: join(dir, path), content, bytes: content.byteLength })
  if (files.length > filesMax) return { files: [], bytes: 0, problems: [tooManyFiles(filesMax)] }
  return { files: files.sort(byPath), problems: [], bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** A regular file, or what is wrong with it. Links may lead to files of the same folder only. */
async function resolveFile(dir: string, path: string, full: string, entry: Dirent): Promise<{ source: string; bytes: number } | LoadProblem> {
  const source = entry.isSymbolicLink() ? await realpath(full).catch(nothingIfMissing) : full
  if (source === undefined) return { file: path, code: 'broken_link', message: 'The link leads nowhere.' }
  if (!source.startsWith(dir + sep))
    return { file: path, code: 'link_leaves_folder', message: 'The link leads out of the namespace folder; copy the file here instead.' }
  const found = await stat(source)
  if (!found.isFile())
    return {
      file: path,
      code: 'not_a_file',
      message: found.isDirectory() ? 'A link to a folder is not followed; only links to files are.' : 'This is neither a file nor a folder.',
    }
  return { source, bytes: found.size }
}

/** Gives editors the types of the authoring API. A file that exists is the user's; a folder mounted read-only stays as it is. */
export async function writeTsconfig(dir: string, content: string): Promise<void> {
  try {
    await writeFile(join(dir, TSCONFIG), content, { flag: 'wx' })
  } catch (error) {
    if (!['EEXIST', 'EROFS', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) throw error
  }
}

async function isDirectory(parent: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  return (await stat(join(parent, entry.name)).catch(nothingIfMissing))?.isDirectory() ?? false
}

function nothingIfMissing(error: unknown): undefined {
  const code = errorCode(error)
  if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ELOOP') throw error
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
