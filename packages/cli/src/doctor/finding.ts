/** What was looked at, and what to do about it when it is not well. */
export interface Finding {
  readonly area: 'settings' | 'gateway' | 'data directory' | 'database' | 'runtimes' | 'ports' | 'certificate' | 'registries' | 'namespaces' | 'servers'
  /** `error`: something does not work. `warning`: something will not, or only a part. */
  readonly state: 'ok' | 'warning' | 'error'
  readonly message: string
  readonly advice?: string
}
