import type { Config } from '../config/settings.ts'
import type { NamespaceService } from '../namespaces/namespace-service.types.ts'

/** What the admin API acts on. */
export interface AdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax' | 'outputLogBytesMax'>
  readonly namespaces: NamespaceService
  /** The last `bytesMax` bytes that tools of a namespace printed or logged; empty when there are none. */
  readonly readOutput: (namespace: string, bytesMax: number) => Promise<string>
}
