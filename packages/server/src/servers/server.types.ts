/**
 * An external MCP server as its owner configured it: a namespace of kind `server`. `DATA_DIR/servers/{namespace}` is its
 * folder: `package-{id}/` (installed programs; an upgrade makes a new one beside it), `files/` (configuration the user may write),
 * `home/` (HOME of the process), `output.log`.
 */
export interface ServerConfig {
  readonly namespace: string
  readonly title?: string
  readonly source: ServerSource
  /** Plain values, or `${secret:NAME}` inside a value. */
  readonly env: Readonly<Record<string, string>>
  readonly sharing: Sharing
  readonly restart: RestartPolicy
  /** Started at boot and after creation. A person's stop sets it to false. */
  readonly autoStart: boolean
  /** Minutes without a call after which the process is stopped; 0: never. */
  readonly idleStopMinutes: number
  /** Optional bounds, after which the process is replaced gracefully. */
  readonly maxLifetimeMinutes?: number
  readonly maxRssMb?: number
  readonly timeoutSeconds?: number
  /** Why an administrator let a blocked server run. */
  readonly override?: { readonly reason: string; readonly by: string; readonly at: string }
}

export type ServerSource =
  | {
      readonly kind: 'npm'
      readonly package: string
      readonly version?: string
      readonly args: readonly string[]
      readonly installScripts?: boolean
      readonly bin?: string
    }
  | {
      readonly kind: 'pypi'
      readonly package: string
      readonly version?: string
      readonly args: readonly string[]
      readonly installScripts?: boolean
      readonly bin?: string
    }
  | {
      readonly kind: 'git'
      readonly url: string
      readonly ref?: string
      readonly command?: string
      readonly args: readonly string[]
      readonly installScripts?: boolean
    }
  | { readonly kind: 'command'; readonly command: string; readonly args: readonly string[] }
  | {
      readonly kind: 'remote'
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly transport: 'auto' | 'streamable-http' | 'sse'
    }

/** `shared`: one process for all; `per-session`: one for each legacy session; `per-capabilities`: one for each set of client capabilities. */
export type Sharing = 'shared' | 'per-session' | 'per-capabilities'
export type RestartPolicy = 'never' | 'on-failure' | 'always'

/** What an installation made: what a start runs, without the network and without a wrapper process. */
export interface Installed {
  /** Exact version, or the commit. */
  readonly version: string
  /** Absolute path of a program that ToolDock found or installed; never what a user wrote. */
  readonly command: string
  /** What leads to the program; the arguments of the source follow them. */
  readonly args: readonly string[]
  /** Folder of the program, absolute. */
  readonly dir: string
  readonly installedAt: string
}

export type ServerState = 'installing' | 'stopped' | 'starting' | 'running' | 'degraded' | 'backing_off' | 'failed' | 'idle'
