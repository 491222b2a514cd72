import { generateTsconfig } from '@tooldock/worker/tsconfig'
import type { Logger } from 'pino'
import type { PublishingCatalog } from '../catalog/catalog.ts'
import type { Config } from '../config/settings.ts'
import type { Processes } from '../process/processes.ts'
import { createSandbox } from '../process/sandbox.ts'
import type { Store } from '../store/store.ts'
import type { EventBus } from '../telemetry/event-bus.ts'
import type { Output } from '../telemetry/open-output.ts'
import { createFileHistory, type FileHistory } from './files/file-history.ts'
import type { NamespaceFiles } from './files/files.types.ts'
import { createNamespaceFiles } from './files/namespace-files.ts'
import type { NamespaceService } from './namespace-service.types.ts'
import { createNamespaces } from './namespaces.ts'
import { createRuntimeKey } from './runtime-key.ts'
import { createTemplates, type Templates } from './templates.ts'
import { createWorkerUpstream, type WorkerUpstreamDeps } from './worker-upstream.ts'

export interface OpenNamespacesDeps {
  readonly config: Config
  /** DATA_DIR, absolute and real. */
  readonly dataDir: string
  readonly store: Pick<Store, 'namespaces' | 'generations' | 'files'>
  readonly catalog: PublishingCatalog
  readonly events: EventBus
  readonly processes: Processes
  readonly secrets: WorkerUpstreamDeps['secrets']
  readonly output: Pick<Output, 'write' | 'keep'>
  /** A stored catalogue was made with these: when they change, folders are listed again. */
  readonly runtimeDirs: readonly string[]
  readonly examplesDir: string
  readonly templatesDir: string
  readonly log: Logger
}

/** Folders of tools and what the admin API needs beside them. */
export interface OpenedNamespaces {
  readonly service: NamespaceService
  readonly files: NamespaceFiles
  readonly history: FileHistory
  readonly templates: Templates
  /** Ends every worker; calls in flight get no grace. */
  close(): Promise<void>
}

/** Makes and joins everything behind folders of tools. */
export function openNamespaces(deps: OpenNamespacesDeps): OpenedNamespaces {
  const { config, dataDir, store, catalog, events, processes, secrets, output, log } = deps
  const sandbox = createSandbox({ log })
  const history = createFileHistory({ store: store.files, config, log })
  const service = createNamespaces({
    ...{ config, dataDir, store, history, events, catalog, log },
    createUpstream: (generation, onEvent) =>
      createWorkerUpstream(generation, {
        ...{ processes, sandbox, config, log, secrets, onEvent },
        output: (namespace, stream, chunk) => (stream === 'log' ? output.keep(namespace, chunk) : output.write(namespace, chunk)),
      }),
    runtimeKey: createRuntimeKey(deps.runtimeDirs),
    tsconfig: generateTsconfig(),
    examplesDir: deps.examplesDir,
  })
  return {
    service,
    files: createNamespaceFiles({ config, namespaces: service, store: store.files, history, events, log }),
    history,
    templates: createTemplates(deps.templatesDir),
    close: () => service.close(0),
  }
}
