import type { FastifyInstance } from 'fastify'
import { type AlertAdminDeps, registerAlertRoutes } from './alerts/alert-routes.ts'
import type { Attention } from './attention/attention.ts'
import { registerAttentionRoutes } from './attention/attention-routes.ts'
import { type KeyAdminDeps, registerKeyRoutes } from './keys/key-routes.ts'
import { registerSessionRoutes, type SessionAdminDeps } from './session/session-routes.ts'
import { registerSettingsRoutes, type SettingsAdminDeps } from './settings/settings-routes.ts'

export interface AccessAdminDeps extends SessionAdminDeps, KeyAdminDeps, SettingsAdminDeps, AlertAdminDeps {
  readonly config: SettingsAdminDeps['config']
  readonly attention: Pick<Attention, 'list'>
}

/** Who may come in, what is in force, and what needs a person. */
export function registerAccessAdmin(app: FastifyInstance, deps: AccessAdminDeps): void {
  registerSessionRoutes(app, deps)
  registerKeyRoutes(app, deps)
  registerSettingsRoutes(app, deps)
  registerAttentionRoutes(app, deps.attention)
  registerAlertRoutes(app, deps)
}
