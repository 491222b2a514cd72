import type { RequestListener, Server } from 'node:http'
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { Config } from '../../config/settings.ts'
import { type Http1Config, http1Options } from '../http1-options.ts'
import type { Certificate } from './certificate.ts'
import { Http2Request, Http2Response } from './http2-messages.ts'
import { watchSessions } from './watch-sessions.ts'

/** Frames that break the protocol, and streams beyond what is allowed, that one connection may send before it is closed. */
const INVALID_FRAMES_MAX = 100
const REJECTED_STREAMS_MAX = 100
/** Requests that one connection may take back: so many at once, and so many in a second for longer ("rapid reset"). */
const RESETS_BURST = 1000
const RESETS_PER_SECOND = 33
/** Node opens no further stream on a connection that holds so much memory (MiB). */
const SESSION_MEMORY_MAX_MIB = 64

export type TlsConfig = Http1Config & Pick<Config, 'http2StreamsMax' | 'hstsSeconds'>

export interface TlsParts {
  readonly certificate: Certificate
  readonly log: Pick<Logger, 'debug'>
}

/**
 * A server of HTTP/2 and HTTP/1.1 over TLS, as the client chooses, with the bounds of the one without TLS on both. Another
 * certificate counts for new connections; those that are open stay.
 * @returns what Fastify and its callers use of a server is the same on both
 */
export function createTlsServer(config: TlsConfig, { certificate, log }: TlsParts, handle: RequestListener): Server {
  const http1 = http1Options(config)
  const server = createSecureServer({
    ...certificate.pair.context,
    allowHTTP1: true,
    // As servers without TLS have it; here it is not the default.
    noDelay: true,
    // A connection is half open until its handshake is done.
    handshakeTimeout: http1.headersTimeout,
    http1Options: http1,
    Http2ServerRequest: Http2Request,
    Http2ServerResponse: Http2Response,
    settings: { maxConcurrentStreams: config.http2StreamsMax, maxHeaderListSize: config.headerBytesMax },
    maxSessionInvalidFrames: INVALID_FRAMES_MAX,
    maxSessionRejectedStreams: REJECTED_STREAMS_MAX,
    streamResetBurst: RESETS_BURST,
    streamResetRate: RESETS_PER_SECOND,
    maxSessionMemory: SESSION_MEMORY_MAX_MIB,
  })
  // Node asks `clientError` to answer these in plain HTTP, which a connection without a finished handshake cannot send.
  server.removeAllListeners('tlsClientError').on('tlsClientError', (error, socket) => {
    log.debug({ reason: error.message, address: socket.remoteAddress }, 'a TLS handshake failed')
    socket.destroy()
  })
  watchSessions(server, { firstRequestMs: http1.headersTimeout, requestMs: http1.requestTimeout, idleMs: http1.keepAliveTimeout })
  server.on('request', withHsts(config.hstsSeconds, handle as unknown as Http2Handler))
  server.once(
    'close',
    certificate.onChange(({ context }) => server.setSecureContext(context)),
  )
  return Object.assign(server, { closeAllConnections: trackConnections(server) }) as unknown as Server
}

type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void

function withHsts(seconds: number, handle: Http2Handler): Http2Handler {
  if (seconds === 0) return handle
  const value = `max-age=${seconds}`
  return (request, response) => {
    response.setHeader('strict-transport-security', value)
    handle(request, response)
  }
}

/** Node's server of both protocols cannot cut them by itself. Returns what does. */
function trackConnections(server: Http2SecureServer): () => void {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return () => {
    for (const socket of open) socket.destroy()
  }
}
