import { join } from 'node:path'
import type { Logger } from 'pino'
import type { PublishingCatalog } from '../catalog/catalog.ts'
import type { Config } from '../config/settings.ts'
import type { NpmProjects } from '../namespaces/dependency-service.types.ts'
import type { Processes } from '../process/processes.ts'
import type { Store } from '../store/store.ts'
import { createCare } from './care.ts'
import type { AskSession } from './connection-pool.ts'
import { createServerFiles, type ServerFiles } from './files/server-files.ts'
import { createInstaller, PYTHONS } from './install/installer.ts'
import { createNpmProjects } from './install/npm-projects.ts'
import { createGetJson } from './registry/get-json.ts'
import { createRegistryClient, type RegistryClient } from './registry/registry-client.ts'
import { type Assessor, createAssessor } from './safety/assess.ts'
import { createPrograms, type Programs } from './safety/programs.ts'
import type { Secrets } from './secrets/secrets.ts'
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
  /** Appends to the bounded file of a namespace. */
  readonly writeOutput: (namespace: string, chunk: Buffer) => void
  readonly isTaken: (namespace: string) => Promise<boolean>
  readonly askSession: AskSession
  readonly version: string
  readonly log: Logger
}

/** External servers and what the admin API needs beside them. */
export interface OpenedServers {
  readonly service: ServerService
  readonly assessor: Assessor
  readonly files: ServerFiles
  readonly registry: RegistryClient
  /** For the packages of folders of tools. */
  readonly npmProjects: NpmProjects
  /** Ends every server and installation. */
  close(): Promise<void>
}

/** Makes and joins everything behind external servers. */
export function openServers(deps: OpenServersDeps): OpenedServers {
  const { config, dataDir, store, processes, secrets, log } = deps
  const serversDir = join(dataDir, 'servers')
  const programs: Programs = createPrograms(config.programPath)
  const getJson = createGetJson(config)
  const assessor = createAssessor({ programs, config, getJson })
  const installer = createInstaller({ serversDir, processes, programs, config, scrub: secrets.scrub, log })
  const start = {
    processes,
    remote: config,
    messageBytesMax: config.resultBytesMax + MESSAGE_SLACK_BYTES,
    launch: { config, serversDir, programs, assessor, resolveSecrets: secrets.resolve },
    clientInfo: { name: config.serverName, version: deps.version },
    askSession: deps.askSession,
    limits: {
      startMs: config.startupTimeoutSeconds * 1000,
      callTimeoutMs: config.toolTimeoutSeconds * 1000,
      parkMs: config.parkedCallMinutes * 60_000,
      parkedCallsMax: config.parkedCallsMax,
      listEntriesMax: config.upstreamListEntriesMax,
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
  const files = createServerFiles({ serversDir, config })
  const service = createServers({ config, serversDir, store: store.servers, registry, installer, assessor, secrets, files, isTaken: deps.isTaken, log })
  return {
    service,
    assessor,
    files,
    registry: createRegistryClient({ config, getJson }),
    npmProjects: createNpmProjects({ processes, programs, config, pythonsDir: join(serversDir, PYTHONS), scrub: secrets.scrub }),
    async close() {
      await service.close()
      getJson.close()
    },
  }
}
