import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '@tooldock/worker/manifest'
import type { Logger } from 'pino'
import type { PublishingCatalog } from '../catalog/catalog.ts'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Store } from '../store/store.ts'
import type { EventBus } from '../telemetry/event-bus.ts'
import { boot, tidyLogged } from './boot.ts'
import type { FileHistory } from './files/file-history.ts'
import { type Folder, listFolders, readFolder } from './folder.ts'
import { createGenerations, type Generations } from './generations.ts'
import { makeFilled } from './make-folder.ts'
import { assertNamespaceName } from './namespace-name.ts'
import { type CreateUpstream, type NamespaceEntry, NamespaceRegistry } from './namespace-registry.ts'
import type {
  Activity,
  FolderChange,
  GenerationSummary,
  NamespaceService,
  NamespaceStatus,
  ReloadFailure,
  ReloadReport,
  RemovalReport,
} from './namespace-service.types.ts'
import { requestedPermissions, statusOf } from './namespace-status.ts'
import { noFolder, Publisher } from './publisher.ts'
import { problemsOf } from './reload-failed.ts'
import { createWatcher, type Watcher } from './watcher.ts'

/** Folders that are read side by side: enough to keep a disk busy, few enough to leave descriptors for everyone else. */
const LOOKS_AT_ONCE = 16

export interface NamespacesDeps {
  readonly config: Pick<
    Config,
    | 'acceptPermissions'
    | 'changesPendingMax'
    | 'changeWaitSeconds'
    | 'dependenciesBytesMax'
    | 'generationsKept'
    | 'loadsAtOnceMax'
    | 'namespaceBytesMax'
    | 'namespaceFilesMax'
    | 'watch'
    | 'watchDebounceMs'
  >
  /** DATA_DIR, absolute and real. */
  readonly dataDir: string
  readonly store: Pick<Store, 'namespaces' | 'generations' | 'files'>
  /** Keeps what was changed in a folder itself. */
  readonly history: Pick<FileHistory, 'noteCreation' | 'noteDisk'>
  readonly events: Pick<EventBus, 'publish'>
  readonly catalog: PublishingCatalog
  readonly createUpstream: CreateUpstream
  readonly runtimeKey: () => Promise<string>
  /** Content of the `tsconfig.json` written into a folder without one. */
  readonly tsconfig: string
  /** Namespaces that a first start copies into an empty tools directory. */
  readonly examplesDir?: string
  readonly log: Logger
}

/** The native namespaces: folders of tools, their published generations, and everything that may change them. */
export function createNamespaces(deps: NamespacesDeps): NamespaceService {
  return new Namespaces(deps)
}

class Namespaces implements NamespaceService {
  readonly catalog: PublishingCatalog
  readonly #deps: NamespacesDeps
  readonly #toolsDir: string
  readonly #registry: NamespaceRegistry
  readonly #publisher: Publisher
  readonly #generations: Generations
  #loaded = false
  #settled: Promise<void> = Promise.resolve()
  #watcher: Watcher | undefined

