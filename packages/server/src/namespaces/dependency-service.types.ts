import type { ReloadReport } from './namespace-service.types.ts'

/** A package in `node_modules` of a folder. */
export interface InstalledPackage {
  readonly name: string
  /** Null: `package.json` asks for it and it is not installed. */
  readonly version: string | null
  /** What `package.json` asks for; null for what only others need. */
  readonly wanted: string | null
  readonly direct: boolean
}

export interface DependencyState {
  /** Text of `package.json`; null: there is none. */
  readonly packageJson: string | null
  readonly etag: string | null
  /** By name, those that were asked for first. */
  readonly installed: readonly InstalledPackage[]
  /** There is a `package-lock.json`. */
  readonly lockFile: boolean
}

/** What an installation changes. */
export type DependencyChange =
  | { readonly kind: 'replace'; readonly packageJson: string; readonly etags?: readonly string[] | '*' }
  | { readonly kind: 'install'; readonly packages: readonly string[] }
  | { readonly kind: 'uninstall'; readonly packages: readonly string[] }

export interface DependencyInstall {
  readonly change: DependencyChange
  readonly installScripts: boolean
  readonly by: string
  readonly signal: AbortSignal
  /** Told every line of the output. */
  readonly onLine: (line: string) => void
}

/** The packages of native namespaces. Methods throw `namespace_not_found`. */
export interface DependencyService {
  read(namespace: string): Promise<DependencyState>
  /** What is wrong with a change, before anything begins. @throws {ToolDockError} `invalid_params`, `forbidden`, `precondition_failed` */
  check(namespace: string, change: DependencyChange, installScripts: boolean): Promise<void>
  /**
   * Installs beside the folder, loads the folder with what was installed, and only then puts both in place and publishes them.
   * @throws {ToolDockError} `install_failed`, `reload_failed`, `cancelled`; nothing was changed then
   */
  install(namespace: string, install: DependencyInstall): Promise<ReloadReport>
}
