import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalogue } from '@tooldock/worker/protocol'
import type { Logger } from 'pino'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { EMPTY_CATALOGUE } from '../namespaces/catalogue-diff.ts'
import { assertNamespaceName } from '../namespaces/namespace-name.ts'
import type { ServerStore } from '../store/store.ts'
import { messageOf } from './connection-pool.ts'
import type { ServerFiles } from './files/server-files.ts'
import type { Installer } from './install/installer.ts'
import type { ManagedServer } from './managed-server.ts'
import { patchConfig } from './patch-config.ts'
import type { Assessor } from './safety/assess.ts'
import type { Secrets } from './secrets/secrets.ts'
import type { ServerConfig } from './server.types.ts'
import { changeServer, install, isInstallable, tidyInstallations, type WantedChange } from './server-change.ts'
import type { ServerRegistry } from './server-registry.ts'
import type { CreateServer, ServerEvent, ServerPatch, ServerService, ServerStatus } from './server-service.types.ts'
import { statusOf } from './server-status.ts'

export interface ServersDeps {
  readonly config: Pick<Config, 'serversMax' | 'restartPolicy'>
  /** `DATA_DIR/servers`, absolute. */
  readonly serversDir: string
  readonly store: ServerStore
  readonly registry: ServerRegistry
  readonly installer: Installer
  readonly assessor: Pick<Assessor, 'assertAllowed'>
  readonly secrets: Pick<Secrets, 'removeNamespace'>
  readonly files: Pick<ServerFiles, 'cleanUp'>
  /** Does a folder of tools or a bundle have this name? */
  readonly isTaken: (namespace: string) => Promise<boolean>
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

export function createServers(deps: ServersDeps): ServerService {
  return new Servers(deps)
}

/** What persons ask of external servers. Each request stores what it decides and returns; the work goes on without them. */
class Servers implements ServerService {
  readonly #deps: ServersDeps
  readonly #registry: ServerRegistry
  /** Installations and changes under way. */
  readonly #jobs = new Set<Promise<void>>()
  #isClosing = false

  constructor(deps: ServersDeps) {
    this.#deps = deps
    this.#registry = deps.registry
  }

  get loaded(): boolean {
    return this.#registry.loaded
  }

  async start(): Promise<void> {
    const { installer, files, log } = this.#deps
    await Promise.all([installer.cleanUp(), files.cleanUp()])
    await this.#registry.restore()
    for (const server of this.#registry.all()) {
      const { config, installed } = server.supervisor.version
      this.#inBackground(server, () => tidyInstallations(server, this.#deps))
      if (!config.autoStart) continue
      if (isInstallable(config.source) && installed === undefined) this.#installAndStart(server)
      else server.supervisor.apply({ type: 'start', by: 'boot' })
    }
    await this.#removeLeftovers().catch((error: unknown) =>
      log.warn({ err: error }, 'folders of removed servers could not be deleted; the next start tries again'),
    )
  }

  has(namespace: string): boolean {
    return this.#registry.find(namespace) !== undefined
  }

  list(): readonly ServerStatus[] {
    return this.#registry.all().map(statusOf)
  }