  constructor(deps: NamespacesDeps) {
    const { config, dataDir, store, log } = deps
    this.#deps = deps
    this.catalog = deps.catalog
    this.#toolsDir = join(dataDir, 'tools')
    this.#generations = createGenerations(join(dataDir, 'generations'), config)
    this.#registry = new NamespaceRegistry({
      catalog: deps.catalog,
      createUpstream: deps.createUpstream,
      changesPendingMax: config.changesPendingMax,
      changeWaitMs: config.changeWaitSeconds * 1000,
      events: deps.events,
      log,
      onDrained: (entry) => void tidyLogged({ registry: this.#registry, publisher: this.#publisher, log }, entry),
    })
    this.#publisher = new Publisher({
      toolsDir: this.#toolsDir,
      stateDir: join(dataDir, 'state'),
      limits: config,
      generationsKept: config.generationsKept,
      acceptPermissions: config.acceptPermissions,
      store,
      generations: this.#generations,
      registry: this.#registry,
      runtimeKey: deps.runtimeKey,
      tsconfig: deps.tsconfig,
      events: deps.events,
      onFolderPublished: deps.history.noteDisk,
      log,
    })
  }

  get loaded(): boolean {
    return this.#loaded
  }

  get settled(): Promise<void> {
    return this.#settled
  }

  async start(): Promise<void> {
    const { config, store, examplesDir, log } = this.#deps
    await mkdir(this.#toolsDir, { recursive: true })
    const background = await boot({
      toolsDir: this.#toolsDir,
      ...(examplesDir === undefined ? {} : { examplesDir }),
      loadsAtOnceMax: config.loadsAtOnceMax,
      registry: this.#registry,
      publisher: this.#publisher,
      generations: this.#generations,
      store,
      log,
    })
    this.#settled = background(() => {
      this.#loaded = true
    })
    if (config.watch)
      this.#watcher = createWatcher({ toolsDir: this.#toolsDir, debounceMs: config.watchDebounceMs, reload: (name) => this.#reloadLogged(name), log })
  }

  list(): readonly NamespaceStatus[] {
    return this.#registry
      .entries()
      .filter((entry) => entry.published !== undefined || entry.folder.kind !== 'missing')
      .map((entry) => this.#statusOf(entry))
  }

  get activity(): Activity {
    return this.#registry.activity
  }

  holdGenerations(): () => void {
    return this.#generations.hold()
  }

  async refresh(namespace?: string): Promise<void> {
    const { names } = await listFolders(this.#toolsDir)
    const isMeant = (name: string): boolean => namespace === undefined || name === namespace
    for (const name of names.filter(isMeant)) this.#registry.ensure(name)
    const waiting = this.#registry.entries().filter(({ name }) => isMeant(name))
    const work = async (): Promise<void> => {
      for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) await this.#publisher.look(entry)
    }
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, work))
  }

  async reload(namespace: string, { dryRun = false, generation }: { readonly dryRun?: boolean; readonly generation?: string } = {}): Promise<ReloadReport> {
    const entry = await this.#known(namespace)
    return this.#registry.change(entry, () =>
      generation === undefined ? this.#publisher.publishFolder(entry, dryRun) : this.#publisher.restore(entry, generation, dryRun),
    )
  }

  async reloadAll({ dryRun = false }: { readonly dryRun?: boolean } = {}): Promise<readonly (ReloadReport | ReloadFailure)[]> {
    const { names } = await listFolders(this.#toolsDir)
    const published = [...this.catalog.current.namespaces.values()].filter(({ kind }) => kind === 'native').map(({ name }) => name)
    const waiting = [...new Set([...names, ...published])].sort()
    const results = new Map<string, ReloadReport | ReloadFailure>()
    const work = async (): Promise<void> => {
      for (let namespace = waiting.shift(); namespace !== undefined; namespace = waiting.shift()) {
        results.set(namespace, await this.reload(namespace, { dryRun }).catch((error: unknown) => toFailure(namespace, error)))
      }
    }
    await Promise.all(Array.from({ length: this.#deps.config.loadsAtOnceMax }, work))
    return [...results.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : 1))
  }

  async acceptPermissions(namespace: string, permissions: readonly string[]): Promise<NamespaceStatus> {
    const entry = await this.#known(namespace)
    return this.#registry.change(entry, async () => {
      await this.#publisher.look(entry)
      const requested = requestedPermissions(entry)
      const unknown = permissions.filter((permission) => !requested.includes(permission))
      if (unknown.length > 0)
        throw new ToolDockError(
          'invalid_params',
          `"${namespace}" does not request ${unknown.map((permission) => `"${permission}"`).join(', ')} in its tooldock.json.`,
          { requested },
        )
      await this.#publisher.acceptPermissions(entry, [...new Set(permissions)].sort())
      return this.#statusOf(entry)
    })
  }

  manifest(namespace: string): Manifest | undefined {
    const folder = this.#registry.find(namespace)?.folder
    return folder?.kind === 'read' ? folder.manifest : undefined
  }

  async create(namespace: string, files: ReadonlyMap<string, Buffer>, by: string): Promise<ReloadReport> {
    assertNamespaceName(namespace)
    const taken = (): ToolDockError => new ToolDockError('conflict', `There is a namespace "${namespace}" already.`)
    if (this.#registry.isTaken(namespace)) throw taken()
    const dir = join(this.#toolsDir, namespace)
    const entry = this.#registry.ensure(namespace)
    return this.#registry.change(entry, async () => {
      if (!(await makeFilled(dir, files))) throw taken()
      try {
        const report = await this.#publisher.publishFolder(entry, false)
        await this.#deps.history.noteCreation(namespace, files, by)
        return report
      } catch (error) {
        await this.#delete(entry)
        throw error
      }
    })
  }

  async folder(namespace: string): Promise<{ readonly folder: Folder; readonly publishedDir: string | undefined }> {
    const entry = await this.#known(namespace)
    const folder = await readFolder(this.#toolsDir, namespace, this.#deps.config)
    if (folder === undefined) throw noFolder(namespace)
    return { folder, publishedDir: entry.published?.generation.dir }
  }

  async change<T>(namespace: string, work: (change: FolderChange) => Promise<T>): Promise<T> {
    const entry = await this.#known(namespace)
    return this.#registry.change(entry, async () => {
      const folder = await this.#publisher.look(entry)
      if (folder === undefined) throw noFolder(namespace)
      return work({
        folder,
        publish: (edit, { dryRun = false, signal } = {}) => this.#publisher.publishEdit(entry, edit, { dryRun, ...(signal && { signal }) }),
      })
    })
  }

  async generations(namespace: string): Promise<readonly GenerationSummary[]> {
    const entry = await this.#known(namespace)
    const records = await this.#deps.store.generations.list(namespace)
    return records.map(({ id, createdAt, catalogue }) => ({
      id,
      createdAt,
      published: entry.published?.record.id === id,
      tools: catalogue.tools.length,
      resources: catalogue.resources.length + catalogue.resourceTemplates.length,
      prompts: catalogue.prompts.length,
    }))
  }

  async remove(namespace: string, { force = false }: { readonly force?: boolean } = {}): Promise<RemovalReport> {
    const entry = await this.#known(namespace)
    return this.#registry.change(entry, async () => {
      const folder = await this.#publisher.look(entry)
      const { tools, resources, prompts } = this.#statusOf(entry)
      const lost: RemovalReport = {
        namespace,
        tools,
        resources,
        prompts,
        files: folder?.files.length ?? 0,
        drafts: (await this.#deps.store.files.drafts(namespace)).length,
        generations: (await this.#deps.store.generations.list(namespace)).length,
      }
      if (!force && lost.tools + lost.resources + lost.prompts + lost.files + lost.drafts > 0)
        throw new ToolDockError(
          'conflict',
          `"${namespace}" is not empty: its folder, generations and saved state would be lost. Repeat with force=true to delete them.`,
          lost,
        )
      await this.#delete(entry)
      return lost
    })
  }

  async close(graceMs: number): Promise<void> {
    const watching = this.#watcher?.close()
    await this.#registry.close(graceMs)
    await watching
    await this.#settled
  }

  /** The folder goes first, under a name that is no namespace, so that a crash in between never publishes it anew. */
  async #delete(entry: NamespaceEntry): Promise<void> {
    const dir = join(this.#toolsDir, entry.name)
    const doomed = join(this.#toolsDir, `.removed-${entry.name}`)
    await rm(doomed, { recursive: true, force: true })
    const present = entry.folder.kind !== 'missing'
    if (present) await rename(dir, doomed)
    entry.folder = { kind: 'missing' }
    try {
      await this.#publisher.withdraw(entry)
    } catch (error) {
      if (present) await rename(doomed, dir)
      throw error
    }
    await rm(doomed, { recursive: true, force: true })
    await rm(join(this.#deps.dataDir, 'state', entry.name), { recursive: true, force: true })
  }

  /** @throws {ToolDockError} `invalid_params` for what is no name, `namespace_not_found` for what is neither published nor a folder */
  async #known(name: string): Promise<NamespaceEntry> {
    assertNamespaceName(name)
    const known = this.#registry.find(name)
    if (known?.published !== undefined || (await isFolder(join(this.#toolsDir, name)))) return this.#registry.ensure(name)
    throw new ToolDockError('namespace_not_found', `There is no namespace "${name}".`, { namespaces: [...this.catalog.current.namespaces.keys()] })
  }

  async #reloadLogged(namespace: string): Promise<void> {
    const { log } = this.#deps
    try {
      const report = await this.reload(namespace)
      if (report.changed) log.info({ namespace, generation: report.generation, warnings: report.warnings }, `Reloaded "${namespace}"`)
    } catch (error) {
      if (error instanceof ToolDockError) log.warn({ namespace, details: error.details }, error.message)
      else log.error({ namespace, err: error }, `Reloading "${namespace}" failed`)
    }
  }

  #statusOf(entry: NamespaceEntry): NamespaceStatus {
    return statusOf(entry, this.#deps.config)
  }
}

function toFailure(namespace: string, error: unknown): ReloadFailure {
  if (!(error instanceof ToolDockError)) throw error
  return { namespace, problems: error.code === 'reload_failed' ? problemsOf(error) : [], message: error.message }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    // Whatever keeps it from being looked at, it cannot be served.
    return false
  }
}
