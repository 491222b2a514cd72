import type { FastifyInstance } from 'fastify'
import type { ServerAdminDeps } from './server-admin-deps.ts'
import { registerServerRoutes } from './server-routes.ts'

/** Everything of the admin API that is about external servers. */
export function registerServerAdmin(app: FastifyInstance, deps: ServerAdminDeps): void {
  registerServerRoutes(app, deps)
}
