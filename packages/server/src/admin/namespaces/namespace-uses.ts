import { z } from 'zod'
import type { ApiKeys } from '../../access/api-key.types.ts'
import type { BundleService } from '../../bundles/bundle.types.ts'
import type { CallMetrics } from '../../telemetry/call-metrics.ts'
import { windowOf } from '../time-window.ts'

/** Who would miss a namespace, of whatever kind. */
export interface NamespaceUses {
  /** Names of the keys that see this namespace and no other: without it they open nothing. */
  readonly keys: readonly string[]
  /** Names of the bundles that show parts of it. */
  readonly bundles: readonly string[]
  /** Calls of its tools in the last 24 hours. */
  readonly callsLastDay: number
}

export interface NamespaceUsesDeps {
  readonly keys: Pick<ApiKeys, 'list'>
  readonly bundles: Pick<BundleService, 'list'>
  readonly callMetrics: Pick<CallMetrics, 'totals'>
}

export const NAMESPACE_USES_MEMBERS = {
  keys: z.array(z.string()).readonly().describe('Keys that see this namespace and no other'),
  bundles: z.array(z.string()).readonly().describe('Bundles that show parts of it'),
  callsLastDay: z.number(),
}
export const NAMESPACE_USES = z.strictObject(NAMESPACE_USES_MEMBERS).meta({ id: 'NamespaceUses' }) satisfies z.ZodType<NamespaceUses>

/** @throws store_unavailable */
export async function usesOf(namespace: string, { keys, bundles, callMetrics }: NamespaceUsesDeps): Promise<NamespaceUses> {
  const { rows } = await callMetrics.totals({ ...windowOf({}), namespace }, 'namespace')
  return {
    keys: keys.list().flatMap(({ name, namespaces }) => (namespaces?.length === 1 && namespaces[0] === namespace ? [name] : [])),
    bundles: bundles.list().flatMap(({ namespace: bundle, config }) => (config.entries.some((entry) => entry.namespace === namespace) ? [bundle] : [])),
    callsLastDay: rows[0]?.calls ?? 0,
  }
}
