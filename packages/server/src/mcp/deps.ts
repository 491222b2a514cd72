import type { Logger } from 'pino'
import type { Catalog } from '../catalog/snapshot.ts'
import type { Views } from '../catalog/view.types.ts'
import type { Config } from '../config/settings.ts'
import type { ClientStreams } from '../http/client-streams.ts'
import type { CallRecorder } from '../telemetry/call-recorder.ts'
import type { ClientSighting } from '../telemetry/client-sightings.ts'

/** What the MCP frontend is made of; all of it outlives the frontend. */
export interface McpDeps {
  readonly config: Config
  readonly catalog: Catalog
  readonly views: Views
  readonly recorder: CallRecorder
  /** Told of clients that connect and look around, which no record is kept of. */
  readonly onClientSeen: (sighting: ClientSighting) => void
  /** Shared with the other frontends: a client's event streams count together. */
  readonly clientStreams: ClientStreams
  readonly log: Logger
  /** 32 bytes; the same after a restart. */
  readonly requestStateKey: Buffer
  /** Version of ToolDock, shown as `serverInfo.version`. */
  readonly version: string
}
