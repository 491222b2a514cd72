import type { Logger } from 'pino'
import type { EventBus } from '../telemetry/event-bus.ts'
import type { ToolService } from './tool.types.ts'

/** Forgets what was decided about the tools of a server or bundle that is removed. A folder that is withdrawn may come back: its decisions stay. */
export function forgetRemoved(events: Pick<EventBus, 'subscribe'>, tools: Pick<ToolService, 'forget'>, log: Pick<Logger, 'warn'>): () => void {
  return events.subscribe((event) => {
    if (event.type !== 'server.removed' && !(event.type === 'bundle.changed' && event.state === 'removed')) return
    const { namespace } = event
    tools
      .forget(namespace)
      .catch((error: unknown) => log.warn({ namespace, err: error }, 'what was decided about the tools of what was removed stays in the database'))
  })
}
