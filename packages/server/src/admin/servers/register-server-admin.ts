import type { FastifyInstance } from 'fastify'
import { registerRegistryRoutes } from '../registry/registry-routes.ts'
import { registerSecretRoutes } from '../secrets/secret-routes.ts'
import { registerCheckRoutes } from './check-routes.ts'
import { registerFileRoutes } from './file-routes.ts'
import { registerImportRoutes } from './import-routes.ts'
import { registerOutputRoutes } from './output-routes.ts'
import type { ServerAdminDeps } from './server-admin-deps.ts'
import { registerServerRoutes } from './server-routes.ts'

/** Everything of the admin API that is about external servers. */
export function registerServerAdmin(app: FastifyInstance, deps: ServerAdminDeps): void {
  registerServerRoutes(app, deps)
  registerImportRoutes(app, deps)
  registerCheckRoutes(app, deps)
  registerOutputRoutes(app, deps)
  registerFileRoutes(app, deps)
  registerRegistryRoutes(app, deps)
  registerSecretRoutes(app, deps)
}
