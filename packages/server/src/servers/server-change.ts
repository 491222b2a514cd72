import type { Logger } from 'pino'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { diffCatalogues, EMPTY_CATALOGUE } from '../namespaces/catalogue-diff.ts'
import type { ServerStore } from '../store/store.ts'
import { messageOf } from './connection-pool.ts'
import type { InstallableSource, Installer } from './install/installer.ts'
import type { ManagedServer } from './managed-server.ts'
import type { Installed, ServerConfig, ServerSource } from './server.types.ts'
import type { ChangeReport } from './server-service.types.ts'
import type { RunningServer } from './start-server.ts'
import type { Version } from './supervisor.ts'

export interface ServerChangeDeps {
  readonly store: ServerStore
  readonly installer: Installer
  readonly log: Pick<Logger, 'info' | 'warn'>
}

export interface WantedChange {
  readonly kind: ChangeReport['kind']
  readonly dryRun: boolean
  /** Undefined: the newest version of what is installed. */
  readonly config: ServerConfig | undefined
}

/**
 * Installs what a change needs beside what there is, tries it while the present version goes on, and swaps it in when it
 * has answered; else everything stays as it was. Never rejects: the report says how it went.
 */
export async function changeServer(server: ManagedServer, wanted: WantedChange, deps: ServerChangeDeps): Promise<void> {
  const { supervisor, output } = server
  const before = supervisor.version
  const cancelling = new AbortController()
  const report = (change: Partial<ChangeReport>): void => {
    if (server.change !== undefined) server.change = { ...server.change, ...change }
  }
  server.changing = cancelling
  server.change = {
    kind: wanted.kind,
    dryRun: wanted.dryRun,
    state: 'running',
    from: before.installed?.version ?? null,
    to: null,
    diff: null,
    message: null,
    startedAt: new Date().toISOString(),
  }
  let tried: RunningServer | undefined
  try {
    const next = await prepareVersion(server, wanted, cancelling.signal, deps)
    report({ to: next.installed?.version ?? null })
    // An upgrade is always shown what it changes; an update of a server that does not run has nothing to keep up.
    if (supervisor.isUp || wanted.kind === 'upgrade') {
      tried = await supervisor.tryOut(next, cancelling.signal)
      report({ diff: diffCatalogues(supervisor.listing?.catalogue ?? EMPTY_CATALOGUE, tried.listing.catalogue) })
    }
    if (wanted.dryRun) await tried?.pool.close()
    else await take(server, next, tried, deps.store)
    report({ state: 'done' })
    deps.log.info({ namespace: server.namespace, from: before.installed?.version, to: next.installed?.version }, `Changed "${server.namespace}"`)
  } catch (error) {
    const message = messageOf(error)
    if (tried !== undefined && supervisor.running !== tried) await tried.pool.close()
    report({ state: 'failed', message: `${message}; what there was is kept` })
    output.note(`the ${wanted.kind} failed and what there was is kept: ${message}`)
    deps.log.warn({ namespace: server.namespace, reason: message }, `The ${wanted.kind} of "${server.namespace}" failed; what there was is kept`)
  } finally {
    server.changing = undefined
  }
}

/** @throws {ToolDockError} `install_failed`, `cancelled`, `conflict` */
async function prepareVersion(server: ManagedServer, { config }: WantedChange, signal: AbortSignal, { installer }: ServerChangeDeps): Promise<Version> {
  const { version } = server.supervisor
  const { installed } = version
  if (config !== undefined && !needsInstallation(version.config.source, config.source)) return { config, installed }
  const next = config ?? { ...version.config, source: await newestSource(version, installed, installer) }
  if (!isInstallable(next.source)) return { config: next, installed: undefined }
  return { config: next, installed: await install(server, next.source, installer, signal) }
}

async function newestSource({ config }: Version, installed: Installed | undefined, installer: Installer): Promise<ServerSource> {
  if (!isInstallable(config.source) || installed === undefined) throw new ToolDockError('invalid_params', `"${config.namespace}" has no installed version.`)
  const plan = await installer.planUpgrade({ namespace: config.namespace, source: config.source }, installed)
  if (plan.to === plan.from) throw new ToolDockError('conflict', `${plan.from} is the newest version`)
  return plan.source
}

export async function install(server: ManagedServer, source: InstallableSource, installer: Installer, signal?: AbortSignal): Promise<Installed> {
  signal?.throwIfAborted()
  const job = installer.start({ namespace: server.namespace, source }, (line) => server.output.note(line))
  server.job = job
  const cancel = (): void => void job.cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    return await job.done
  } finally {
    signal?.removeEventListener('abort', cancel)
    if (server.job === job) server.job = undefined
  }
}

/** Removes what is installed and no longer runs, unless a change may be about to take it. */
export async function tidyInstallations(
  { namespace, supervisor, changing, job }: ManagedServer,
  { installer, log }: Omit<ServerChangeDeps, 'store'>,
): Promise<void> {
  if (changing !== undefined || job !== undefined) return
  const { installed } = supervisor.version
  try {
    await installer.keepOnly(namespace, installed === undefined ? [] : [installed])
  } catch (error) {
    log.warn({ namespace, err: error }, 'old installations could not be removed; the next change tries again')
  }
}

/** First in the database: what runs after a crash is what was answered for. */
async function take({ namespace, supervisor }: ManagedServer, next: Version, tried: RunningServer | undefined, store: ServerStore): Promise<void> {
  if (next.installed === undefined) await store.setConfig(namespace, next.config)
  else await store.setInstalled(namespace, next.config, next.installed)
  if (tried === undefined) supervisor.configure(next)
  else if (supervisor.isUp) supervisor.swap(next, tried)
  else {
    supervisor.configure(next)
    await tried.pool.close()
  }
}

export function isInstallable(source: ServerSource): source is InstallableSource {
  return source.kind === 'npm' || source.kind === 'pypi' || source.kind === 'git'
}

/** Arguments and commands are given at the start; everything else of an installable source is what is installed. */
function needsInstallation(before: ServerSource, after: ServerSource): boolean {
  if (!isInstallable(after)) return false
  const program = (source: ServerSource): string => JSON.stringify({ ...source, args: undefined })
  return program(before) !== program(after)
}
