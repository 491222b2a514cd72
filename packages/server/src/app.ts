import { pino } from 'pino'
import { registerAdmin } from './admin/register-admin.ts'
import { createCatalog } from './catalog/catalog.ts'
import { createViews } from './catalog/view.ts'
import type { Config } from './config/settings.ts'
import { openDataDir } from './data-dir/data-dir.ts'
import { loadToken } from './data-dir/load-token.ts'
import type { Frontend } from './http/context.ts'
import { createEdge } from './http/edge.ts'
import { createHealth } from './http/health.ts'
import { createPublicBaseUrl } from './http/public-url.ts'
import { createMcpFrontend } from './mcp/mcp-frontend.ts'
import { createNamespaces } from './namespaces/namespaces.ts'
import { createRuntimeKey } from './namespaces/runtime-key.ts'
import { createWorkerUpstream } from './namespaces/worker-upstream.ts'
import { createProcesses } from './process/processes.ts'
import { createSandbox } from './process/sandbox.ts'
import type { Started, Token } from './start-message.ts'
import { openStore } from './store/open-store.ts'
import { readVersion } from './version.ts'

export interface App {
  /** Publishes what is stored and opens the listeners. @throws {StartError | ToolDockError} */
  start(): Promise<void>
  started(): Started
  /** Stops accepting, lets calls finish within the grace, ends children, closes files and the database. Idempotent. */
  close(): Promise<void>
}

/** Makes and joins every module. What was opened last is closed first, also when a later step of the start fails. */
export async function createApp(config: Config): Promise<App> {
  const closers: (() => Promise<void> | void)[] = []
  const opened = <T>(thing: T, close: (thing: T) => Promise<void> | void): T => {
    closers.push(() => close(thing))
    return thing
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      for (const closer of closers.reverse()) await closer()
    })())

  try {
    const version = readVersion()
    const graceMs = config.shutdownGraceSeconds * 1000
    const dataDir = opened(await openDataDir(config.dataDir), (dir) => dir.close())
    const log = pino({ level: config.logLevel })
    const { token, path: tokenPath } = await loadToken(config, dataDir, log)
    const store = opened(await openStore({ ...config, dataDir: dataDir.path }, log), (it) => it.close())
    const processes = opened(createProcesses({ log, dataDir: dataDir.path }), (it) => it.close())
    await processes.endLeftovers()
    const sandbox = createSandbox({ log })
    const catalog = createCatalog((error) => log.error({ err: error }, 'a listener of the catalog failed'))
    const views = createViews(catalog)
    const recorder = { record: () => {} }
    const namespaces = opened(
      createNamespaces({
        config,
        dataDir: dataDir.path,
        store,
        catalog,
        createUpstream: (generation, onEvent) => createWorkerUpstream(generation, { processes, sandbox, config, log, output: () => {}, onEvent }),
        runtimeKey: createRuntimeKey([`${import.meta.dirname}/../../worker/src`, `${import.meta.dirname}/../../sdk/src`]),
        tsconfig: '{}',
        examplesDir: `${import.meta.dirname}/../../../examples`,
        log,
      }),
      (it) => it.close(0),
    )
    const publicBaseUrl = createPublicBaseUrl(config)
    const mcp = opened(createMcpFrontend({ config, catalog, views, recorder, log, version, requestStateKey: await store.signingKeys.loadOrCreate('request-state') }, publicBaseUrl), (it) => it.close())
    const admin: Frontend = { part: 'web', register: (app) => registerAdmin(app, { config, namespaces, readOutput: async () => '' }) }
    const health = createHealth(config, {
      version,
      store,
      namespacesLoaded: () => namespaces.loaded,
      namespaces: () => namespaces.list(),
      probeListeners: () => edge.probe(),
      counts: () => ({ sessions: mcp.sessions, streams: mcp.streams, processes: processes.size }),
      metrics: { contentType: 'text/plain', metrics: async () => '' },
    })
    const edge = opened(createEdge(config, { token, frontends: [mcp, admin, health], log }), (it) => it.close(graceMs))

    return {
      start: async () => {
        await namespaces.start()
        await edge.listen()
      },
      started: () => {
        const [main, ...otherListeners] = edge.addresses
        const tokenFrom: Token = config.authDisabled ? { from: 'disabled' } : tokenPath === undefined ? { from: 'environment' } : { from: 'file', path: tokenPath, value: token }
        return { version, url: main?.url ?? '', otherListeners, namespaces: namespaces.list().map(({ name }) => name), token: tokenFrom }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
