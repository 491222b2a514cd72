import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { errorShapeOf, renderError } from './answer-error.ts'

interface ParseFailure extends Error {
  readonly code?: string
  readonly rawPacket?: unknown
}

/** Answers what Node's parser refuses before there is a request (too large or too slow headers, no HTTP at all). */
export function createBadRequestHandler(log: Logger): (error: ParseFailure, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const requestId = randomUUID()
    const refusal = refusalOf(error.code)
    const { status, body } = renderError(refusal, requestId, errorShapeOf(requestedUrl(error.rawPacket)))
    log.info({ requestId, status, code: error.code }, 'a request was refused before it could be read')
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${body}`,
      // The peer may never read it or close its side.
      () => socket.destroySoon(),
    )
  }
}

function refusalOf(code: string | undefined): ToolDockError {
  if (code === 'HPE_HEADER_OVERFLOW') return new ToolDockError('header_too_large', 'The request headers are too large.')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new ToolDockError('request_timeout', 'The request took too long to arrive.')
  return new ToolDockError('invalid_request', 'This is not a valid HTTP request.')
}

/** The URL of the request line, when the packet that failed still begins with it. */
function requestedUrl(packet: unknown): string {
  return (Buffer.isBuffer(packet) ? /^[A-Z]+ (\S+)/.exec(packet.toString('latin1', 0, 512))?.[1] : undefined) ?? '/'
}
