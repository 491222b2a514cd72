import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { check } from '../input.ts'
import type { ServerAdminDeps } from '../servers/server-admin-deps.ts'

const NOTHING = z.strictObject({})

/** State changes as they happen, as server-sent events: `event` is the kind, `data` its JSON. */
export function registerEventRoutes(app: FastifyInstance, { config, servers, liveStreams }: ServerAdminDeps): void {
  app.get('/api/events', { config: { api: { summary: 'State changes as server-sent events', query: NOTHING } } }, async ({ query }, reply) => {
    check(NOTHING, query, 'query')
    reply.header('content-type', 'text/event-stream').header('cache-control', 'no-store').header('x-accel-buffering', 'no')
    return reply.send(
      liveStreams.open((write) => {
        write(': connected\n\n')
        const keepAlive = setInterval(() => write(': keep-alive\n\n'), config.keepAliveSeconds * 1000)
        const unsubscribe = servers.subscribe((event) => write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`))
        return () => {
          clearInterval(keepAlive)
          unsubscribe()
        }
      }),
    )
  })
}
