import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink, realpath, rm, stat, symlink } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import type { LoadProblem } from '@tooldock/worker/protocol'
import { errorCode, MODULES } from './folder.ts'
import { makeFolder, renameFolder, writeFrozenFile } from './frozen-files.ts'

/** Files copied at the same time: enough to keep a disk busy, few enough to leave descriptors for everyone else. */
const COPIES_AT_ONCE = 8

/** `node_modules` cannot be published; `problem` says why. */
export class DependenciesError extends Error {
  readonly problem: LoadProblem
  constructor(file: string, code: string, message: string) {
    super(message)
    this.problem = { file, code, message }
  }
}

/**
 * The id of what is installed in `dir/node_modules`: a hash of npm's own record of it or, without one, of every name,
 * size and time of change. Null when nothing is installed.
 */
export async function identifyDependencies(dir: string): Promise<string | null> {
  const modules = join(dir, MODULES)
  try {
    if (!(await stat(modules)).isDirectory()) return null
    return `deps-${createHash('sha256')
      .update(await installedRecord(modules))
      .digest('hex')
      .slice(0, 24)}`
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

async function installedRecord(modules: string): Promise<string> {
  try {
    return await readFile(join(modules, '.package-lock.json'), 'utf8')
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  const lines: string[] = []
  for await (const entry of walk(modules)) lines.push(`${entry.path}\0${entry.bytes}\0${entry.changedMs}`)
  return lines.sort().join('\n')
}

/**
 * Copies `dir/node_modules` to `target/node_modules`, once for all generations that use it. Links inside stay links.
 * @throws {DependenciesError} for more than `bytesMax` bytes, or a link that leaves `node_modules`
 */
export async function freezeDependencies(dir: string, target: string, bytesMax: number): Promise<void> {
  if ((await stat(target).catch(() => undefined)) !== undefined) return
  const modules = await realpath(join(dir, MODULES))
  const temporary = join(dirname(target), `.tmp-${target.slice(dirname(target).length + 1)}`)
  await rm(temporary, { recursive: true, force: true })
  try {
    await copyModules(modules, join(temporary, MODULES), bytesMax)
    await renameFolder(temporary, target)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

async function copyModules(modules: string, target: string, bytesMax: number): Promise<void> {
  await makeFolder(target)
  let bytes = 0
  let batch: Promise<void>[] = []
  for await (const entry of walk(modules)) {
    bytes += entry.bytes
    if (bytes > bytesMax) {
      await Promise.all(batch)
      throw new DependenciesError(MODULES, 'dependencies_too_large', `node_modules holds more than the ${bytesMax} bytes of DEPENDENCIES_BYTES_MAX.`)
    }
    const to = join(target, entry.path)
    if (entry.kind === 'folder') await makeFolder(to)
    else if (entry.kind === 'link') await copyLink(modules, entry.path, to)
    else batch.push(copyFile(join(modules, entry.path), to))
    if (batch.length >= COPIES_AT_ONCE) {
      await Promise.all(batch)
      batch = []
    }
  }
  await Promise.all(batch)
}

async function copyFile(from: string, to: string): Promise<void> {
  const { mode } = await stat(from)
  await writeFrozenFile(to, await readFile(from), (mode & 0o100) !== 0)
}

async function copyLink(modules: string, path: string, to: string): Promise<void> {
  const from = join(modules, path)
  const inside = (target: string): boolean => target === modules || target.startsWith(modules + sep)
  const target = await realpath(from).catch(() => undefined)
  // A package may ship a link that leads nowhere; nothing can be read through it.
  if (target === undefined) return
  if (!inside(target))
    throw new DependenciesError(
      `${MODULES}/${path.split(sep).join('/')}`,
      'link_leaves_folder',
      'The link leads out of node_modules; install the package instead of linking it.',
    )
  const written = await readlink(from)
  await symlink(isAbsolute(written) ? relative(dirname(from), target) : written, to)
}

interface Walked {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
  readonly bytes: number
  readonly changedMs: number
}

/** Everything below `root`, a folder before what it holds; sockets and the like are left out. */
async function* walk(root: string): AsyncGenerator<Walked> {
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of (await readdir(join(root, folder))).sort()) {
      const path = join(folder, name)
      const found = await lstat(join(root, path))
      const kind = found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : found.isFile() ? 'file' : undefined
      if (kind === undefined) continue
      if (kind === 'folder') folders.push(path)
      yield { path, kind, bytes: kind === 'file' ? found.size : 0, changedMs: found.mtimeMs }
    }
  }
}