  get(namespace: string): ServerStatus {
    return statusOf(this.#known(namespace))
  }

  catalogue(namespace: string): Catalogue {
    return this.#known(namespace).supervisor.listing?.catalogue ?? EMPTY_CATALOGUE
  }

  async create({ config: given, override }: CreateServer): Promise<ServerStatus> {
    const { config: settings, store } = this.#deps
    if (this.#isClosing) throw shuttingDown()
    const { namespace } = given
    assertServerName(namespace)
    const config: ServerConfig = { ...given, restart: given.restart ?? settings.restartPolicy, ...overrideOf(override) }
    await this.#deps.assessor.assertAllowed(config)
    if (this.has(namespace) || (await this.#deps.isTaken(namespace))) throw taken(namespace)
    // Whoever adds the row has the name: two requests at once cannot both.
    if (!(await store.add(namespace, config, settings.serversMax)))
      throw (await store.list()).some((row) => row.namespace === namespace)
        ? taken(namespace)
        : new ToolDockError('conflict', `As many servers as SERVERS_MAX (${settings.serversMax}) are kept: remove one first.`)
    const server = this.#registry.add(config, new Date().toISOString())
    if (isInstallable(config.source)) this.#installAndStart(server)
    else if (config.autoStart) server.supervisor.apply({ type: 'start', by: 'person' })
    return statusOf(server)
  }

  update(namespace: string, patch: ServerPatch): Promise<ServerStatus> {
    return this.#request(namespace, async (server) => {
      const before = server.supervisor.version
      const config = { ...patchConfig(before.config, patch), ...overrideOf(patch.override ?? undefined) }
      await this.#deps.assessor.assertAllowed(config)
      if (needsProcess(before.config, config)) {
        this.#assertUnchanging(server)
        this.#change(server, { kind: 'update', dryRun: false, config })
        return
      }
      await this.#deps.store.setConfig(namespace, config)
      server.supervisor.configure({ ...before, config })
      this.#registry.publish(server)
      this.#registry.tell(server, 'changed')
    })
  }

  async remove(namespace: string): Promise<void> {
    const { store, secrets, serversDir } = this.#deps
    await this.#request(namespace, async (server) => {
      await this.#stop(server)
      await server.supervisor.close()
      await store.remove(namespace)
      await secrets.removeNamespace(namespace)
      this.#registry.remove(server)
      const doomed = join(serversDir, `.removed-${namespace}-${randomUUID()}`)
      await rename(join(serversDir, namespace), doomed).catch(ignoreMissing)
      await rm(doomed, { recursive: true, force: true, maxRetries: 5 })
    })
  }

