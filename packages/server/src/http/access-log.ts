import type { FastifyReply, FastifyRequest } from 'fastify'
import { ERRORS } from '../errors/catalogue.ts'
import type { RequestLog } from '../telemetry/request-log.ts'

/**
 * One line for each request, which tells of the call it brought, when its answer was sent or its client went away. The query is left out: it may carry
 * secrets. A fault of ours has its own error line, so nothing here is worse than a warning.
 */
export function createAccessLog(log: RequestLog): (request: FastifyRequest, reply: FastifyReply, durationMs: number) => void {
  return (request, reply, durationMs) => {
    const path = pathOf(request.raw.url ?? '/')
    const { headersSent, statusCode } = reply.raw
    const status = headersSent ? statusCode : ERRORS.cancelled.status
    const level = status >= 500 ? 'warn' : isProbe(path) ? 'debug' : 'info'
    log(level, {
      method: request.raw.method ?? '',
      path,
      status,
      durationMs: Math.round(durationMs * 10) / 10,
      requestId: request.requestId,
      principal: request.authenticated ? request.principal.id : undefined,
      traceId: (request.callTrace ?? request.trace)?.traceId,
      call: request.call ?? undefined,
    })
    request.isLogged = true
  }
}

function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

function isProbe(path: string): boolean {
  return path.startsWith('/health') || path === '/metrics'
}
