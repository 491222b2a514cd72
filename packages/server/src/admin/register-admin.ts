import type { FastifyInstance } from 'fastify'
import type { Config } from '../config/settings.ts'
import type { NamespaceService } from '../namespaces/namespace-service.types.ts'
import { registerNamespaceRoutes } from './namespaces/namespace-routes.ts'
import { registerReloadRoutes } from './namespaces/reload-routes.ts'

export interface AdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax' | 'outputLogBytesMax'>
  readonly namespaces: NamespaceService
  /** The last `bytesMax` bytes that tools of a namespace printed or logged; empty when there are none. */
  readonly readOutput: (namespace: string, bytesMax: number) => Promise<string>
}

/** The admin API. Authentication and the shape of errors are the edge's. */
export function registerAdmin(app: FastifyInstance, deps: AdminDeps): void {
  registerNamespaceRoutes(app, deps)
  registerReloadRoutes(app, deps)
}
