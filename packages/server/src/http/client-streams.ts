import type { FastifyRequest } from 'fastify'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { ClientAddress } from './client-address.ts'

/** Counts the event streams of each client: a principal at an address. */
export interface ClientStreams {
  /** Returns what takes the stream off the count, once. @throws too_many_sessions */
  count(request: FastifyRequest): () => void
}

export function createClientStreams(streamsPerClientMax: number, addressOf: ClientAddress): ClientStreams {
  const open = new Map<string, number>()
  return {
    count(request) {
      const client = `${request.principal.id} ${addressOf(request)}`
      const streams = open.get(client) ?? 0
      if (streams >= streamsPerClientMax)
        throw new ToolDockError('too_many_sessions', `As many event streams are open for you as STREAMS_PER_CLIENT_MAX allows (${streamsPerClientMax}).`)
      open.set(client, streams + 1)
      let counted = true
      return () => {
        if (!counted) return
        counted = false
        const left = (open.get(client) ?? 1) - 1
        if (left === 0) open.delete(client)
        else open.set(client, left)
      }
    },
  }
}
