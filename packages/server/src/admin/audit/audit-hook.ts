import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AuditLog } from '../../telemetry/audit-log.ts'
import { operationIdOf } from '../api-document.ts'
import { auditDetails, readBody } from './audit-details.ts'

const FORBIDDEN = 403
const SUBJECT_CHARS_MAX = 200

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by routes that learn only while they work what they change; for the others see `api.subject`. */
    auditSubject: string
  }
}

/**
 * Records every change through the API that was done or begun, and every one that was refused for want of permission. One
 * hook for all routes that are added to `app` afterwards: none can be forgotten.
 */
export function auditChanges(app: FastifyInstance, audit: Pick<AuditLog, 'record'>, hideSecrets: (value: unknown) => unknown): void {
  app.decorateRequest('auditSubject', '')
  // When the answer is handed over, not when it has arrived: a client that went away has changed something all the same.
  app.addHook('onSend', (request, reply, payload, done) => {
    const { statusCode } = reply
    if (isChange(request) && (statusCode < 400 || (statusCode === FORBIDDEN && request.authenticated))) {
      audit.record({
        principal: request.principal.id,
        action: operationIdOf(request.method, request.routeOptions.url ?? ''),
        subject: subjectOf(request),
        status: statusCode,
        requestId: request.requestId,
        details: hideSecrets(auditDetails(request.query, request.body)),
      })
    }
    done(null, payload)
  })
}

/** Routes that only look, though by POST, say so in their description. */
function isChange({ method, routeOptions }: FastifyRequest): boolean {
  const { api } = routeOptions.config
  return api !== undefined && api.changes !== false && method !== 'GET' && method !== 'HEAD'
}

/** Never empty: what the route set, the names in the address, what the body names, or the kind of thing it is about. */
function subjectOf({ auditSubject, params, body, routeOptions }: FastifyRequest): string {
  if (auditSubject !== '') return auditSubject.slice(0, SUBJECT_CHARS_MAX)
  const named = Object.values((params ?? {}) as Record<string, string>).join('/')
  if (named !== '') return named
  const { config, url = '' } = routeOptions
  const member = config.api?.subject
  const value = member === undefined ? undefined : readBody(body)[member]
  return typeof value === 'string' && value !== '' ? value.slice(0, SUBJECT_CHARS_MAX) : (url.split('/')[2] ?? url)
}
