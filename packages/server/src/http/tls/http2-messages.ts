import { constants, Http2ServerRequest, Http2ServerResponse, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { ReadableOptions } from 'node:stream'

/** A request of HTTP/2 with what those of HTTP/1.1 have and Node's lacks. */
export class Http2Request extends Http2ServerRequest {
  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, options: ReadableOptions, rawHeaders: readonly string[]) {
    // RFC 9113 section 8.3.1: it replaces Host, and what reads Host must not see another one.
    if (headers[':authority'] !== undefined) headers.host = headers[':authority']
    // That there is a body of unknown length is told by frames here; Fastify looks for it in the headers.
    if (!stream.endAfterHeaders && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked'
    super(stream, headers, options, rawHeaders)
  }

  /** Ends the stream too: nothing more of the body arrives. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.stream.close(constants.NGHTTP2_CANCEL)
    done(error)
  }
}

/** An answer by HTTP/2, likewise. */
export class Http2Response extends Http2ServerResponse {
  static {
    Object.defineProperty(Http2Response.prototype, 'destroyed', {
      get(this: Http2Response): boolean {
        return this.stream.destroyed
      },
    })
  }
}
