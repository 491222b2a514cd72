import type { Config } from '../../config/settings.ts'
import type { ServerFiles } from '../../servers/files/server-files.ts'
import type { RegistryClient } from '../../servers/registry/registry-client.ts'
import type { Assessor } from '../../servers/safety/assess.ts'
import type { Secrets } from '../../servers/secrets/secrets.ts'
import type { ServerService } from '../../servers/server-service.types.ts'
import type { LiveStreams } from '../live-streams.ts'

/** What the admin API of external servers acts on. */
export interface ServerAdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax' | 'keepAliveSeconds' | 'outputLogBytesMax' | 'upstreamAllowPrivate'>
  readonly servers: ServerService
  readonly assessor: Assessor
  readonly files: ServerFiles
  readonly registry: RegistryClient
  readonly secrets: Secrets
  readonly liveStreams: LiveStreams
  /** The last `bytesMax` bytes that a server printed; empty when there are none. */
  readonly readOutput: (namespace: string, bytesMax: number) => Promise<string>
}
