import type { FastifyInstance } from 'fastify'
import type { AdminDeps } from './admin-deps.ts'
import { registerNamespaceRoutes } from './namespaces/namespace-routes.ts'
import { registerReloadRoutes } from './namespaces/reload-routes.ts'

/** The admin API. Authentication and the shape of errors are the edge's. */
export function registerAdmin(app: FastifyInstance, deps: AdminDeps): void {
  registerNamespaceRoutes(app, deps)
  registerReloadRoutes(app, deps)
}
