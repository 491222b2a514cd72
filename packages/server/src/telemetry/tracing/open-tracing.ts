import type { Logger } from 'pino'
import type { Tracing, TracingConfig } from './tracing.types.ts'

const DEFAULT_ENDPOINT = 'http://localhost:4318'

/**
 * Traces as the standard variables of OpenTelemetry say; undefined: they are off, and nothing of its SDK (28 MB, a second) is
 * loaded.
 */
export async function openTracing(config: TracingConfig, version: string, log: Pick<Logger, 'warn'>): Promise<Tracing | undefined> {
  const url = endpointOf(config)
  if (url === undefined) return undefined
  const { createOtlpTracing } = await import('./otlp-tracing.ts')
  return createOtlpTracing({ config, url, version, log })
}

function endpointOf({ otelSdkDisabled, otelTracesExporter, otelEndpoint, otelTracesEndpoint }: TracingConfig): string | undefined {
  if (otelSdkDisabled || otelTracesExporter === 'none') return undefined
  if (otelTracesEndpoint !== undefined) return otelTracesEndpoint
  if (otelEndpoint === undefined && otelTracesExporter === undefined) return undefined
  return `${(otelEndpoint ?? DEFAULT_ENDPOINT).replace(/\/+$/, '')}/v1/traces`
}
