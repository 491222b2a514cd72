import type { ApiKeys } from '../access/api-key.types.ts'
import type { BundleService } from '../bundles/bundle.types.ts'
import type { Catalog } from '../catalog/snapshot.ts'
import type { Config } from '../config/settings.ts'
import type { PublicBaseUrl } from '../http/public-url.ts'
import type { DependencyService } from '../namespaces/dependency-service.types.ts'
import type { NamespaceFiles } from '../namespaces/files/files.types.ts'
import type { NamespaceService } from '../namespaces/namespace-service.types.ts'
import type { Templates } from '../namespaces/templates.ts'
import type { ServerService } from '../servers/server-service.types.ts'
import type { CallMetrics } from '../telemetry/call-metrics.ts'
import type { JobRunner } from './jobs/job.types.ts'
import type { LiveStreams } from './live-streams.ts'

/** What the admin API acts on. */
export interface AdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax' | 'keepAliveSeconds' | 'outputLogBytesMax' | 'uploadBytesMax'>
  readonly namespaces: NamespaceService
  readonly files: NamespaceFiles
  readonly dependencies: DependencyService
  readonly templates: Templates
  readonly jobs: JobRunner
  /** The other two kinds of namespace, which have routes of their own. */
  readonly servers: Pick<ServerService, 'list'>
  readonly bundles: Pick<BundleService, 'list'>
  readonly catalog: Pick<Catalog, 'current'>
  readonly keys: Pick<ApiKeys, 'list'>
  readonly callMetrics: Pick<CallMetrics, 'totals'>
  readonly publicBaseUrl: PublicBaseUrl
  readonly liveStreams: LiveStreams
  /** The last `bytesMax` bytes that tools of a namespace printed or logged; empty when there are none. */
  readonly readOutput: (namespace: string, bytesMax: number) => Promise<string>
}
