import { constants, type Http2SecureServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { errorShapeOf, renderError } from '../answer-error.ts'
import { requestIdOf } from '../request-id.ts'

/** How long the last frames may take to leave before the connection is cut. */
const LAST_FRAMES_MS = 1000

export interface SessionTimes {
  /** From the end of the handshake to the first request. */
  readonly firstRequestMs: number
  /** For a whole request, body included, to arrive. */
  readonly requestMs: number
  /** Between two requests. */
  readonly idleMs: number
}

/** Gives connections of HTTP/2 the time limits that Node gives those of HTTP/1.1 only. */
export function watchSessions(server: Http2SecureServer, times: SessionTimes): void {
  let newest: ServerHttp2Session | undefined
  server.on('session', (session) => {
    newest = session
  })
  // Node makes the session in its own listener of this event, which comes first. A session does not give its socket away.
  server.on('secureConnection', (socket) => {
    if (socket.alpnProtocol !== 'h2' || newest === undefined) return
    watchSession(newest, socket, times)
    // The handshake ended after the server was closed.
    if (!server.listening) newest.close()
    newest = undefined
  })
}

function watchSession(session: ServerHttp2Session, socket: TLSSocket, { firstRequestMs, requestMs, idleMs }: SessionTimes): void {
  let open = 0
  // Frames without a request, such as pings, do not keep a connection open; nor does one whose peer does not close it.
  const end = (): void => {
    session.destroy()
    setTimeout(() => socket.destroy(), LAST_FRAMES_MS).unref()
  }
  let idle = setTimeout(end, firstRequestMs)
  session.on('stream', (stream, headers) => {
    clearTimeout(idle)
    open++
    stream.once('close', () => {
      open--
      if (open === 0 && !socket.destroyed) idle = setTimeout(end, idleMs)
    })
    if (!stream.endAfterHeaders) limitBody(stream, headers, requestMs)
  })
  socket.once('close', () => clearTimeout(idle))
}

function limitBody(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, requestMs: number): void {
  const timer = setTimeout(() => refuseLate(stream, headers), requestMs)
  const arrived = (): void => clearTimeout(timer)
  stream.once('end', arrived)
  stream.once('close', arrived)
}

function refuseLate(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  if (!stream.headersSent) {
    const requestId = requestIdOf(headers['x-request-id'])
    const late = new ToolDockError('request_timeout', 'The request took too long to arrive.')
    const { status, body } = renderError(late, requestId, errorShapeOf(headers[':path'] ?? '/'))
    stream.respond({ ':status': status, 'content-type': 'application/json; charset=utf-8', 'x-request-id': requestId })
    stream.end(body)
  }
  stream.close(constants.NGHTTP2_NO_ERROR)
}
