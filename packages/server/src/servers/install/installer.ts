import { randomBytes } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Logger } from 'pino'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { BoundedQueue } from '../../kernel/bounded-queue.ts'
import { assertNamespaceName, isNamespaceName } from '../../namespaces/namespace-name.ts'
import type { Processes } from '../../process/processes.ts'
import type { Programs } from '../safety/programs.ts'
import type { Installed, ServerConfig, ServerSource } from '../server.types.ts'
import { folderBytes } from './folder-size.ts'
import { installGit, newestGitCommit } from './git.ts'
import type { InstallConfig, InstallContext, InstalledProgram } from './install-context.ts'
import { installFailed } from './install-error.ts'
import { createInstallScrub, inInstallFolder } from './install-folder.ts'
import { installNpm, newestNpmVersion } from './npm.ts'
import { createProgressLines, type ProgressLines } from './progress-lines.ts'
import { installPypi, newestPypiVersion } from './pypi.ts'

/** Kinds that have something to install. */
export type InstallableSource = Extract<ServerSource, { kind: 'npm' | 'pypi' | 'git' }>
export type Installable = Pick<ServerConfig, 'namespace'> & { readonly source: InstallableSource }

/** One installation, under way or done; it goes on when nobody looks. */
export interface InstallJob {
  readonly namespace: string
  readonly startedAt: string
  /** The newest lines of progress; no secret is in them. */
  readonly lines: readonly string[]
  /** @throws {ToolDockError} `install_failed` in words for the user, or `cancelled` */
  readonly done: Promise<Installed>
  /** Ends every process of it and removes what it wrote; resolves when that is so. */
  cancel(): Promise<void>
}

export interface UpgradePlan {
  readonly from: string
  readonly to: string
  /** Install this to upgrade. */
  readonly source: InstallableSource
}

export interface Installer {
  /**
   * Installs into a new folder beside those that exist; what runs is not touched.
   * @throws {ToolDockError} `conflict`: one is under way for this namespace, or too many wait; `shutting_down`
   */
  start(server: Installable, onLine?: (line: string) => void): InstallJob
  /** What is under way. */
  find(namespace: string): InstallJob | undefined
  /** Asks for the newest version and installs nothing. @throws {ToolDockError} as `start` and `InstallJob.done` */
  planUpgrade(server: Installable, installed: Pick<Installed, 'version'>): Promise<UpgradePlan>
  /** Removes the packages of a namespace but these. */
  keepOnly(namespace: string, kept: readonly Pick<Installed, 'dir'>[]): Promise<void>
  /** Removes what an installation that was killed left behind. Call once, before the first `start`. */
  cleanUp(): Promise<void>
  /** Cancels everything. */
  close(): Promise<void>
}

