import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { ATTENTION_ITEM } from '../attention/attention-routes.ts'
import { bodyOf, check } from '../input.ts'
import type { AlertDelivery } from './alert.types.ts'
import type { AlertsState, OpenedAlerts } from './open-alerts.ts'

/** What the routes of alerts act on. */
export interface AlertAdminDeps {
  readonly config: Pick<Config, 'jsonDepthMax'>
  readonly alerts: Pick<OpenedAlerts, 'state' | 'test'>
}

const NOTHING = z.strictObject({})
const STATE = z.strictObject({
  configured: z.boolean().describe('Is a receiver set?'),
  active: z.array(ATTENTION_ITEM).readonly().describe('Told and not ended'),
  waiting: z.number(),
  delivered: z.number(),
  lost: z.number(),
  failure: z.strictObject({ since: z.iso.datetime(), error: z.string() }).nullable(),
}) satisfies z.ZodType<AlertsState>
const DELIVERY = z.strictObject({
  delivered: z.boolean(),
  status: z.number().nullable(),
  durationMs: z.number(),
  error: z.string().nullable(),
}) satisfies z.ZodType<AlertDelivery>

/** Who is told of trouble, and whether that works. */
export function registerAlertRoutes(app: FastifyInstance, { config, alerts }: AlertAdminDeps): void {
  app.get(
    '/api/alerts',
    { config: { api: { summary: 'Alerts under way, and how their delivery goes', query: NOTHING, response: STATE } } },
    async ({ query }) => {
      check(NOTHING, query, 'query')
      return alerts.state()
    },
  )

  app.post('/api/alerts/test', { config: { api: { summary: 'Sends a test alert and tells how it went', response: DELIVERY } } }, async (request) => {
    check(NOTHING, bodyOf(request, config.jsonDepthMax), 'body')
    const delivery = await alerts.test()
    if (delivery === undefined)
      throw new ToolDockError('conflict', 'There is no receiver of alerts: set ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRET, and start again.')
    return delivery
  })
}
