import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { check } from '../input.ts'
import type { ServerAdminDeps } from './server-admin-deps.ts'
import { OUTPUT_RESPONSE } from './server-responses.ts'

const OUTPUT_BYTES = 65_536
const SERVER = z.strictObject({ ns: z.string() })

/** What a server prints: its end, and on request everything from then on, as plain text. */
export function registerOutputRoutes(app: FastifyInstance, { config, servers, readOutput, liveStreams }: ServerAdminDeps): void {
  const outputQuery = z.strictObject({
    bytes: z.coerce.number().int().min(1).max(config.outputLogBytesMax).default(Math.min(OUTPUT_BYTES, config.outputLogBytesMax)),
    follow: z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false),
  })

  app.get(
    '/api/servers/:ns/output',
    { config: { api: { summary: 'The last of what the server printed; follow goes on as events', query: outputQuery, response: OUTPUT_RESPONSE } } },
    async ({ params, query }, reply) => {
      const { bytes, follow } = check(outputQuery, query, 'query')
      const { namespace } = servers.get(check(SERVER, params, 'path').ns)
      const text = await readOutput(namespace, bytes)
      if (!follow) return { namespace, text }
      reply.header('content-type', 'text/plain; charset=utf-8').header('cache-control', 'no-store').header('x-accel-buffering', 'no')
      return reply.send(
        liveStreams.open((write) => {
          write(text)
          return servers.follow(namespace, write)
        }),
      )
    },
  )
}