export interface InstallerDeps {
  /** `DATA_DIR/servers`, absolute. */
  readonly serversDir: string
  readonly processes: Pick<Processes, 'spawn'>
  readonly programs: Programs
  readonly config: InstallConfig
  /** Hides every known secret in a line. */
  readonly scrub: (text: string) => string
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/** The longest a timer can be. */
const TIMER_MS_MAX = 2 ** 31 - 1
const TEMPORARY = 'package.tmp-'
const PACKAGE = 'package-'
/** Not a namespace: its name begins with a dot. */
export const PYTHONS = '.pythons'

export function createInstaller(deps: InstallerDeps): Installer {
  const { serversDir, processes, programs, config, log } = deps
  const jobs = new Map<string, InstallJob>()
  const queue = new BoundedQueue({
    concurrency: config.installsAtOnceMax,
    pendingMax: config.installsPendingMax,
    // Each of those before has its own deadline.
    waitMs: TIMER_MS_MAX,
    refusal: (reason) =>
      reason === 'closed'
        ? new ToolDockError('shutting_down', 'ToolDock is stopping.')
        : new ToolDockError('conflict', 'As many installations as INSTALLS_PENDING_MAX already wait.'),
  })
  const scrub = createInstallScrub(config, deps.scrub)

  /** Runs `work` in a new folder; it is gone afterwards unless `work` moved it. */
  const inFolder = <T>(namespace: string, cancelled: AbortSignal, progress: ProgressLines, work: (context: InstallContext) => Promise<T>): Promise<T> => {
    const dir = join(serversDir, namespace, `${TEMPORARY}${randomBytes(6).toString('hex')}`)
    return inInstallFolder({ processes, programs, config, pythonsDir: join(serversDir, PYTHONS) }, dir, cancelled, progress, work)
  }

  /** One at a time for a namespace; `done` never stays unhandled. */
  function startJob<T>(
    namespace: string,
    onLine: (line: string) => void,
    work: (context: InstallContext, signal: AbortSignal) => Promise<T>,
  ): InstallJob & { readonly result: Promise<T> } {
    assertNamespaceName(namespace)
    if (jobs.has(namespace)) throw new ToolDockError('conflict', `An installation for "${namespace}" is under way.`)
    const cancelling = new AbortController()
    const progress = createProgressLines(scrub, onLine)
    const { signal } = cancelling
    let isWaiting = true
    const turn = queue.run(() => {
      isWaiting = false
      return inFolder(namespace, signal, progress, (context) => work(context, signal))
    })
    // What still waits for its turn is cancelled at once; when its turn comes it does nothing.
    const cancelledEarly = new Promise<never>((_, reject) => signal.addEventListener('abort', () => isWaiting && reject(signal.reason), { once: true }))
    const result = Promise.race([turn, cancelledEarly])
      .catch((error: unknown) => {
        throw explain(error, signal)
      })
      .finally(() => jobs.delete(namespace))
    // Whoever starts it may look at it later, or never.
    result.catch(() => {})
    const job = {
      namespace,
      startedAt: new Date().toISOString(),
      lines: progress.lines,
      result,
      done: result as Promise<never>,
      async cancel() {
        cancelling.abort(new ToolDockError('cancelled', 'The installation was cancelled.'))
        await result.then(
          () => {},
          () => {},
        )
      },
    }
    jobs.set(namespace, job)
    return job
  }

  /** The new folder appears under its name with everything in it, or not at all. */
  async function putInPlace(namespace: string, context: InstallContext, program: InstalledProgram, signal: AbortSignal): Promise<Installed> {
    await rm(context.homeDir, { recursive: true, force: true, maxRetries: 5 })
    if ((await folderBytes(context.dir, config.installBytesMax)) > config.installBytesMax)
      throw installFailed(`The installation is larger than ${config.installBytesMax} bytes (INSTALL_BYTES_MAX).`)
    signal.throwIfAborted()
    const dir = join(serversDir, namespace, `${PACKAGE}${basename(context.dir).slice(TEMPORARY.length)}`)
    await rename(context.dir, dir)
    const installed = { version: program.version, ...program.locate(dir), dir, installedAt: new Date().toISOString() }
    log.info({ namespace, version: installed.version }, `Installed ${installed.version} for "${namespace}"`)
    return installed
  }

  return {
    start({ namespace, source }, onLine = () => {}) {
      return startJob<Installed>(namespace, onLine, async (context, signal) => putInPlace(namespace, context, await install(context, source), signal))
    },
    find: (namespace) => jobs.get(namespace),
    async planUpgrade({ namespace, source }, installed) {
      const { result } = startJob(
        namespace,
        () => {},
        (context) => newest(context, source),
      )
      const to = await result
      return { from: installed.version, to, source: source.kind === 'git' ? { ...source, ref: to } : { ...source, version: to } }
    },
    async keepOnly(namespace, kept) {
      assertNamespaceName(namespace)
      const names = new Set(kept.map(({ dir }) => basename(dir)))
      for (const name of await namesIn(join(serversDir, namespace)))
        if (name.startsWith(PACKAGE) && !names.has(name)) await rm(join(serversDir, namespace, name), { recursive: true, force: true, maxRetries: 5 })
    },
    async cleanUp() {
      for (const namespace of await namesIn(serversDir)) {
        if (!isNamespaceName(namespace)) continue
        for (const name of await namesIn(join(serversDir, namespace))) {
          if (!name.startsWith(TEMPORARY)) continue
          await rm(join(serversDir, namespace, name), { recursive: true, force: true, maxRetries: 5 })
          log.warn({ namespace }, `Removed an installation for "${namespace}" that had not finished`)
        }
      }
    },
    async close() {
      const closing = queue.close()
      await Promise.all([...jobs.values()].map((job) => job.cancel()))
      await closing
    },
  }
}

function install(context: InstallContext, source: InstallableSource): Promise<InstalledProgram> {
  if (source.kind === 'npm') return installNpm(context, source)
  return source.kind === 'pypi' ? installPypi(context, source) : installGit(context, source)
}

function newest(context: InstallContext, source: InstallableSource): Promise<string> {
  if (source.kind === 'npm') return newestNpmVersion(context, source)
  return source.kind === 'pypi' ? newestPypiVersion(context, source) : newestGitCommit(context, source)
}

/** Whoever cancels reads so, whatever failed first because of it. */
function explain(error: unknown, cancelled: AbortSignal): unknown {
  if (cancelled.aborted) return cancelled.reason
  if (error instanceof ToolDockError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return installFailed('The disk is full.')
  return error
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}
