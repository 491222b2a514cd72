import { join } from 'node:path'
import { openAccess } from './access/open-access.ts'
import { type OpenedAdmin, openAdmin } from './admin/open-admin.ts'
import { createBackups } from './backup/backups.ts'
import { settleRestore } from './backup/settle-restore.ts'
import type { BundleStatus } from './bundles/bundle.types.ts'
import { createBundles } from './bundles/bundles.ts'
import { createCatalog } from './catalog/catalog.ts'
import { createViews } from './catalog/view.ts'
import type { SettingSource } from './config/describe-settings.ts'
import type { Config, SettingKey } from './config/settings.ts'
import { openDataDir } from './data-dir/data-dir.ts'
import { loadToken } from './data-dir/load-token.ts'
import { createClientLimits } from './http/client-limits.ts'
import { createEdge, type Edge } from './http/edge.ts'
import { createHealth, type NamespaceHealth } from './http/health.ts'
import { createPages } from './http/pages.ts'
import { createPublicBaseUrl } from './http/public-url.ts'
import { type Certificate, openCertificate } from './http/tls/certificate.ts'
import { type Closers, createClosers } from './kernel/closers.ts'
import { OWN_NAMESPACE } from './kernel/principal.ts'
import { createMcpFrontend, type McpFrontend } from './mcp/mcp-frontend.ts'
import { openNamespaces } from './namespaces/open-namespaces.ts'
import { createOpenapi } from './openapi/openapi-frontend.ts'
import { createOwnNamespace } from './own-namespace/own-namespace.ts'
import { createProcesses, type Processes } from './process/processes.ts'
import { openServers } from './servers/open-servers.ts'
import { loadSecretKey } from './servers/secrets/secret-key.ts'
import { createSecrets } from './servers/secrets/secrets.ts'
import type { ServerStatus } from './servers/server-service.types.ts'
import type { Started, Token } from './start-message.ts'
import { claimDatabase } from './store/claim-database.ts'
import { databasePassword } from './store/database-password.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import { createClientSightings } from './telemetry/client-sightings.ts'
import { createEventBus } from './telemetry/event-bus.ts'
import { createLogging } from './telemetry/logging.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { openOutput } from './telemetry/open-output.ts'
import { openTelemetry } from './telemetry/open-telemetry.ts'
import { createToolUsage } from './telemetry/tool-usage.ts'
import { openTracing } from './telemetry/tracing/open-tracing.ts'
import { readPairs } from './telemetry/tracing/read-pairs.ts'
import { forgetRemoved } from './tools/forget-removed.ts'
import { toolKey } from './tools/tool.types.ts'
import { loadToolSettings } from './tools/tool-settings.ts'
import { createTools } from './tools/tools.ts'
import { readVersion } from './version.ts'

export interface App {
  /** Publishes what is stored and opens the listeners. @throws {StartError | ToolDockError} */
  start(): Promise<void>
  started(): Started
  /** Stops accepting, lets calls finish within the grace, ends children, closes files and the database. Idempotent. */
  close(): Promise<void>
}

const ROOT = join(import.meta.dirname, '../../..')
const UI_DIR = join(ROOT, 'packages/admin-ui/dist')
const RUNTIME_DIRS = [join(ROOT, 'packages/worker/src'), join(ROOT, 'packages/sdk/src')]

/**
 * Makes and joins every module. What was opened last is closed first, also when a later step of the start fails.
 * @param sources where each setting came from, for the admin API
 * @param logFd where the log goes besides its file; stdout unless that is somebody else's
 */
