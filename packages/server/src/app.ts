import { join } from 'node:path'
import { generateTsconfig } from '@tooldock/worker/tsconfig'
import { openAccess } from './access/open-access.ts'
import { createOwnCredentials } from './access/own-credentials.ts'
import { createApiDocument } from './admin/api-document.ts'
import { openAttention } from './admin/attention/open-attention.ts'
import { auditChanges } from './admin/audit/audit-hook.ts'
import { registerBundleAdmin } from './admin/bundles/bundle-routes.ts'
import { tellChanges } from './admin/events/tell-changes.ts'
import { registerExecuteAdmin } from './admin/execute/execute-routes.ts'
import { createExecutions } from './admin/execute/executions.ts'
import { createJobRunner } from './admin/jobs/job-runner.ts'
import { createLiveStreams } from './admin/live-streams.ts'
import { createOwnApi } from './admin/own-api.ts'
import { registerAccessAdmin } from './admin/register-access-admin.ts'
import { registerAdmin } from './admin/register-admin.ts'
import { registerTelemetryAdmin } from './admin/register-telemetry-admin.ts'
import { registerServerAdmin } from './admin/servers/register-server-admin.ts'
import { registerToolAdmin } from './admin/tools/tool-routes.ts'
import type { BundleStatus } from './bundles/bundle.types.ts'
import { createBundles } from './bundles/bundles.ts'
import { createCatalog } from './catalog/catalog.ts'
import { createViews } from './catalog/view.ts'
import type { SettingSource } from './config/describe-settings.ts'
import type { Config, SettingKey } from './config/settings.ts'
import { openDataDir } from './data-dir/data-dir.ts'
import { loadToken } from './data-dir/load-token.ts'
import { createFindHolder } from './http/auth.ts'
import { createClientLimits } from './http/client-limits.ts'
import type { Frontend } from './http/context.ts'
import { createEdge, type Edge } from './http/edge.ts'
import { createHealth, type HealthSources } from './http/health.ts'
import { createPages } from './http/pages.ts'
import { createPublicBaseUrl } from './http/public-url.ts'
import { OWN_NAMESPACE } from './kernel/principal.ts'
import { createMcpFrontend, type McpFrontend } from './mcp/mcp-frontend.ts'
import { createDependencyService } from './namespaces/dependency-service.ts'
import { createFileHistory } from './namespaces/files/file-history.ts'
import { createNamespaceFiles } from './namespaces/files/namespace-files.ts'
import type { NamespaceService } from './namespaces/namespace-service.types.ts'
import { createNamespaces } from './namespaces/namespaces.ts'
import { createRuntimeKey } from './namespaces/runtime-key.ts'
import { createTemplates } from './namespaces/templates.ts'
import { createWorkerUpstream } from './namespaces/worker-upstream.ts'
import { createOpenapi } from './openapi/openapi-frontend.ts'
import { createOwnNamespace } from './own-namespace/own-namespace.ts'
import { createProcesses, type Processes } from './process/processes.ts'
import { createSandbox } from './process/sandbox.ts'
import { openServers } from './servers/open-servers.ts'
import { loadSecretKey } from './servers/secrets/secret-key.ts'
import { createSecrets } from './servers/secrets/secrets.ts'
import type { ServerStatus } from './servers/server-service.types.ts'
import type { Started, Token } from './start-message.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import { createClientSightings } from './telemetry/client-sightings.ts'
import { createEventBus } from './telemetry/event-bus.ts'
import { createLogging } from './telemetry/logging.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { openTelemetry } from './telemetry/open-telemetry.ts'
import { createOutputLines } from './telemetry/output-lines.ts'
import { createOutputLogs } from './telemetry/output-logs.ts'
import { createToolUsage } from './telemetry/tool-usage.ts'
import { toolKey } from './tools/tool.types.ts'
import { createToolSettings } from './tools/tool-settings.ts'
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
const EXAMPLES_DIR = join(ROOT, 'examples')
const TEMPLATES_DIR = join(ROOT, 'templates')
const UI_DIR = join(ROOT, 'packages/admin-ui/dist')
/** A stored catalogue was made with these: when they change, folders are listed again. */
const RUNTIME_DIRS = [join(ROOT, 'packages/worker/src'), join(ROOT, 'packages/sdk/src')]

/** Registers how a thing is closed and returns it. */
type Opened = <T>(thing: T, close: (thing: T) => Promise<void> | void) => T

