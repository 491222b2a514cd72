import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Config } from '../../config/settings.ts'
import type { EventBus } from '../../telemetry/event-bus.ts'
import { check } from '../input.ts'
import type { LiveStreams } from '../live-streams.ts'
import { sendEvents } from '../send-events.ts'
import { heardBy } from './heard-by.ts'

/** What the route of events acts on. */
export interface EventAdminDeps {
  readonly config: Pick<Config, 'keepAliveSeconds'>
  readonly events: EventBus
  readonly liveStreams: LiveStreams
}

const NOTHING = z.strictObject({})

/** Whatever changes, as it happens: `event` is the type, `data` its JSON. A reader that does not keep up is cut off, and asks again. */
export function registerEventRoutes(app: FastifyInstance, { config, events, liveStreams }: EventAdminDeps): void {
  app.get(
    '/api/events',
    { config: { api: { summary: 'State changes as server-sent events', role: 'caller', query: NOTHING, contentType: 'text/event-stream' } } },
    async ({ query, principal }, reply) => {
      check(NOTHING, query, 'query')
      return sendEvents(reply, liveStreams, config, (send) =>
        events.subscribe((event) => {
          const heard = heardBy(principal, event)
          if (heard !== undefined) send(heard.type, heard)
        }),
      )
    },
  )
}
