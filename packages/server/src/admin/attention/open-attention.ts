import type { Logger } from 'pino'
import type { BundleService } from '../../bundles/bundle.types.ts'
import type { Config } from '../../config/settings.ts'
import type { Certificate } from '../../http/tls/certificate.ts'
import type { NamespaceService } from '../../namespaces/namespace-service.types.ts'
import type { SecretInfo } from '../../servers/secrets/secrets.ts'
import type { ServerService } from '../../servers/server-service.types.ts'
import type { Store } from '../../store/store.ts'
import type { CallMetrics } from '../../telemetry/call-metrics.ts'
import type { EventBus } from '../../telemetry/event-bus.ts'
import type { OpenedAlerts } from '../alerts/open-alerts.ts'
import { type Attention, createAttention } from './attention.ts'
import {
  bundleAttention,
  certificateAttention,
  databaseAttention,
  diskAttention,
  draftAttention,
  failureAttention,
  lossAttention,
  namespaceAttention,
  secretAttention,
  serverAttention,
} from './attention-sources.ts'

/** A database that takes longer is of no use to whoever changes something. */
const DATABASE_TIMEOUT_MS = 3000

export interface AttentionDeps {
  readonly config: Pick<Config, 'diskFreeMinMb' | 'attentionCheckSeconds'>
  readonly dataDir: string
  readonly servers: Pick<ServerService, 'list'>
  readonly namespaces: Pick<NamespaceService, 'list'>
  readonly bundles: Pick<BundleService, 'list'>
  readonly store: Pick<Store, 'files' | 'ping'>
  readonly callMetrics: Pick<CallMetrics, 'totals'>
  /** What was lost since the start, by what it is in words. */
  readonly losses: () => Readonly<Record<string, number>>
  /** Stored secrets that cannot be read. */
  readonly unreadableSecrets: readonly SecretInfo[]
  readonly certificate: Pick<Certificate, 'info' | 'problem'> | undefined
  readonly events: EventBus
  /** What sees to it that somebody is told. */
  readonly alerts: Pick<OpenedAlerts, 'look' | 'source'>
  readonly log: Pick<Logger, 'warn'>
}

/** Everything that is looked at for what needs a person. */
export function openAttention(deps: AttentionDeps): Attention {
  const { config, dataDir, servers, namespaces, bundles, store, callMetrics, unreadableSecrets, losses, certificate, events, alerts, log } = deps
  const sources = [
    ...(certificate === undefined ? [] : [certificateAttention(certificate)]),
    databaseAttention(() => store.ping(), DATABASE_TIMEOUT_MS),
    lossAttention(losses),
    alerts.source,
    serverAttention(() => servers.list()),
    namespaceAttention(() => namespaces.list()),
    bundleAttention(() => bundles.list()),
    secretAttention(unreadableSecrets),
    diskAttention(dataDir, config.diskFreeMinMb),
    failureAttention((window) => callMetrics.totals(window, 'tool')),
    draftAttention(() => store.files.draftCounts()),
  ]
  return createAttention({ sources, checkMs: config.attentionCheckSeconds * 1000, events, onItems: alerts.look, log })
}
