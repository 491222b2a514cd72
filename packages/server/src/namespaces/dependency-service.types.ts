import type { ReloadReport } from './namespace-service.types.ts'
import type { PackageTypes } from './package-types.ts'

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

/** npm, as installations of external servers run it. */
export interface NpmProjects {
  /** A name of the registry, alone or with an exact version or tag. */
  isPackage(spec: string): boolean
  isPackageName(name: string): boolean
  /**
   * Runs npm in the folder `dir`, which is made, and removes it afterwards: `prepare` puts the project there, `use` takes what was
   * installed. @throws {ToolDockError} `install_failed`, the reason of `signal`, what `use` throws
   */
  change<T>(
    dir: string,
    options: {
      readonly add?: readonly string[]
      readonly remove?: readonly string[]
      readonly installScripts: boolean
      readonly signal: AbortSignal
      readonly onLine: (line: string) => void
      readonly prepare: () => Promise<void>
      readonly use: () => Promise<T>
    },
  ): Promise<T>
}

/** The packages of native namespaces. Methods throw `namespace_not_found`. */
export interface DependencyService {
  read(namespace: string): Promise<DependencyState>
  /** What editors need to know of the packages in `node_modules`. */
  types(namespace: string): Promise<PackageTypes>
  /** What is wrong with a change, before anything begins. @throws {ToolDockError} `invalid_params`, `forbidden`, `precondition_failed` */
  check(namespace: string, change: DependencyChange, installScripts: boolean): Promise<void>
  /**
   * Installs beside the folder, loads the folder with what was installed, and only then puts both in place and publishes them.
   * @throws {ToolDockError} `install_failed`, `reload_failed`, `cancelled`; nothing was changed then
   */
  install(namespace: string, install: DependencyInstall): Promise<ReloadReport>
}
