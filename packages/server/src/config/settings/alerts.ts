import { integer, minutes, oneOf, optionalText, optionalUrl } from '../setting-parsers.ts'
import { row } from '../setting-row.ts'

export const ALERTS = {
  alertWebhookUrl: row({
    env: 'ALERT_WEBHOOK_URL',
    parse: optionalUrl,
    default: undefined,
    secret: true,
    group: 'Alerts',
    doc: 'Who is told by POST when something needs a person, and when it no longer does; off unless set.',
  }),
  alertWebhookSecret: row({
    env: 'ALERT_WEBHOOK_SECRET',
    parse: optionalText.refine((value) => value === undefined || value.length >= 16, 'must be at least 16 characters'),
    default: undefined,
    secret: true,
    group: 'Alerts',
    doc: 'The key that alerts are signed with (Standard Webhooks): whsec_ and base64, or any text of at least 16 characters.',
  }),
  alertMinSeverity: row({
    env: 'ALERT_MIN_SEVERITY',
    parse: oneOf(['warning', 'error']),
    default: 'warning',
    group: 'Alerts',
    doc: 'What is told: warning for everything, error for the worst alone.',
  }),
  alertAfterSeconds: row({
    env: 'ALERT_AFTER_SECONDS',
    parse: integer(0, 86_400),
    default: '10',
    unit: 's',
    group: 'Alerts',
    doc: 'Trouble that is over sooner is not told.',
  }),
  alertReminderHours: row({
    env: 'ALERT_REMINDER_HOURS',
    parse: integer(0, 8760),
    default: '24',
    group: 'Alerts',
    doc: 'Hours after which trouble that lasts is told again; 0 for never.',
  }),
  alertQueueMax: row({
    env: 'ALERT_QUEUE_MAX',
    parse: integer(1, 100_000),
    default: '100',
    group: 'Alerts',
    doc: 'Alerts that may wait for their receiver; beyond it the oldest is dropped, counted and shown in /health.',
  }),
  alertRetryMinutes: row({
    env: 'ALERT_RETRY_MINUTES',
    parse: minutes(0.01, 10_080),
    default: '60',
    unit: 'minutes',
    group: 'Alerts',
    doc: 'How long an alert is tried again that its receiver did not take; then it is dropped.',
  }),
  alertTimeoutSeconds: row({
    env: 'ALERT_TIMEOUT_SECONDS',
    parse: integer(1, 300),
    default: '10',
    unit: 's',
    group: 'Alerts',
    doc: 'How long the receiver of alerts may take to answer.',
  }),
} as const
