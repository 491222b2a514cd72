import type { Config } from '../../config/settings.ts'
import type { CallTracer } from './call-tracer.types.ts'

export type TracingConfig = Pick<
  Config,
  | 'otelSdkDisabled'
  | 'otelTracesExporter'
  | 'otelEndpoint'
  | 'otelTracesEndpoint'
  | 'otelHeaders'
  | 'otelTimeoutMs'
  | 'otelServiceName'
  | 'otelResourceAttributes'
  | 'otelSampler'
  | 'otelSamplerArg'
  | 'otelScheduleDelayMs'
  | 'otelQueueMax'
  | 'otelBatchMax'
  | 'otelExportTimeoutMs'
>

/** Traces, while they are on. */
export interface Tracing {
  readonly tracer: CallTracer
  readonly spansWaiting: number
  readonly spansExported: number
  /** There was no room, or the receiver did not take them. */
  readonly spansDropped: number
  /** Sends what waits, for at most `graceMs`. */
  close(graceMs: number): Promise<void>
}
