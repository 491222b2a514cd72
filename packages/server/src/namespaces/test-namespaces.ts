import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import { createCatalog } from '../catalog/catalog.ts'
import type { CatalogEvent } from '../catalog/snapshot.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { TOKEN_HOLDER } from '../kernel/principal.ts'
import { createProcesses, type Processes } from '../process/processes.ts'
import { createSandbox } from '../process/sandbox.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import type { GatewayEventBody } from '../telemetry/event-bus.ts'
import { createFileHistory, type FileHistory } from './files/file-history.ts'
import type { NamespaceFiles } from './files/files.types.ts'
import { createNamespaceFiles } from './files/namespace-files.ts'
import type { NamespaceService } from './namespace-service.types.ts'
import { createNamespaces } from './namespaces.ts'
import { createRuntimeKey } from './runtime-key.ts'
import { createWorkerUpstream } from './worker-upstream.ts'
import type { WorkerSecrets } from './worker-upstream.types.ts'

const PACKAGES = join(import.meta.dirname, '../../..')

/** A DATA_DIR of its own, on which the real service is opened and closed as a gateway would. */
export interface TestHome {
  readonly dataDir: string
  write(namespace: string, files: Readonly<Record<string, string>>): Promise<void>
  /** Resolves when the background part of the boot has ended. */
  open(options?: TestOptions): Promise<TestService>
  /** Names below a folder of DATA_DIR, sorted; empty when it does not exist. */
  names(path: string): Promise<readonly string[]>
  remove(): Promise<void>
}

export interface TestOptions {
  readonly config?: Partial<Config>
  readonly examplesDir?: string
  /** Identifies another tool runtime than the real one. */
  readonly runtimeKey?: string
  /** Stands between the service and the database, to make it fail. */
  readonly store?: (store: Store) => Pick<Store, 'namespaces' | 'generations'>
}

export interface TestService {
  readonly service: NamespaceService
  readonly files: NamespaceFiles
  readonly history: FileHistory
  /** What was published on the bus of events. */
  readonly happened: readonly GatewayEventBody[]
  readonly processes: Processes
  readonly store: Store
  readonly events: CatalogEvent[]
  /** Lines of the log at level warn and above. */
  readonly warnings: string[]
  /** What the tools printed and logged. */
  output(): string
  /** Calls a tool of what is published now; answers its text. */
  call(namespace: string, tool: string, args?: object): Promise<string>
  tools(namespace: string): readonly string[] | undefined
  close(): Promise<void>
}

/** A tool without imports that need installing: it returns `text`. */
export const tool = (name: string, text: string, more = ''): string => `
import { defineTool } from 'tooldock'
${more}
export const ${name} = defineTool({ name: '${name}', description: 'Says ${text}', input: { type: 'object' }, handler: async () => '${text}' })
`

/** @param existing the DATA_DIR of another test home; default: a new one */

/** Where no tool has a secret. */
export const NO_SECRETS: WorkerSecrets = {
  resolveAll: async (_namespace, texts) => ({ ...texts }),
  scrub: (text) => text,
  createScrubber: () => ({ scrub: (chunk) => chunk, end: () => Buffer.alloc(0) }),
}

export async function createTestHome(existing?: string): Promise<TestHome> {
  const dataDir = existing ?? (await realpath(await mkdtemp(join(tmpdir(), 'tooldock-namespaces-'))))
  const open: TestService[] = []
  for (const folder of ['tools', 'db']) await mkdir(join(dataDir, folder), { recursive: true })
  return {
    dataDir,
    async write(namespace, files) {
      for (const [path, content] of Object.entries(files)) {
        const full = join(dataDir, 'tools', namespace, path)
        await mkdir(dirname(full), { recursive: true })
        await writeFile(full, content)
      }
    },
    async open(options = {}) {
      const opened = await openService(dataDir, options)
      open.push(opened)
      return opened
    },
    async names(path) {
      const found = await readdir(join(dataDir, path)).catch(() => [])
      return found.sort()
    },
    async remove() {
      for (const opened of open) await opened.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function openService(dataDir: string, options: TestOptions): Promise<TestService> {
  const warnings: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) })
  const config: Config = { ...loadConfig({ DATA_DIR: dataDir }, dataDir), ...options.config }
  const store = await openStore(config, log)
  const processes = createProcesses({ log, dataDir })
  const sandbox = createSandbox({ log })
  const events: CatalogEvent[] = []
  let output = ''
  const print = (_namespace: string, _stream: string, chunk: Buffer | string): void => {
    output += String(chunk)
  }
  const catalog = createCatalog((error) => log.error({ err: error }, 'listener'))
  catalog.subscribe((event) => void events.push(event))
  const happened: GatewayEventBody[] = []
  const history = createFileHistory({ store: store.files, config, log })
  const service = createNamespaces({
    config,
    dataDir,
    store: { ...{ namespaces: store.namespaces, generations: store.generations, files: store.files }, ...options.store?.(store) },
    history,
    events: { publish: (event) => void happened.push(event) },
    catalog,
    createUpstream: (generation, onEvent) => createWorkerUpstream(generation, { processes, sandbox, config, log, output: print, secrets: NO_SECRETS, onEvent }),
    runtimeKey:
      options.runtimeKey === undefined ? createRuntimeKey([join(PACKAGES, 'worker/src'), join(PACKAGES, 'sdk/src')]) : async () => options.runtimeKey ?? '',
    tsconfig: '{}\n',
    log,
    ...(options.examplesDir === undefined ? {} : { examplesDir: options.examplesDir }),
  })
  await service.start()
  await service.settled
  let closed: Promise<void> | undefined
  const files = createNamespaceFiles({
    config,
    namespaces: service,
    store: store.files,
    history,
    events: { publish: (event) => void happened.push(event) },
    log,
  })
  const close = async (): Promise<void> => {
    await service.close(0)
    await processes.close()
    await store.close()
  }
  return {
    service,
    files,
    history,
    happened,
    processes,
    store,
    events,
    warnings,
    output: () => output,
    async call(namespace, name, args = {}) {
      const published = service.catalog.current.namespaces.get(namespace)
      if (published === undefined) throw new Error(`"${namespace}" is not published`)
      const result = await published.upstream.call({
        method: 'tools/call',
        params: { name, arguments: args },
        requestId: 'test',
        principal: TOKEN_HOLDER,
        clientCapabilities: {},
      }).result
      if (result.kind !== 'complete') throw new Error('the tool asked for input')
      return (JSON.parse(result.json) as { content: { text: string }[] }).content[0]?.text ?? ''
    },
    tools: (namespace) => service.catalog.current.namespaces.get(namespace)?.tools.map(({ name }) => name),
    close: () => (closed ??= close()),
  }
}

/** The ToolDockError that `promise` rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<ToolDockError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof ToolDockError) return error
    throw error
  }
  throw new Error('it did not fail')
}
