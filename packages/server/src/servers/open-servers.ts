import { join } from 'node:path'
import type { Logger } from 'pino'
import type { PublishingCatalog } from '../catalog/catalog.ts'
import type { Config } from '../config/settings.ts'
import type { Processes } from '../process/processes.ts'
import type { Store } from '../store/store.ts'
import { createCare } from './care.ts'
import { createInstaller } from './install/installer.ts'
import { createPrograms, type Programs } from './safety/programs.ts'
import type { Secrets } from './secrets/secrets.ts'
import type { ConnectionDeps } from './server-connection.ts'
import { createServerOutput } from './server-output.ts'
import { ServerRegistry } from './server-registry.ts'
import type { ServerService } from './server-service.types.ts'
import { createServers } from './servers.ts'
import { startServer } from './start-server.ts'

/** What a message may hold beside the largest result. */
const MESSAGE_SLACK_BYTES = 64 * 1024

export interface OpenServersDeps {
  readonly config: Config
  /** DATA_DIR, absolute and real. */
  readonly dataDir: string
  readonly store: Store
  readonly catalog: PublishingCatalog
  readonly processes: Processes
  readonly secrets: Secrets
  readonly createHttpChannel: ConnectionDeps['createHttpChannel']
  /** Appends to the bounded file of a namespace. */
  readonly writeOutput: (namespace: string, chunk: Buffer) => void
  readonly isNative: (namespace: string) => Promise<boolean>
  readonly version: string
  readonly log: Logger
}

/** Makes and joins everything behind external servers. */
export function openServers(deps: OpenServersDeps): ServerService {
  const { config, dataDir, store, processes, secrets, log } = deps
  const serversDir = join(dataDir, 'servers')
  const programs: Programs = createPrograms(config.programPath)
  const installer = createInstaller({ serversDir, processes, programs, config, scrub: secrets.scrub, log })
  const start = {
    processes,
    createHttpChannel: deps.createHttpChannel,
    messageBytesMax: config.resultBytesMax + MESSAGE_SLACK_BYTES,
    launch: { config, serversDir, programs, resolveSecrets: secrets.resolve },
    clientInfo: { name: config.serverName, version: deps.version },
    limits: {
      startMs: config.startupTimeoutSeconds * 1000,
      callTimeoutMs: config.toolTimeoutSeconds * 1000,
      parkMs: config.parkedCallMinutes * 60_000,
      parkedCallsMax: config.parkedCallsMax,
      listEntriesMax: config.serverListEntriesMax,
      connectionsMax: config.serverConnectionsMax,
      connectionIdleMs: config.serverConnectionIdleMinutes * 60_000,
    },
  }
  const registry = new ServerRegistry({
    config,
    serversDir,
    store: store.servers,
    catalog: deps.catalog,
    createOutput: (namespace) => createServerOutput({ namespace, write: deps.writeOutput, createScrubber: secrets.createScrubber }),
    start: (request) => startServer(request, start),
    startCare: createCare({ config, memory: processes.memory }),
    log,
  })
  return createServers({ config, serversDir, store: store.servers, registry, installer, programs, secrets, isNative: deps.isNative, log })
}
