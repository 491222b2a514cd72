import type { Logger } from 'pino'
import type { BundleService } from '../../bundles/bundle.types.ts'
import type { Config } from '../../config/settings.ts'
import type { NamespaceService } from '../../namespaces/namespace-service.types.ts'
import type { SecretInfo } from '../../servers/secrets/secrets.ts'
import type { ServerService } from '../../servers/server-service.types.ts'
import type { Store } from '../../store/store.ts'
import type { CallMetrics } from '../../telemetry/call-metrics.ts'
import type { EventBus } from '../../telemetry/event-bus.ts'
import { type Attention, createAttention } from './attention.ts'
import { bundleAttention, diskAttention, draftAttention, failureAttention, namespaceAttention, secretAttention, serverAttention } from './attention-sources.ts'

export interface AttentionDeps {
  readonly config: Pick<Config, 'diskFreeMinMb'>
  readonly dataDir: string
  readonly servers: Pick<ServerService, 'list'>
  readonly namespaces: Pick<NamespaceService, 'list'>
  readonly bundles: Pick<BundleService, 'list'>
  readonly store: Pick<Store, 'files'>
  readonly callMetrics: Pick<CallMetrics, 'totals'>
  /** Stored secrets that cannot be read. */
  readonly unreadableSecrets: readonly SecretInfo[]
  readonly events: EventBus
  readonly log: Pick<Logger, 'warn'>
}

/** Everything that is looked at for what needs a person. */
export function openAttention({ config, dataDir, servers, namespaces, bundles, store, callMetrics, unreadableSecrets, events, log }: AttentionDeps): Attention {
  const sources = [
    serverAttention(() => servers.list()),
    namespaceAttention(() => namespaces.list()),
    bundleAttention(() => bundles.list()),
    secretAttention(unreadableSecrets),
    diskAttention(dataDir, config.diskFreeMinMb),
    failureAttention((window) => callMetrics.totals(window, 'tool')),
    draftAttention(() => store.files.draftCounts()),
  ]
  return createAttention({ sources, events, log })
}
