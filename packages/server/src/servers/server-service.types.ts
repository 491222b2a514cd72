import type { Catalogue } from '@tooldock/worker/protocol'
import type { CatalogueDiff } from '../namespaces/catalogue-diff.ts'
import type { Installed, ServerConfig, ServerSource, ServerState } from './server.types.ts'

/** A server as the API shows it. Dates are ISO 8601 UTC. Values that look like secrets are hidden. */
export interface ServerStatus {
  readonly namespace: string
  readonly kind: ServerSource['kind']
  readonly title: string | null
  readonly state: ServerState
  /** Why it is in this state; null when there is nothing to say. */
  readonly reason: string | null
  readonly since: string
  /** Only while `backing_off`. */
  readonly retryAt: string | null
  readonly pid: number | null
  /** Of all processes; null when there are none, or the system cannot tell. */
  readonly rssBytes: number | null
  /** The main one and those for sessions or capabilities. */
  readonly connections: number
  /** Grows with every start and replacement since ToolDock started. */
  readonly generation: number
  /** Starts that nobody asked for. */
  readonly restarts: number
  /** Ends and failed starts in a row, without a stable time between them. */
  readonly failures: number
  readonly lastExit: { readonly reason: string; readonly at: string } | null
  readonly openCalls: number
  readonly parkedCalls: number
  readonly waitingCalls: number
  /** What it said of itself when it last answered. */
  readonly server: {
    readonly era: 'modern' | 'legacy'
    readonly protocolVersion: string
    readonly info: Readonly<Record<string, unknown>>
    readonly capabilities: Readonly<Record<string, unknown>>
    readonly instructions: string | null
  } | null
  readonly tools: number
  readonly resources: number
  readonly prompts: number
  readonly config: ServerConfig
  readonly installed: Pick<Installed, 'version' | 'installedAt'> | null
  /** The newest lines of an installation under way. */
  readonly progress: readonly string[]
  /** The last lines it printed; only when it failed or is about to be started again. */
  readonly lastLines: readonly string[]
  readonly change: ChangeReport | null
  readonly createdAt: string
  /** The newest changes of state since ToolDock started, oldest first. */
  readonly timeline: readonly StateChange[]
}

export interface StateChange {
  readonly at: string
  readonly state: ServerState
  readonly reason: string | null
}

/** The newest upgrade, or update that needed another process. What ran goes on until the new version has answered. */
export interface ChangeReport {
  readonly kind: 'update' | 'upgrade'
  readonly dryRun: boolean
  readonly state: 'running' | 'done' | 'failed'
  /** Versions; null before they are known, and for kinds without. */
  readonly from: string | null
  readonly to: string | null
  /** What clients would notice, or notice now; null when the new version was not started. */
  readonly diff: CatalogueDiff | null
  /** Why it failed; what ran before is kept. */
  readonly message: string | null
  readonly startedAt: string
}

export interface CreateServer {
  readonly config: Omit<ServerConfig, 'override' | 'restart'> & { readonly restart?: ServerConfig['restart'] }
  readonly override?: { readonly reason: string; readonly by: string }
}

/** Null removes an optional value or a variable; what is missing stays. */
export interface ServerPatch {
  readonly title?: string | null
  readonly source?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string | null>>
  readonly sharing?: ServerConfig['sharing']
  readonly restart?: ServerConfig['restart']
  readonly autoStart?: boolean
  readonly idleStopMinutes?: number
  readonly maxLifetimeMinutes?: number | null
  readonly maxRssMb?: number | null
  readonly timeoutSeconds?: number | null
  readonly override?: { readonly reason: string; readonly by: string } | null
}

/** `changed`: its configuration or its version is another, or a change of them has begun or failed. */
export type ServerEvent = { readonly namespace: string; readonly at: string } & (
  | { readonly type: 'state'; readonly state: ServerState; readonly reason: string | null }
  | { readonly type: 'added' | 'changed' | 'removed' }
)

/** The external servers. Methods that name a server throw `namespace_not_found`; those that change one, `conflict` and `shutting_down`. */
export interface ServerService {
  /** True when every server that starts by itself has answered or failed once. */
  readonly loaded: boolean
  /** Publishes what is stored and begins the starts in the background. @throws store_unavailable */
  start(): Promise<void>
  has(namespace: string): boolean
  list(): readonly ServerStatus[]
  get(namespace: string): ServerStatus
  catalogue(namespace: string): Catalogue
  /** Stores it and begins its installation or start. @throws invalid_params, conflict, server_blocked (details: {problems}) */
  create(server: CreateServer): Promise<ServerStatus>
  /** What needs another process is done beside the one that runs: follow `change`. @throws as `create` */
  update(namespace: string, patch: ServerPatch): Promise<ServerStatus>
  /** Ends it, waits until it is gone, and deletes its folder and secrets. */
  remove(namespace: string): Promise<void>
  startServer(namespace: string): Promise<ServerStatus>
  /** Not undone by anything but a person. */
  stopServer(namespace: string): Promise<ServerStatus>
  restartServer(namespace: string): Promise<ServerStatus>
  /** Installs the newest version beside the present one and tries it: follow `change`. @throws invalid_params for kinds without versions */
  upgrade(namespace: string, options: { readonly dryRun: boolean }): Promise<ServerStatus>
  /** Passes on what the server prints from now on. Returns the function that ends it. */
  follow(namespace: string, listener: (chunk: Buffer) => void): () => void
  /** What happens to servers. Returns the unsubscribe function. Listeners must not throw. */
  subscribe(listener: (event: ServerEvent) => void): () => void
  /** Ends every server and installation. */
  close(): Promise<void>
}