export async function createApp(config: Config, sources: ReadonlyMap<SettingKey, SettingSource> = new Map(), logFd?: number): Promise<App> {
  const { opened, close } = createClosers()
  try {
    return { ...(await compose(config, sources, opened, logFd)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function compose(
  config: Config,
  sources: ReadonlyMap<SettingKey, SettingSource>,
  opened: Closers['opened'],
  logFd?: number,
): Promise<Omit<App, 'close'>> {
  // What everything stands on.
  const version = readVersion()
  const dataDir = opened(await openDataDir(config.dataDir), (it) => it.close())
  const logging = opened(createLogging(config, dataDir, logFd), (it) => it.close())
  const log = logging.logger
  const certificate = opened(await openCertificate(config, log), (it) => it?.close())
  opened(await claimDatabase({ ...config, dataDir: dataDir.path }, (message) => log.error(message)), (it) => it.close())
  if (await settleRestore(dataDir.path, config)) log.warn('a restore that was interrupted has been completed')
  const { token, path: tokenPath } = await loadToken(config, dataDir, log)
  for (const secret of [token, databasePassword(config), config.sslKeyPassphrase]) if (secret !== undefined) logging.addSecret(secret)
  const store = opened(await openStore({ ...config, dataDir: dataDir.path }, log), (it) => it.close())
  const requestStateKey = await store.signingKeys.loadOrCreate('request-state')
  const output = opened(openOutput(join(dataDir.logsDir, 'output'), config, log), (it) => it.close())
  const processes = opened(createProcesses({ log, dataDir: dataDir.path }), (it) => it.close())
  const leftovers = await processes.endLeftovers()
  if (leftovers > 0) log.warn({ leftovers }, 'ended processes that an earlier run left behind')
  const secrets = createSecrets({ store: store.secrets, key: await loadSecretKey(config, dataDir, log), config, addSecret: logging.addSecret, log })
  const unreadableSecrets = await secrets.load()
  const access = opened(await openAccess({ config, store, token, log, now: Date.now }), (it) => it.close())

  // What is published, and what is known of it.
  const toolSettings = await loadToolSettings(store.tools, log)
  const catalog = createCatalog((error) => log.error({ err: error }, 'a listener of the catalog failed'), toolSettings.shape)
  const find = (namespace: string) => catalog.current.namespaces.get(namespace)
  const views = createViews(catalog, config.keyViewsMax)
  const metrics = createMetrics(config)
  const events = createEventBus((error) => log.error({ err: error }, 'a listener of the events failed'))
  const logsArguments = (namespace: string): boolean => find(namespace)?.logArguments === true
  const alertSecrets = [config.alertWebhookUrl, config.alertWebhookSecret].filter((secret) => secret !== undefined)
  for (const secret of [...Object.values(readPairs(config.otelHeaders)), ...alertSecrets]) logging.addSecret(secret)
  const tracing = await openTracing(config, version, log)
  const telemetry = opened(openTelemetry({ config, logsDir: dataDir.logsDir, store, logging, metrics, events, tracing, logsArguments }), (it) => it.close())
  const { recorder } = telemetry
  const tools = createTools({
    ...{ config, catalog, store: store.tools, settings: toolSettings },
    usage: createToolUsage(telemetry.callMetrics, toolKey, log),
    onChange: (namespace, tool) => events.publish({ type: 'tool.changed', namespace, tool }),
  })
  opened(forgetRemoved(events, tools, log), (end) => end())

  // The three kinds of namespace. A name belongs to one of them.
  const shared = { config, dataDir: dataDir.path, store, catalog, processes, secrets, log }
  const namespaces = opened(
    openNamespaces({
      ...{ ...shared, events, output, runtimeDirs: RUNTIME_DIRS },
      examplesDir: join(ROOT, 'examples'),
      templatesDir: join(ROOT, 'templates'),
    }),
    (it) => it.close(),
  )
  const isFolder = async (namespace: string): Promise<boolean> => {
    await namespaces.service.refresh(namespace)
    return namespaces.service.list().some(({ name }) => name === namespace)
  }
  const isTakenForServer = async (namespace: string): Promise<boolean> => bundles.has(namespace) || isFolder(namespace)
  const askSession: McpFrontend['askSession'] = (...question) => mcp.askSession(...question)
  const servers = opened(openServers({ ...shared, writeOutput: output.write, isTaken: isTakenForServer, askSession, version }), (it) => it.close())
  const isTakenForBundle = async (namespace: string): Promise<boolean> => servers.service.has(namespace) || isFolder(namespace)
  const bundles = opened(createBundles({ config, store: store.bundles, catalog, isTaken: isTakenForBundle, events, log }), (it) => it.close())

  const backups = createBackups({ config, dataDir: dataDir.path, version, holdGenerations: () => namespaces.service.holdGenerations() })

  // The frontends, and the edge before them.
  const clientLimits = createClientLimits(config)
  const publicBaseUrl = createPublicBaseUrl(config)
  const onClientSeen = createClientSightings(events)
  const mcp = opened(
    createMcpFrontend({ config, catalog, views, recorder, onClientSeen, clientStreams: clientLimits.streams, log, version, requestStateKey }, publicBaseUrl),
    (it) => it.close(),
  )
  access.onEnd(mcp.endSessionsOf)
  const openapi = createOpenapi({ config, views, recorder, version })
  const admin = opened(
    openAdmin({
      ...{ config, sources, version, dataDir: dataDir.path, token, store, logging, events, telemetry, output, catalog, views },
      ...{ access, clientLimits, publicBaseUrl, certificate, secrets, unreadableSecrets, namespaces, servers, bundles, tools },
      backups,
      listeners: () => edge.addresses,
    }),
    (it) => it.close(),
  )
  const ownNamespace = createOwnNamespace({ version, api: admin.callApi, find, hideSecrets: logging.hideKnownSecrets, recorder })
  addGauges(metrics, { mcp, processes, store, certificate, admin, servers: () => servers.service.list() })
  const health = createHealth(config, {
    version,
    store,
    certificate,
    namespacesLoaded: () => namespaces.service.loaded && servers.service.loaded,
    namespaces: () => [...namespaces.service.list(), ...servers.service.list().map(serverHealth), ...bundles.list().map(bundleHealth)],
    probeListeners: () => edge.probe(),
    counts: () => ({
      ...namespaces.service.activity,
      sessions: mcp.sessions,
      streams: mcp.streams,
      processes: processes.size,
      logLinesLost: logging.linesLost,
      ...telemetry.counts(),
      alertsWaiting: admin.alertsState().waiting,
      alertsLost: admin.alertsState().lost,
    }),
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', metrics: () => metrics.text() },
  })
  // Calls that outlast the grace are answered that ToolDock is stopping; the closer of the namespaces waits for their workers.
  const onGraceOver = () =>
    void Promise.all([namespaces.close(), servers.close()]).catch((error: unknown) => log.error({ err: error }, 'calls in flight could not be ended'))
  const edge: Edge = opened(
    createEdge(config, {
      ...{ token, clientLimits, certificate, log, requestLog: logging.requestLog, onGraceOver },
      access: { findKey: access.keys.find, findSignIn: access.signIns.find, findOwn: access.own.find, onEnd: access.onEnd },
      frontends: [mcp, openapi, admin.frontend, createPages(UI_DIR), health],
    }),
    (it) => it.close(config.shutdownGraceSeconds * 1000),
  )

  return {
    start: async () => {
      if (config.ownNamespaceEnabled) catalog.publish(new Map([[OWN_NAMESPACE, ownNamespace]]))
      // Names first: a folder of tools that has the name of a server or a bundle is not published.
      await servers.service.start()
      await bundles.start()
      await namespaces.service.start()
      bundles.settle()
      await edge.listen()
      // The folders that are not published yet are being loaded; their names are known now.
      await namespaces.service.refresh()
      if (config.authDisabled) log.warn('AUTH_DISABLED: any program on this machine, tools with network access included, may call everything')
    },
    started: () => ({
      version,
      ...addressesOf(edge),
      namespaces: namespaces.service.list().map(({ name }) => name),
      token: tokenOf(config, token, tokenPath),
      createSignInCode: access.codes.create,
    }),
  }
}

function addressesOf({ addresses: [main, ...otherListeners] }: Edge): Pick<Started, 'url' | 'otherListeners'> {
  return { url: main?.url ?? '', otherListeners }
}

function tokenOf(config: Config, value: string, path: string | undefined): Token {
  if (config.authDisabled) return { from: 'disabled' }
  return path === undefined ? { from: 'environment' } : { from: 'file', path, value }
}

/** A server that a person stopped is in no trouble. */
function serverHealth({ namespace, state, reason }: ServerStatus): NamespaceHealth {
  const isInTrouble = state === 'failed' || state === 'backing_off' || state === 'degraded'
  return { name: namespace, state: 'published', worker: state, problems: isInTrouble ? [{ message: `${state}: ${reason ?? ''}` }] : [] }
}

function bundleHealth({ namespace, state, problems }: BundleStatus): NamespaceHealth {
  return { name: namespace, state: 'published', worker: state, problems }
}

interface Gauged {
  readonly mcp: McpFrontend
  readonly processes: Processes
  readonly store: Store
  readonly certificate: Certificate | undefined
  readonly admin: OpenedAdmin
  readonly servers: () => readonly ServerStatus[]
}

const SERVER_STATES: readonly ServerStatus['state'][] = ['installing', 'stopped', 'starting', 'running', 'degraded', 'backing_off', 'failed', 'idle']

/** Zero for what there is none of, so that a rule about it can be told from one about nothing. */
function tally(names: readonly string[], found: readonly string[]): Record<string, number> {
  const counts = Object.fromEntries(names.map((name) => [name, 0]))
  for (const name of found) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

function addGauges(metrics: Metrics, { mcp, processes, store, certificate, admin, servers }: Gauged): void {
  metrics.addGauge('tooldock_sessions', 'Open legacy MCP sessions.', () => mcp.sessions)
  metrics.addGauge('tooldock_streams', 'Open event streams.', () => mcp.streams)
  metrics.addGauge('tooldock_processes', 'Child processes that run.', () => processes.size)
  metrics.addGauge('tooldock_store_pending', 'Database requests that wait or run.', () => store.pending)
  metrics.addGauges('tooldock_servers', 'External servers, by state.', 'state', () =>
    tally(
      SERVER_STATES,
      servers().map(({ state }) => state),
    ),
  )
  metrics.addGauges('tooldock_attention', 'What needs a person, by kind, as it was looked at last.', 'kind', admin.attentionCounts)
  metrics.addGauge('tooldock_alerts_waiting', 'Alerts that wait for their receiver.', () => admin.alertsState().waiting)
  metrics.addCounter('tooldock_alerts_delivered_total', 'Alerts that their receiver took.', () => admin.alertsState().delivered)
  metrics.addCounter('tooldock_alerts_lost_total', 'Alerts that were dropped.', () => admin.alertsState().lost)
  if (certificate === undefined) return
  const help = 'When the TLS certificate expires, in seconds since 1970.'
  metrics.addGauge('tooldock_certificate_expires_seconds', help, () => Date.parse(certificate.info.validTo) / 1000)
}
