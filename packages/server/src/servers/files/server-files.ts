import { constants } from 'node:fs'
import { glob, lstat, mkdir, open, readdir, realpath, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { writeFileAtomic } from '../../kernel/write-file-atomic.ts'
import { assertNamespaceName } from '../../namespaces/namespace-name.ts'

export interface ServerFile {
  /** Relative to the folder, with forward slashes. */
  readonly name: string
  readonly bytes: number
  readonly changedAt: string
}

/**
 * The configuration files of servers: `DATA_DIR/servers/{namespace}/files`. A name never leads out of that folder: it is
 * checked letter by letter, and no folder on its way nor the file itself may be a link.
 * Every method @throws {ToolDockError} `invalid_params` for such a name, `not_found` for a file that is not there.
 */
export interface ServerFiles {
  /** Sorted by name; links are not shown. */
  list(namespace: string): Promise<readonly ServerFile[]>
  read(namespace: string, name: string): Promise<Buffer>
  /** The old file or the whole new one, whatever dies in between. @throws {ToolDockError} also `conflict`: SERVER_FILES_MAX */
  write(namespace: string, name: string, content: Uint8Array): Promise<ServerFile>
  remove(namespace: string, name: string): Promise<void>
  /** The folder itself, made when it is missing. */
  folder(namespace: string): Promise<string>
  /** Removes what writers that were killed left behind. Call once, before the first `write`. */
  cleanUp(): Promise<void>
}

export interface ServerFilesDeps {
  /** `DATA_DIR/servers`, absolute. */
  readonly serversDir: string
  readonly config: Pick<Config, 'serverFileBytesMax' | 'serverFilesMax'>
}

/** Printable and plain: no separator of another system, no drive, no name that hides or begins an option. */
const PART = /^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,99}$|^\.[A-Za-z0-9_][A-Za-z0-9._@+-]{0,98}$/
const PARTS_MAX = 8
const NAME_MAX = 255

/** Why a name cannot be a configuration file; undefined: it can. */
function fileNameFault(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (name.length > NAME_MAX) return `it is longer than ${NAME_MAX} characters`
  if (name.includes('\0')) return 'it holds a NUL character'
  if (name.startsWith('/')) return 'it is absolute'
  const parts = name.split('/')
  if (parts.length > PARTS_MAX) return `it has more than ${PARTS_MAX} folders`
  if (parts.some((part) => part === '.' || part === '..')) return 'it has a "." or ".."'
  if (!parts.every((part) => PART.test(part))) return 'it holds something other than letters, digits, ".", "_", "-", "@" and "+"'
  // Where an atomic write keeps what is not whole yet.
  if (name.endsWith('.tmp')) return 'it ends in ".tmp"'
  return undefined
}

export function createServerFiles({ serversDir, config }: ServerFilesDeps): ServerFiles {
  async function folder(namespace: string): Promise<string> {
    assertNamespaceName(namespace)
    const dir = join(serversDir, namespace, 'files')
    await mkdir(dir, { recursive: true, mode: 0o700 })
    if ((await realpath(dir)) !== join(await realpath(serversDir), namespace, 'files'))
      throw new ToolDockError('invalid_params', 'The folder of this server is a link; it is not used.')
    return dir
  }

  /** The path, when every folder that exists on it is a folder and the file, if it exists, is a file. */
  async function locate(namespace: string, name: string): Promise<{ path: string; bytes: number | undefined }> {
    const fault = fileNameFault(name)
    if (fault !== undefined) throw new ToolDockError('invalid_params', `This is not the name of a file: ${fault}.`)
    const parts = name.split('/')
    let path = await folder(namespace)
    for (const [index, part] of parts.entries()) {
      path = join(path, part)
      const found = await lstat(path).catch(nothingIfMissing)
      if (found === undefined) return { path: join(path, ...parts.slice(index + 1)), bytes: undefined }
      const isLast = index === parts.length - 1
      if (isLast && found.isFile()) return { path, bytes: found.size }
      if (isLast || !found.isDirectory())
        throw new ToolDockError(
          'invalid_params',
          `This is not the name of a file: "${parts.slice(0, index + 1).join('/')}" is a link, or no ${isLast ? 'file' : 'folder'}.`,
        )
    }
    return { path, bytes: undefined }
  }

  async function list(namespace: string): Promise<ServerFile[]> {
    const files: ServerFile[] = []
    const dir = await folder(namespace)
    const folders = ['']
    for (let inner = folders.pop(); inner !== undefined && files.length <= config.serverFilesMax; inner = folders.pop()) {
      for (const entry of await readdir(join(dir, inner), { withFileTypes: true })) {
        const name = inner === '' ? entry.name : `${inner}/${entry.name}`
        // What cannot be read here by its name is not shown either.
        if (fileNameFault(name) !== undefined) continue
        if (entry.isDirectory()) folders.push(name)
        if (!entry.isFile()) continue
        const found = await lstat(join(dir, name)).catch(nothingIfMissing)
        if (found !== undefined) files.push({ name, bytes: found.size, changedAt: found.mtime.toISOString() })
      }
    }
    return files.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, config.serverFilesMax)
  }

  return {
    folder,
    list,
    async cleanUp() {
      // Links are not followed by `glob`.
      for await (const path of glob(join(serversDir, '*/files/**/*.tmp'))) if (/\.[0-9a-f]{12}\.tmp$/.test(path)) await rm(path, { force: true })
    },
    async read(namespace, name) {
      const { path, bytes } = await locate(namespace, name)
      if (bytes === undefined) throw new ToolDockError('not_found', 'The server has no file of this name.')
      // Whoever puts a link there now gets an error, not another file.
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(nothingIfMissing)
      if (file === undefined) throw new ToolDockError('not_found', 'The server has no file of this name.')
      try {
        const found = await file.stat()
        if (!found.isFile()) throw new ToolDockError('invalid_params', 'This is not a file.')
        if (found.size > config.serverFileBytesMax)
          throw new ToolDockError('payload_too_large', `The file is larger than ${config.serverFileBytesMax} bytes (SERVER_FILE_BYTES_MAX).`)
        return await file.readFile()
      } finally {
        await file.close()
      }
    },
    async write(namespace, name, content) {
      if (content.byteLength > config.serverFileBytesMax)
        throw new ToolDockError('payload_too_large', `A file is at most ${config.serverFileBytesMax} bytes long (SERVER_FILE_BYTES_MAX).`)
      const { path, bytes } = await locate(namespace, name)
      if (bytes === undefined && (await list(namespace)).length >= config.serverFilesMax)
        throw new ToolDockError('conflict', `As many files as SERVER_FILES_MAX (${config.serverFilesMax}) are there.`)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await writeFileAtomic(path, content, 0o600)
      const found = await lstat(path)
      return { name, bytes: found.size, changedAt: found.mtime.toISOString() }
    },
    async remove(namespace, name) {
      const { path, bytes } = await locate(namespace, name)
      if (bytes === undefined) throw new ToolDockError('not_found', 'The server has no file of this name.')
      await rm(path)
    },
  }
}

function nothingIfMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ELOOP') throw new ToolDockError('invalid_params', 'This is not the name of a file: it is a link.')
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
}
