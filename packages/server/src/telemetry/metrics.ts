import type { CallRecord } from './call-record.ts'
import type { CallRecorder } from './call-recorder.ts'
import { nameOf } from './label-names.ts'
import { type Family, renderFamilies } from './prometheus-text.ts'

export interface Metrics extends CallRecorder {
  /** A number that is read when metrics are: sessions, workers, … */
  addGauge(name: string, help: string, read: () => number): void
  /** Numbers that are read when metrics are, told apart by one label whose values are few and ours. */
  addGauges(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void
  /** A number that only grows, read when metrics are. */
  addCounter(name: string, help: string, read: () => number): void
  /** Everything in the text format of Prometheus 0.0.4, with the metrics of the process. */
  text(): Promise<string>
}

interface CallSeries {
  readonly labels: Record<string, string>
  count: number
  readonly durations: Durations
}

interface Durations {
  readonly labels: Record<string, string>
  /** One for each bound of {@link BOUNDS_S}, and one for what is over the last. */
  readonly counts: number[]
  sumMs: number
}

interface ReadNumber {
  readonly type: 'gauge' | 'counter'
  readonly name: string
  readonly help: string
  readonly read: () => number
}

interface ReadNumbers extends Omit<ReadNumber, 'read'> {
  readonly label: string
  readonly read: () => Readonly<Record<string, number>>
}

const BOUNDS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const BOUNDS_MS = BOUNDS_S.map((seconds) => seconds * 1000)
const OTHER = '_other'

/**
 * Counts calls as plain numbers and makes Prometheus' text of them when asked: pushing each call through prom-client's
 * counter and histogram costs 1.5 µs, this a tenth. prom-client supplies the metrics of the process, from the first
 * reading on, so a gateway that nobody watches never loads it.
 */
export function createMetrics({ metricSeriesMax }: { readonly metricSeriesMax: number }): Metrics {
  const calls = new Map<string, CallSeries>()
  const durations = new Map<string, Durations>()
  const numbers: (ReadNumber | ReadNumbers)[] = []
  let processText: Promise<() => Promise<string>> | undefined

  function find(call: CallRecord): CallSeries {
    const key = `${call.namespace}\n${call.name}\n${call.protocol}\n${call.era}\n${call.outcome}`
    return calls.get(key) ?? add(call)
  }

  function add(call: CallRecord): CallSeries {
    const { namespace, name } = nameOf(call)
    const { protocol, era, outcome } = call
    // What anybody can invent is told apart only up to the bound: afterwards `_other`, whose labels are all from fixed lists.
    const labels = calls.size < metricSeriesMax ? { namespace, name, protocol, era, outcome } : { namespace: OTHER, name: OTHER, protocol, era, outcome }
    const key = Object.values(labels).join('\n')
    const known = calls.get(key)
    if (known) return known
    const series = { labels, count: 0, durations: durationsOf(labels.namespace, protocol) }
    calls.set(key, series)
    return series
  }

  function durationsOf(namespace: string, protocol: string): Durations {
    const key = `${namespace}\n${protocol}`
    const known = durations.get(key) ?? { labels: { namespace, protocol }, counts: new Array<number>(BOUNDS_MS.length + 1).fill(0), sumMs: 0 }
    durations.set(key, known)
    return known
  }

  return {
    record(call) {
      const series = find(call)
      series.count++
      const { counts } = series.durations
      let bucket = 0
      while (bucket < BOUNDS_MS.length && call.durationMs > (BOUNDS_MS[bucket] as number)) bucket++
      counts[bucket] = (counts[bucket] as number) + 1
      series.durations.sumMs += call.durationMs
    },
    addGauge: (name, help, read) => void numbers.push({ type: 'gauge', name, help, read }),
    addGauges: (name, help, label, read) => void numbers.push({ type: 'gauge', name, help, label, read }),
    addCounter: (name, help, read) => void numbers.push({ type: 'counter', name, help, read }),
    async text() {
      processText ??= loadProcessMetrics()
      const own = renderFamilies([callsFamily(calls.values()), durationsFamily(durations.values()), ...numbers.map(numberFamily)])
      return own + (await (await processText)())
    },
  }
}

function callsFamily(series: Iterable<CallSeries>): Family {
  const samples = Array.from(series, ({ labels, count }) => ({ labels, value: count }))
  return { name: 'tooldock_calls_total', help: 'Finished calls of tools, prompts, resources and completions.', type: 'counter', samples }
}

function durationsFamily(all: Iterable<Durations>): Family {
  const samples = Array.from(all, ({ labels, counts, sumMs }) => {
    let total = 0
    const buckets = counts.map((count, index) => {
      total += count
      return { suffix: '_bucket', labels: { ...labels, le: index < BOUNDS_S.length ? String(BOUNDS_S[index]) : '+Inf' }, value: total }
    })
    return [...buckets, { suffix: '_sum', labels, value: sumMs / 1000 }, { suffix: '_count', labels, value: total }]
  })
  return { name: 'tooldock_call_duration_seconds', help: 'How long calls took.', type: 'histogram', samples: samples.flat() }
}

function numberFamily(number: ReadNumber | ReadNumbers): Family {
  const { name, help, type } = number
  if (!('label' in number)) return { name, help, type, samples: [{ labels: {}, value: number.read() }] }
  const samples = Object.entries(number.read()).map(([value, count]) => ({ labels: { [number.label]: value }, value: count }))
  return { name, help, type, samples }
}

async function loadProcessMetrics(): Promise<() => Promise<string>> {
  const { collectDefaultMetrics, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return () => registry.metrics()
}