  startServer(namespace: string): Promise<ServerStatus> {
    return this.#request(namespace, async (server) => {
      await this.#setAutoStart(server, true)
      this.#begin(server)
    })
  }

  stopServer(namespace: string): Promise<ServerStatus> {
    return this.#request(namespace, async (server) => {
      await this.#setAutoStart(server, false)
      await this.#stop(server)
    })
  }

  restartServer(namespace: string): Promise<ServerStatus> {
    return this.#request(namespace, async (server) => {
      await this.#setAutoStart(server, true)
      await this.#stop(server)
      this.#begin(server)
    })
  }

  upgrade(namespace: string, { dryRun }: { readonly dryRun: boolean }): Promise<ServerStatus> {
    return this.#request(namespace, async (server) => {
      const { config, installed } = server.supervisor.version
      if (!isInstallable(config.source)) throw new ToolDockError('invalid_params', `"${namespace}" is not installed by ToolDock: there is nothing to upgrade.`)
      if (installed === undefined) throw new ToolDockError('conflict', `"${namespace}" is not installed yet: start it first.`)
      this.#assertUnchanging(server)
      this.#change(server, { kind: 'upgrade', dryRun, config: undefined })
    })
  }

  follow(namespace: string, listener: (chunk: Buffer) => void): () => void {
    return this.#known(namespace).output.follow(listener)
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    return this.#registry.subscribe(listener)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    for (const server of this.#registry.all()) server.changing?.abort(shuttingDown())
    await this.#deps.installer.close()
    await Promise.all(this.#registry.all().map(({ supervisor }) => supervisor.close()))
    await Promise.all(this.#jobs)
  }

  #begin(server: ManagedServer): void {
    const { config, installed } = server.supervisor.version
    if (isInstallable(config.source) && installed === undefined) this.#installAndStart(server)
    else server.supervisor.apply({ type: 'start', by: 'person' })
  }

  /** Ends what runs and what is on its way; resolves when its processes are gone. */
  async #stop(server: ManagedServer): Promise<void> {
    server.changing?.abort(new ToolDockError('cancelled', 'the server was stopped'))
    server.supervisor.apply({ type: 'stop' })
    await server.job?.cancel()
    await server.supervisor.ended()
  }

  async #setAutoStart(server: ManagedServer, autoStart: boolean): Promise<void> {
    const { namespace, supervisor } = server
    const { version } = supervisor
    if (version.config.autoStart === autoStart) return
    const config = { ...version.config, autoStart }
    await this.#deps.store.setConfig(namespace, config)
    supervisor.version = { ...version, config }
    this.#registry.tell(server, 'changed')
  }

  #installAndStart(server: ManagedServer): void {
    if (server.supervisor.machine.state === 'installing') return
    server.supervisor.apply({ type: 'install' })
    this.#inBackground(server, () => this.#installNow(server))
  }

  async #installNow(server: ManagedServer): Promise<void> {
    const { installer, store } = this.#deps
    const { supervisor, namespace } = server
    const { config } = supervisor.version
    if (!isInstallable(config.source)) return
    try {
      const installed = await install(server, config.source, installer)
      // What was decided meanwhile holds: a stop has ended the installation, an update may have renamed it.
      await store.setInstalled(namespace, supervisor.version.config, installed)
      supervisor.version = { config: supervisor.version.config, installed }
      supervisor.apply({ type: 'installed' })
      if (supervisor.version.config.autoStart) supervisor.apply({ type: 'start', by: 'person' })
    } catch (error) {
      supervisor.apply({ type: 'installFailed', reason: messageOf(error) })
    }
  }

  #change(server: ManagedServer, wanted: WantedChange): void {
    this.#inBackground(server, async () => {
      const changing = changeServer(server, wanted, this.#deps)
      this.#registry.tell(server, 'changed')
      await changing
      this.#registry.tell(server, 'changed')
      // Calls of the version before may still load its files.
      await server.supervisor.drained()
      await tidyInstallations(server, this.#deps)
    })
  }

  #inBackground({ namespace }: ManagedServer, work: () => Promise<void>): void {
    const job = work()
      .catch((error: unknown) => this.#deps.log.error({ namespace, err: error }, 'a job of a server failed by a fault of ToolDock'))
      .finally(() => this.#jobs.delete(job))
    this.#jobs.add(job)
  }

  #assertUnchanging({ namespace, changing, job }: ManagedServer): void {
    if (changing !== undefined || job !== undefined)
      throw new ToolDockError('conflict', `Another change of "${namespace}" is under way: wait for it or stop the server.`)
  }

  async #request(namespace: string, work: (server: ManagedServer) => Promise<void>): Promise<ServerStatus> {
    const server = this.#known(namespace)
    await server.requests.run(() => {
      if (this.#isClosing) throw shuttingDown()
      return work(this.#known(namespace))
    })
    return statusOf(server)
  }

  #known(namespace: string): ManagedServer {
    const server = this.#registry.find(namespace)
    if (server === undefined) throw new ToolDockError('namespace_not_found', `There is no external server "${namespace.slice(0, 80)}".`)
    return server
  }

  async #removeLeftovers(): Promise<void> {
    const { serversDir } = this.#deps
    for (const name of await this.#registry.leftovers()) await rm(join(serversDir, name), { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Addresses of the API beside `/api/servers/{namespace}`. */
const TAKEN_BY_API: ReadonlySet<string> = new Set(['import', 'check'])

/** @throws {ToolDockError} `invalid_params` */
function assertServerName(namespace: string): void {
  assertNamespaceName(namespace)
  if (TAKEN_BY_API.has(namespace)) throw new ToolDockError('invalid_params', `"${namespace}" cannot be a server: this name is reserved.`)
}

/** Would what runs behave otherwise with this configuration? */
function needsProcess(before: ServerConfig, after: ServerConfig): boolean {
  const essence = ({ source, env, sharing, timeoutSeconds }: ServerConfig): string => JSON.stringify([source, env, sharing, timeoutSeconds])
  return essence(before) !== essence(after)
}

function overrideOf(override: { readonly reason: string; readonly by: string } | undefined): Pick<ServerConfig, 'override'> {
  return override === undefined ? {} : { override: { ...override, at: new Date().toISOString() } }
}

function taken(namespace: string): ToolDockError {
  return new ToolDockError('conflict', `The namespace "${namespace}" exists already: choose another name, or remove it first.`)
}

function shuttingDown(): ToolDockError {
  return new ToolDockError('shutting_down', 'ToolDock is stopping.')
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