/**
 * Makes and joins every module. What was opened last is closed first, also when a later step of the start fails.
 * @param sources where each setting came from, for the admin API
 */
export async function createApp(config: Config, sources: ReadonlyMap<SettingKey, SettingSource> = new Map()): Promise<App> {
  const closers: (() => Promise<void> | void)[] = []
  const opened: Opened = (thing, close) => {
    closers.push(() => close(thing))
    return thing
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= closeAll(closers))
  try {
    return { ...(await compose(config, sources, opened)), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** One closer that fails does not keep the others from closing; the first failure is thrown when all are done. */
async function closeAll(closers: readonly (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = []
  for (const close of closers.toReversed()) {
    try {
      await close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

async function compose(config: Config, sources: ReadonlyMap<SettingKey, SettingSource>, opened: Opened): Promise<Omit<App, 'close'>> {
  const version = readVersion()
  const startedAt = new Date().toISOString()
  const dataDir = opened(await openDataDir(config.dataDir), (it) => it.close())
  const logging = opened(createLogging(config, dataDir), (it) => it.close())
  const log = logging.logger
  const { token, path: tokenPath } = await loadToken(config, dataDir, log)
  for (const secret of [token, databasePassword(config)]) if (secret !== undefined) logging.addSecret(secret)

  const store = opened(await openStore({ ...config, dataDir: dataDir.path }, log), (it) => it.close())
  const requestStateKey = await store.signingKeys.loadOrCreate('request-state')
  const metrics = createMetrics(config)
  const output = opened(createOutputLogs(join(dataDir.logsDir, 'output'), config.outputLogBytesMax, log), (it) => it.close())
  const outputLines = createOutputLines(log, config.outputLinesPerSecondMax)
  const writeOutput = (namespace: string, chunk: Buffer | string): void => {
    output.write(namespace, chunk)
    outputLines.write(namespace, chunk)
  }
  const processes = opened(createProcesses({ log, dataDir: dataDir.path }), (it) => it.close())
  const leftovers = await processes.endLeftovers()
  if (leftovers > 0) log.warn({ leftovers }, 'ended processes that an earlier run left behind')

  const secrets = createSecrets({ store: store.secrets, key: await loadSecretKey(config, dataDir, log), config, addSecret: logging.addSecret, log })
  const unreadableSecrets = await secrets.load()
  const access = opened(await openAccess({ config, store, token, log, now: Date.now }), (it) => it.close())
  const clientLimits = createClientLimits(config)
  const publicBaseUrl = createPublicBaseUrl(config)
  const toolSettings = createToolSettings()
  for (const { namespace, tool } of toolSettings.load(await store.tools.listSettings()))
    log.error({ namespace, tool }, 'A stored override of a tool cannot be read: it is shown as its owner wrote it')
  const events = createEventBus((error) => log.error({ err: error }, 'a listener of the events failed'))
  const telemetry = opened(
    openTelemetry({
      config,
      logsDir: dataDir.logsDir,
      store,
      logging,
      metrics,
      events,
      logsArguments: (namespace) => catalog.current.namespaces.get(namespace)?.logArguments === true,
    }),
    (it) => it.close(),
  )
  const catalog = createCatalog((error) => log.error({ err: error }, 'a listener of the catalog failed'), toolSettings.shape)
  const tools = createTools({
    config,
    store: store.tools,
    catalog,
    settings: toolSettings,
    usage: createToolUsage(telemetry.callMetrics, toolKey, log),
    onChange: (namespace, tool) => events.publish({ type: 'tool.changed', namespace, tool }),
  })
  const views = createViews(catalog, config.keyViewsMax)
  const sandbox = createSandbox({ log })
  const history = createFileHistory({ store: store.files, config, log })
  const namespaces = opened(
    createNamespaces({
      config,
      dataDir: dataDir.path,
      store,
      history,
      events,
      catalog,
      createUpstream: (generation, onEvent) =>
        createWorkerUpstream(generation, {
          processes,
          sandbox,
          config,
          log,
          secrets,
          // What a tool writes to its log is a line already.
          output: (namespace, stream, chunk) => (stream === 'log' ? output.write(namespace, chunk) : writeOutput(namespace, chunk)),
          onEvent,
        }),
      runtimeKey: createRuntimeKey(RUNTIME_DIRS),
      tsconfig: generateTsconfig(),
      examplesDir: EXAMPLES_DIR,
      log,
    }),
    // Calls had their grace when the edge closed.
    (it) => it.close(0),
  )

  const files = createNamespaceFiles({ config, namespaces, store: store.files, history, events, log })

  const isFolder = async (namespace: string): Promise<boolean> => {
    await namespaces.refresh(namespace)
    return namespaces.list().some(({ name }) => name === namespace)
  }
  const servers = opened(
    openServers({
      config,
      dataDir: dataDir.path,
      store,
      catalog,
      processes,
      secrets,
      writeOutput,
      isTaken: async (namespace): Promise<boolean> => bundles.has(namespace) || isFolder(namespace),
      version,
      log,
    }),
    (it) => it.close(),
  )
  const bundles = opened(
    createBundles({
      config,
      store: store.bundles,
      catalog,
      isTaken: async (namespace): Promise<boolean> => servers.service.has(namespace) || isFolder(namespace),
      log,
    }),
    (it) => it.close(),
  )

  opened(tellChanges(events, { servers: servers.service, catalog }), (end) => end())
  // A folder that is withdrawn may come back: what was decided about its tools stays.
  events.subscribe((event) => {
    if (event.type !== 'server.removed') return
    const { namespace } = event
    tools
      .forget(namespace)
      .catch((error: unknown) => log.warn({ namespace, err: error }, 'what was decided about the tools of a removed server could not be removed'))
  })
  const mcp = opened(
    createMcpFrontend(
      {
        config,
        catalog,
        views,
        recorder: telemetry.recorder,
        onClientSeen: createClientSightings(events),
        clientStreams: clientLimits.streams,
        log,
        version,
        requestStateKey,
      },
      publicBaseUrl,
    ),
    (it) => it.close(),
  )
  access.onEnd(mcp.endSessionsOf)
  access.keys.subscribe(({ id, change }) => events.publish({ type: 'key.changed', id, change: change === 'expired' ? 'updated' : change }))
  const openapi = createOpenapi({ config, views, recorder: telemetry.recorder, version })
  const liveStreams = createLiveStreams(config)
  const dependencies = createDependencyService({ config, namespaces, history, npm: servers.npmProjects, log })
  const templates = createTemplates(TEMPLATES_DIR)
  const jobs = opened(
    createJobRunner({ config, events, onFault: ({ kind, subject }, error) => log.error({ err: error, kind, subject }, 'a job failed by a fault of ToolDock') }),
    (it) => it.close(),
  )
  const ownCredentials = createOwnCredentials()
  const ownUrl = (): string | undefined => edge.addresses[0]?.url
  const ownApi = createOwnApi(ownCredentials, ownUrl)
  const ownNamespace = createOwnNamespace({
    version,
    api: ownApi.call,
    find: (namespace) => catalog.current.namespaces.get(namespace),
    hideSecrets: logging.hideKnownSecrets,
  })
  const executions = opened(
    createExecutions({
      config,
      baseUrl: ownUrl,
      lend: ownCredentials.lend,
      findTool: (namespace, tool) => catalog.current.namespaces.get(namespace)?.toolsByName.get(tool),
      log,
    }),
    (it) => it.close(),
  )
  const apiDocument = createApiDocument(version)
  const attention = opened(
    openAttention({
      ...{ config, namespaces, bundles, store, unreadableSecrets, events, log },
      dataDir: dataDir.path,
      servers: servers.service,
      callMetrics: telemetry.callMetrics,
    }),
    (it) => it.close(),
  )
  const admin: Frontend = {
    part: 'web',
    onShutdown: liveStreams.close,
    register: (app) => {
      auditChanges(app, telemetry.audit, logging.hideSecrets)
      ownApi.register(app)
      apiDocument.register(app)
      registerAdmin(app, {
        ...{ config, namespaces, files, dependencies, templates, jobs, bundles, liveStreams },
        servers: servers.service,
        publicBaseUrl,
        readOutput: output.read,
      })
      registerAccessAdmin(app, {
        ...{ config, sources, version, views, startedAt, attention, ...access },
        dataDir: dataDir.path,
        database: store.kind,
        listeners: () => edge.addresses,
        rates: clientLimits.rates,
        findHolder: createFindHolder(token, access.keys.find),
        isSecure: (request) => publicBaseUrl(request).startsWith('https:'),
      })
      registerBundleAdmin(app, { config, bundles })
      registerToolAdmin(app, { config, tools })
      registerExecuteAdmin(app, { config, executions, liveStreams })
      registerTelemetryAdmin(app, { ...telemetry, config, events, liveStreams })
      registerServerAdmin(app, { config, ...servers, servers: servers.service, secrets, liveStreams, readOutput: output.read })
    },
  }
  addGauges(metrics, { mcp, processes, store })
  const health = createHealth(config, {
    version,
    store,
    namespacesLoaded: () => namespaces.loaded && servers.service.loaded,
    namespaces: () => [...namespaces.list(), ...servers.service.list().map(toHealth), ...bundles.list().map(bundleHealth)],
    probeListeners: () => edge.probe(),
    counts: () => ({
      ...namespaces.activity,
      sessions: mcp.sessions,
      streams: mcp.streams,
      processes: processes.size,
      logLinesLost: logging.linesLost,
      ...telemetry.counts(),
    }),
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', metrics: () => metrics.text() },
  })
  // Calls that outlast the grace are answered that ToolDock is stopping; the closer of the namespaces waits for their workers.
  const onGraceOver = () =>
    void Promise.all([namespaces.close(0), servers.close()]).catch((error: unknown) => log.error({ err: error }, 'calls in flight could not be ended'))
  const edge = opened(
    createEdge(config, {
      token,
      access: { findKey: access.keys.find, findSignIn: access.signIns.find, findOwn: ownCredentials.find, onEnd: access.onEnd },
      clientLimits,
      frontends: [mcp, openapi, admin, createPages(UI_DIR), health],
      log,
      requestLog: logging.requestLog,
      onGraceOver,
    }),
    (it) => it.close(config.shutdownGraceSeconds * 1000),
  )

  return {
    start: async () => {
      if (config.ownNamespaceEnabled) catalog.publish(new Map([[OWN_NAMESPACE, ownNamespace]]))
      // Names first: a folder of tools that has the name of a server or a bundle is not published.
      await servers.service.start()
      await bundles.start()
      await namespaces.start()
      bundles.settle()
      await edge.listen()
      // The folders that are not published yet are being loaded; their names are known now.
      await namespaces.refresh()
      if (config.authDisabled) log.warn('AUTH_DISABLED: any program on this machine, tools with network access included, may call everything')
    },
    started: () => describe(version, edge, namespaces, tokenOf(config, token, tokenPath), access.codes.create),
  }
}

function describe(version: string, edge: Edge, namespaces: NamespaceService, token: Token, createSignInCode: () => string): Started {
  const [main, ...otherListeners] = edge.addresses
  return { version, url: main?.url ?? '', otherListeners, namespaces: namespaces.list().map(({ name }) => name), token, createSignInCode }
}

function tokenOf(config: Config, value: string, path: string | undefined): Token {
  if (config.authDisabled) return { from: 'disabled' }
  return path === undefined ? { from: 'environment' } : { from: 'file', path, value }
}

/** A server that a person stopped is in no trouble. */
function toHealth({ namespace, state, reason }: ServerStatus): ReturnType<HealthSources['namespaces']>[number] {
  const isInTrouble = state === 'failed' || state === 'backing_off' || state === 'degraded'
  return { name: namespace, state: 'published', worker: state, problems: isInTrouble ? [{ message: `${state}: ${reason ?? ''}` }] : [] }
}

function bundleHealth({ namespace, state, problems }: BundleStatus): ReturnType<HealthSources['namespaces']>[number] {
  return { name: namespace, state: 'published', worker: state, problems }
}

function databasePassword({ databaseUrl }: Config): string | undefined {
  const password = databaseUrl !== undefined && URL.canParse(databaseUrl) ? new URL(databaseUrl).password : ''
  return password === '' ? undefined : decodeURIComponent(password)
}

function addGauges(metrics: Metrics, { mcp, processes, store }: { readonly mcp: McpFrontend; readonly processes: Processes; readonly store: Store }): void {
  metrics.addGauge('tooldock_sessions', 'Open legacy MCP sessions.', () => mcp.sessions)
  metrics.addGauge('tooldock_streams', 'Open event streams.', () => mcp.streams)
  metrics.addGauge('tooldock_processes', 'Child processes that run.', () => processes.size)
  metrics.addGauge('tooldock_store_pending', 'Database requests that wait or run.', () => store.pending)
}
