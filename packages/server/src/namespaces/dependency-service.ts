import { randomBytes } from 'node:crypto'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { PREPARED } from './apply-edit.ts'
import type { DependencyChange, DependencyService, InstalledPackage, NpmProjects } from './dependency-service.types.ts'
import { etagOf } from './files/etag.ts'
import type { FileChange, FileHistory } from './files/file-history.ts'
import { errorCode, MODULES } from './folder.ts'
import type { FolderChange, NamespaceService, ReloadReport } from './namespace-service.types.ts'
import { assertFromRegistry, installedVersions, LOCK_FILE, PACKAGE_FILE, type PackageJson, parsePackageJson } from './package-json.ts'
import { readPackageTypes } from './package-types.ts'

export interface DependencyServiceDeps {
  readonly config: Pick<Config, 'allowInstallScripts' | 'fileBytesMax' | 'packageTypesBytesMax'>
  readonly namespaces: Pick<NamespaceService, 'change' | 'folder'>
  readonly history: Pick<FileHistory, 'record'>
  readonly npm: NpmProjects
  readonly log: Pick<Logger, 'error' | 'info'>
}

const EMPTY_PACKAGE = '{\n  "private": true\n}\n'

/** What an installation begins with. */
interface Project {
  readonly packageJson: string | undefined
  readonly lockFile: string | undefined
}

export function createDependencyService({ config, namespaces, history, npm, log }: DependencyServiceDeps): DependencyService {
  async function assertAllowed(namespace: string, change: DependencyChange, installScripts: boolean): Promise<void> {
    if (installScripts && !config.allowInstallScripts)
      throw new ToolDockError('forbidden', 'Install scripts run outside of the sandbox: an administrator must set ALLOW_INSTALL_SCRIPTS=true first.')
    const { folder } = await namespaces.folder(namespace)
    const project = await readProject(folder.dir)
    if (change.kind === 'replace') {
      if (Buffer.byteLength(change.packageJson) > config.fileBytesMax)
        throw new ToolDockError('payload_too_large', `${PACKAGE_FILE} is larger than ${config.fileBytesMax} bytes (FILE_BYTES_MAX).`)
      assertRead(project, change)
      return assertFromRegistry(change.packageJson, project.lockFile)
    }
    const isFine = change.kind === 'install' ? npm.isPackage : npm.isPackageName
    const odd = change.packages.find((spec) => !isFine(spec))
    if (odd !== undefined)
      throw new ToolDockError(
        'invalid_params',
        `"${odd.slice(0, 80)}" is not a package of the registry: write ${change.kind === 'install' ? 'name or name@version' : 'its name'}.`,
      )
    assertFromRegistry(project.packageJson ?? EMPTY_PACKAGE, project.lockFile)
  }

  /** In the queue of the namespace, with everything installed in `prepared`. */
  async function publish(
    { folder, publish: publishEdit }: FolderChange,
    prepared: string,
    began: Project,
    by: string,
    signal: AbortSignal,
  ): Promise<ReloadReport> {
    const present = await readProject(folder.dir)
    if (present.packageJson !== began.packageJson || present.lockFile !== began.lockFile)
      throw new ToolDockError('conflict', `${PACKAGE_FILE} or ${LOCK_FILE} was changed while packages were installed; nothing was changed. Install again.`)
    const installed = await readProject(prepared)
    const contents = new Map<string, Buffer | null>([
      [PACKAGE_FILE, toBuffer(installed.packageJson)],
      [LOCK_FILE, toBuffer(installed.lockFile)],
    ])
    const report = await publishEdit({ contents, modulesParent: prepared }, { signal })
    const changes: FileChange[] = [...contents]
      .filter(([path, content]) => (content?.toString() ?? undefined) !== (path === PACKAGE_FILE ? began.packageJson : began.lockFile))
      .map(([path, content]) => ({ path, by, action: content === null ? 'delete' : 'write', content }))
    const before = new Map(
      [[PACKAGE_FILE, began.packageJson] as const, [LOCK_FILE, began.lockFile] as const].flatMap(([path, text]) =>
        text === undefined || !changes.some((change) => change.path === path) ? [] : [[path, Buffer.from(text)]],
      ),
    )
    await history
      .record(folder.namespace, changes, before)
      .catch((error: unknown) => log.error({ namespace: folder.namespace, err: error }, 'An installation was published but could not be added to the history'))
    return report
  }

  return {
    async read(namespace) {
      const { folder } = await namespaces.folder(namespace)
      const { packageJson, lockFile } = await readProject(folder.dir)
      const record = await readText(join(folder.dir, MODULES, '.package-lock.json'))
      return {
        packageJson: packageJson ?? null,
        etag: packageJson === undefined ? null : etagOf(Buffer.from(packageJson)),
        installed: listInstalled(wantedOf(packageJson), record === undefined ? new Map() : installedVersions(record)),
        lockFile: lockFile !== undefined,
      }
    },
    async types(namespace) {
      const { folder } = await namespaces.folder(namespace)
      const { packageJson } = await readProject(folder.dir)
      return readPackageTypes(folder.dir, Object.keys(wantedOf(packageJson)), config.packageTypesBytesMax)
    },
    check: assertAllowed,
    async install(namespace, { change, installScripts, by, signal, onLine }) {
      await assertAllowed(namespace, change, installScripts)
      const { folder } = await namespaces.folder(namespace)
      const began = await readProject(folder.dir)
      const prepared = join(folder.dir, `${PREPARED}${randomBytes(6).toString('hex')}`)
      return npm.change(prepared, {
        ...(change.kind === 'install' && { add: change.packages }),
        ...(change.kind === 'uninstall' && { remove: change.packages }),
        installScripts,
        signal,
        onLine,
        async prepare() {
          const packageJson = change.kind === 'replace' ? change.packageJson : (began.packageJson ?? EMPTY_PACKAGE)
          await writeFile(join(prepared, PACKAGE_FILE), packageJson)
          if (began.lockFile !== undefined) await writeFile(join(prepared, LOCK_FILE), began.lockFile)
          // What is there need not be fetched again; a new package.json begins from nothing.
          if (change.kind !== 'replace') await copyModules(folder.dir, prepared)
        },
        async use() {
          onLine('Loading the namespace with what was installed')
          const report = await namespaces.change(namespace, (work) => publish(work, prepared, began, by, signal))
          log.info({ namespace, generation: report.generation }, `Installed packages for "${namespace}"`)
          return report
        },
      })
    },
  }
}

