import { randomUUID } from 'node:crypto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Logger } from 'pino'
import { BatchWriter, QueueBacklog, warnOfTrouble } from '../batch-writer.ts'
import { createCallTracer } from './call-tracer.ts'
import { readPairs } from './read-pairs.ts'
import type { Tracing, TracingConfig } from './tracing.types.ts'

const SCOPE = 'tooldock'
const SAMPLED = 1

export interface OtlpTracingDeps {
  readonly config: TracingConfig
  readonly url: string
  readonly version: string
  readonly log: Pick<Logger, 'warn'>
}

/**
 * The SDK's spans, samplers and OTLP encoding, with the queue of our own in the place of its batch processor, which tells nobody
 * what it dropped. Nothing is registered globally.
 */
export function createOtlpTracing({ config, url, version, log }: OtlpTracingDeps): Tracing {
  const timeoutMillis = Math.min(config.otelTimeoutMs, config.otelExportTimeoutMs)
  const exporter: SpanExporter = new OTLPTraceExporter({ url, headers: readPairs(config.otelHeaders), timeoutMillis })
  const backlog = new QueueBacklog<ReadableSpan>(config.otelQueueMax)
  let exported = 0
  const writer = new BatchWriter<ReadableSpan>({
    backlog,
    write: async (batch) => {
      await send(exporter, batch)
      exported += batch.length
    },
    // The exporter has tried again as long as it may.
    isPassing: () => false,
    batchMax: config.otelBatchMax,
    delayMs: config.otelScheduleDelayMs,
    onTrouble: warnOfTrouble(log, 'spans', 'the receiver of traces'),
  })
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes(resourceAttributes(config, version))),
    sampler: samplerOf(config),
    spanProcessors: [
      {
        onStart() {},
        onEnd(span) {
          if ((span.spanContext().traceFlags & SAMPLED) === 0) return
          backlog.add(span)
          writer.wake()
        },
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  })
  return {
    tracer: createCallTracer(provider.getTracer(SCOPE, version)),
    get spansWaiting() {
      return writer.waiting
    },
    get spansExported() {
      return exported
    },
    get spansDropped() {
      return writer.dropped
    },
    async close(graceMs) {
      await writer.close(graceMs)
      // What is still on its way was counted as lost: there is nothing to wait for.
      void exporter.shutdown().catch(() => {})
    },
  }
}

function send(exporter: SpanExporter, batch: readonly ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export([...batch], ({ code, error }) => (code === 0 ? resolve() : reject(error ?? new Error('it did not say why'))))
  })
}

function resourceAttributes({ otelServiceName, otelResourceAttributes }: TracingConfig, version: string): Record<string, string> {
  const given = readPairs(otelResourceAttributes)
  return {
    'service.version': version,
    'service.instance.id': randomUUID(),
    ...given,
    'service.name': otelServiceName ?? given['service.name'] ?? SCOPE,
  }
}

function samplerOf({ otelSampler, otelSamplerArg }: TracingConfig): Sampler {
  const root = otelSampler.endsWith('traceidratio')
    ? new TraceIdRatioBasedSampler(otelSamplerArg)
    : otelSampler.endsWith('always_on')
      ? new AlwaysOnSampler()
      : new AlwaysOffSampler()
  return otelSampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root
}
