import type { FastifyInstance } from 'fastify'
import type { AdminDeps } from './admin-deps.ts'
import { registerJobRoutes } from './jobs/job-routes.ts'
import { registerDependencyRoutes } from './namespaces/dependency-routes.ts'
import { registerFileRoutes } from './namespaces/file-routes.ts'
import { registerHistoryRoutes } from './namespaces/history-routes.ts'
import { registerNamespaceRoutes } from './namespaces/namespace-routes.ts'
import { registerReloadRoutes } from './namespaces/reload-routes.ts'

/** The admin API. Authentication and the shape of errors are the edge's. */
export function registerAdmin(app: FastifyInstance, deps: AdminDeps): void {
  registerNamespaceRoutes(app, deps)
  registerReloadRoutes(app, deps)
  registerFileRoutes(app, deps)
  registerHistoryRoutes(app, deps)
  registerDependencyRoutes(app, deps)
  registerJobRoutes(app, deps)
}
