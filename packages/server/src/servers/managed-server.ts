import type { BoundedQueue } from '../kernel/bounded-queue.ts'
import type { InstallJob } from './install/installer.ts'
import type { ServerOutput } from './server-output.ts'
import type { ChangeReport, StateChange } from './server-service.types.ts'
import type { Supervisor } from './supervisor.ts'

/** One server in memory. */
export interface ManagedServer {
  readonly namespace: string
  readonly supervisor: Supervisor
  readonly output: ServerOutput
  /** What persons ask of it, one after the other. */
  readonly requests: BoundedQueue
  readonly createdAt: string
  /** The newest changes of state, oldest first. */
  readonly timeline: StateChange[]
  /** The installation under way. */
  job: InstallJob | undefined
  change: ChangeReport | undefined
  /** Ends the change under way. */
  changing: AbortController | undefined
}
