import type { Logger } from 'pino'
import type { Config } from '../../config/settings.ts'
import type { AttentionItem, AttentionSource } from '../attention/attention.types.ts'
import type { AlertDelivery } from './alert.types.ts'
import { AlertSender } from './alert-sender.ts'
import { createAlerts } from './alerts.ts'
import { createPostWebhook } from './post-webhook.ts'

export interface AlertsState {
  /** Is ALERT_WEBHOOK_URL set? */
  readonly configured: boolean
  readonly active: readonly AttentionItem[]
  readonly waiting: number
  readonly delivered: number
  readonly lost: number
  /** Why the receiver takes none now. */
  readonly failure: { readonly since: string; readonly error: string } | null
}

/** Alerts, whether somebody receives them or not. */
export interface OpenedAlerts {
  look(items: readonly AttentionItem[]): void
  state(): AlertsState
  /** That alerts cannot be delivered, as something that needs a person. */
  readonly source: AttentionSource
  /** Undefined: there is no receiver. */
  test(): Promise<AlertDelivery | undefined>
  close(): Promise<void>
}

/** A receiver that does not answer holds up no end for longer. */
const CLOSE_GRACE_MS = 2000
const OFF: AlertsState = { configured: false, active: [], waiting: 0, delivered: 0, lost: 0, failure: null }

export function openAlerts(config: Config, hideSecrets: (value: unknown) => unknown, log: Pick<Logger, 'info' | 'warn'>): OpenedAlerts {
  const { alertWebhookUrl: url, alertWebhookSecret: secret } = config
  if (url === undefined || secret === undefined) return { look() {}, state: () => OFF, source: () => [], test: async () => undefined, close: async () => {} }

  const { post, close: closePost } = createPostWebhook(config)
  const sender = new AlertSender({ config, url, secret, post, log })
  const alerts = createAlerts({ config, hideSecrets, send: (message) => sender.send(message) })
  return {
    look: alerts.look,
    state: () => ({
      configured: true,
      active: alerts.active,
      waiting: sender.waiting,
      delivered: sender.delivered,
      lost: sender.lost,
      failure: sender.failure ?? null,
    }),
    source: () => undelivered(sender),
    test: () => sender.try(alerts.testMessage()),
    async close() {
      alerts.close()
      await sender.close(CLOSE_GRACE_MS)
      closePost()
    },
  }
}

function undelivered({ failure, waiting, lost }: AlertSender): readonly AttentionItem[] {
  if (failure === undefined) return []
  return [
    {
      id: 'alerts',
      kind: 'alerts_undelivered',
      severity: 'error',
      title: 'Alerts cannot be delivered',
      detail: `The receiver of ALERT_WEBHOOK_URL: ${failure.error}. ${waiting} wait, ${lost} were dropped.`,
      since: failure.since,
      subject: { kind: 'setting', name: 'ALERT_WEBHOOK_URL' },
      action: { label: 'Open settings', href: '/settings' },
    },
  ]
}
