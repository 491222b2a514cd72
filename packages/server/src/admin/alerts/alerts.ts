import { hostname } from 'node:os'
import type { Config } from '../../config/settings.ts'
import type { AttentionItem } from '../attention/attention.types.ts'
import type { AlertMessage } from './alert.types.ts'

export type AlertsConfig = Pick<Config, 'alertMinSeverity' | 'alertAfterSeconds' | 'alertReminderHours' | 'publicUrl'>

export interface AlertsDeps {
  readonly config: AlertsConfig
  readonly send: (message: AlertMessage) => void
  /** Text as it may leave: without secrets. */
  readonly hideSecrets: (value: unknown) => unknown
  readonly now?: () => number
}

export interface Alerts {
  /** What there is now. Decides what has begun, lasts and has ended. */
  look(items: readonly AttentionItem[]): void
  /** What was told and has not ended. */
  readonly active: readonly AttentionItem[]
  testMessage(): AlertMessage
  close(): void
}

interface Known {
  item: AttentionItem
  readonly firstMs: number
  /** Undefined: it has not lasted long enough. */
  toldMs: number | undefined
}

const HOUR_MS = 3_600_000
/** What is the business of authors, and what cannot be told by the way it is about. */
const NOT_TOLD: ReadonlySet<AttentionItem['kind']> = new Set(['draft_waiting', 'alerts_undelivered'])

/** Makes alerts of what needs attention: one when trouble begins or becomes another, one when it ends, and reminders. */
export function createAlerts({ config, send, hideSecrets, now = Date.now }: AlertsDeps): Alerts {
  const known = new Map<string, Known>()
  let again: NodeJS.Timeout | undefined
  let latest: readonly AttentionItem[] = []

  const isTold = ({ kind, severity }: AttentionItem): boolean => !NOT_TOLD.has(kind) && (severity === 'error' || config.alertMinSeverity === 'warning')

  function tell(type: AlertMessage['type'], item: AttentionItem): void {
    const { id, kind, severity, title, detail, since, subject, action } = item
    const { publicUrl } = config
    const message: AlertMessage = {
      type,
      timestamp: new Date(now()).toISOString(),
      data: {
        ...{ id, kind, severity, title, detail, since, subject, gateway: gatewayOf(publicUrl) },
        ...(publicUrl === undefined || action === undefined ? {} : { url: `${publicUrl.replace(/\/+$/, '')}${action.href}` }),
      },
    }
    send(hideSecrets(message) as AlertMessage)
  }

  function look(items: readonly AttentionItem[]): void {
    latest = items
    const nowMs = now()
    const present = items.filter(isTold)
    const ids = new Set(present.map(({ id }) => id))
    for (const [id, { item, toldMs }] of known) {
      if (ids.has(id)) continue
      known.delete(id)
      if (toldMs !== undefined) tell('alert.resolved', item)
    }
    for (const item of present) noteOne(item, nowMs)
    waitForYoung(nowMs)
  }

  function noteOne(item: AttentionItem, nowMs: number): void {
    const one = known.get(item.id) ?? { item, firstMs: nowMs, toldMs: undefined }
    known.set(item.id, one)
    const isAnother = one.item.kind !== item.kind || one.item.severity !== item.severity
    one.item = item
    if (one.toldMs === undefined) {
      if (nowMs - one.firstMs < config.alertAfterSeconds * 1000) return
      tell('alert.begun', item)
    } else if (isAnother) tell('alert.begun', item)
    else if (config.alertReminderHours > 0 && nowMs - one.toldMs >= config.alertReminderHours * HOUR_MS) tell('alert.lasting', item)
    else return
    one.toldMs = nowMs
  }

  /** What has not lasted long enough is looked at again when it has. */
  function waitForYoung(nowMs: number): void {
    clearTimeout(again)
    const young = [...known.values()].filter(({ toldMs }) => toldMs === undefined)
    if (young.length === 0) return
    const firstMs = Math.min(...young.map((one) => one.firstMs))
    again = setTimeout(() => look(latest), Math.max(1, firstMs + config.alertAfterSeconds * 1000 - nowMs)).unref()
  }

  return {
    look,
    get active() {
      return [...known.values()].filter(({ toldMs }) => toldMs !== undefined).map(({ item }) => item)
    },
    testMessage: () => ({
      type: 'alert.test',
      timestamp: new Date(now()).toISOString(),
      data: {
        ...{ id: 'test', kind: 'test', severity: 'warning', title: 'This is a test', detail: 'An administrator asked for it. Nothing is wrong.', since: null },
        ...{ subject: { kind: 'setting', name: 'ALERT_WEBHOOK_URL' }, gateway: gatewayOf(config.publicUrl) },
      },
    }),
    close: () => clearTimeout(again),
  }
}

const gatewayOf = (publicUrl: string | undefined): string => publicUrl ?? hostname()
