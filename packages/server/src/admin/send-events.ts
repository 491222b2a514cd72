import type { FastifyReply } from 'fastify'
import type { LiveStreams } from './live-streams.ts'

/**
 * Answers with server-sent events until the reader leaves or the gateway stops. `begin` is given what sends one event
 * (`data` becomes JSON) and what ends the answer, and answers what ends its source.
 */
export function sendEvents(
  reply: FastifyReply,
  liveStreams: LiveStreams,
  { keepAliveSeconds }: { readonly keepAliveSeconds: number },
  begin: (send: (type: string, data: unknown) => void, finish: () => void) => () => void,
): FastifyReply {
  reply.header('content-type', 'text/event-stream').header('cache-control', 'no-store').header('x-accel-buffering', 'no')
  return reply.send(
    liveStreams.open((write, finish) => {
      write(': connected\n\n')
      const end = begin((type, data) => write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`), finish)
      const keepAlive = setInterval(() => write(': keep-alive\n\n'), keepAliveSeconds * 1000)
      return () => {
        clearInterval(keepAlive)
        end()
      }
    }),
  )
}