function assertRead({ packageJson }: Project, { etags }: Extract<DependencyChange, { kind: 'replace' }>): void {
  if (etags === undefined) return
  const etag = packageJson === undefined ? null : etagOf(Buffer.from(packageJson))
  if (etag !== null && (etags === '*' || etags.includes(etag))) return
  throw new ToolDockError('precondition_failed', `${PACKAGE_FILE} was changed since it was read: read it again.`, { path: PACKAGE_FILE, etag })
}

function listInstalled(wanted: Readonly<Record<string, string>>, versions: ReadonlyMap<string, string>): readonly InstalledPackage[] {
  return [...new Set([...Object.keys(wanted), ...versions.keys()])]
    .map((name) => ({ name, version: versions.get(name) ?? null, wanted: wanted[name] ?? null, direct: name in wanted }))
    .sort((a, b) => Number(b.direct) - Number(a.direct) || (a.name < b.name ? -1 : 1))
}

/** What the tools ask for; a file that cannot be read asks for nothing. */
function wantedOf(packageJson: string | undefined): Readonly<Record<string, string>> {
  if (packageJson === undefined) return {}
  try {
    const { dependencies, optionalDependencies }: PackageJson = parsePackageJson(packageJson)
    return { ...optionalDependencies, ...dependencies }
  } catch {
    // The editor shows the text, and whoever installs is told what is wrong with it.
    return {}
  }
}

async function readProject(dir: string): Promise<Project> {
  return { packageJson: await readText(join(dir, PACKAGE_FILE)), lockFile: await readText(join(dir, LOCK_FILE)) }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function copyModules(from: string, to: string): Promise<void> {
  try {
    await cp(join(from, MODULES), join(to, MODULES), { recursive: true, verbatimSymlinks: true })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

const toBuffer = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text))
