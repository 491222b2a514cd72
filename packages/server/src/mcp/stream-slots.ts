import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { ClientStreams } from '../http/client-streams.ts'
import { EventStream } from './event-stream.ts'

export interface StreamSlotsOptions {
  readonly streamsMax: number
  readonly keepAliveMs: number
  readonly bufferBytesMax: number
  /** Counts those of each client. */
  readonly clientStreams: ClientStreams
}

/** Opens event streams, no more than `streamsMax` at once and no client more than its share, and ends those still open at shutdown. */
export function createStreamSlots({ streamsMax, keepAliveMs, bufferBytesMax, clientStreams }: StreamSlotsOptions) {
  const streams = new Set<EventStream>()
  return {
    get size() {
      return streams.size
    },
    /** @throws too_many_sessions */
    open(request: FastifyRequest, response: ServerResponse, headers: Readonly<Record<string, string>>, onClose: () => void): EventStream {
      if (streams.size >= streamsMax) throw new ToolDockError('too_many_sessions', `As many event streams are open as STREAMS_MAX allows (${streamsMax}).`)
      const release = clientStreams.count(request)
      const stream: EventStream = new EventStream(response, headers, {
        keepAliveMs,
        bufferBytesMax,
        onClose: () => {
          streams.delete(stream)
          release()
          onClose()
        },
      })
      if (stream.open) streams.add(stream)
      return stream
    },
    close(): void {
      for (const stream of [...streams]) stream.end()
    },
  }
}
export type StreamSlots = ReturnType<typeof createStreamSlots>
