import type { FastifyInstance } from 'fastify'
import { type AuditAdminDeps, registerAuditRoutes } from './audit/audit-routes.ts'
import { type CallAdminDeps, registerCallRoutes } from './calls/call-routes.ts'
import { type EventAdminDeps, registerEventRoutes } from './events/event-routes.ts'
import { type LogAdminDeps, registerLogRoutes } from './logs/log-routes.ts'
import { type MetricAdminDeps, registerMetricRoutes } from './metrics/metric-routes.ts'

export type TelemetryAdminDeps = CallAdminDeps & MetricAdminDeps & LogAdminDeps & AuditAdminDeps & EventAdminDeps

/** Everything of the admin API that tells what happened. */
export function registerTelemetryAdmin(app: FastifyInstance, deps: TelemetryAdminDeps): void {
  registerCallRoutes(app, deps)
  registerMetricRoutes(app, deps)
  registerLogRoutes(app, deps)
  registerAuditRoutes(app, deps)
  registerEventRoutes(app, deps)
}
