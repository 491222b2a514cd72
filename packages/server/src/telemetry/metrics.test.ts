import { describe, expect, test } from 'vitest'
import type { CallRecord } from './call-record.ts'
import { createMetrics } from './metrics.ts'

const call = (change: Partial<CallRecord> = {}): CallRecord => ({
  namespace: 'shared',
  method: 'tools/call',
  name: 'echo',
  protocol: 'mcp',
  era: 'modern',
  durationMs: 3,
  outcome: 'ok',
  principal: 'token',
  requestId: 'r',
  ...change,
})

const linesWith = (text: string, prefix: string) => text.split('\n').filter((line) => line.startsWith(prefix))

describe('metrics', () => {
  test('counts calls by namespace, name, protocol, era and outcome, and their durations', async () => {
    const metrics = createMetrics({ metricSeriesMax: 100 })
    metrics.record(call())
    metrics.record(call({ durationMs: 200 }))
    metrics.record(call({ outcome: 'tool_timeout', durationMs: 100_000 }))
    metrics.record(call({ name: 'say "hi"\\', protocol: 'rest', era: 'none' }))
    const text = await metrics.text()
    expect(linesWith(text, 'tooldock_calls_total{')).toEqual([
      'tooldock_calls_total{namespace="shared",name="echo",protocol="mcp",era="modern",outcome="ok"} 2',
      'tooldock_calls_total{namespace="shared",name="echo",protocol="mcp",era="modern",outcome="tool_timeout"} 1',
      'tooldock_calls_total{namespace="shared",name="say \\"hi\\"\\\\",protocol="rest",era="none",outcome="ok"} 1',
    ])
    expect(text).toContain('tooldock_call_duration_seconds_bucket{namespace="shared",protocol="mcp",le="0.0025"} 0\n')
    expect(text).toContain('tooldock_call_duration_seconds_bucket{namespace="shared",protocol="mcp",le="0.005"} 1\n')
    expect(text).toContain('tooldock_call_duration_seconds_bucket{namespace="shared",protocol="mcp",le="0.25"} 2\n')
    expect(text).toContain('tooldock_call_duration_seconds_bucket{namespace="shared",protocol="mcp",le="+Inf"} 3\n')
    expect(text).toContain('tooldock_call_duration_seconds_sum{namespace="shared",protocol="mcp"} 100.203\n')
    expect(text).toContain('tooldock_call_duration_seconds_count{namespace="shared",protocol="mcp"} 3\n')
  })

  test('reads gauges when it is read, and adds the process', async () => {
    const metrics = createMetrics({ metricSeriesMax: 100 })
    let sessions = 1
    metrics.addGauge('tooldock_sessions', 'Legacy sessions open.', () => sessions)
    expect(await metrics.text()).toContain('# TYPE tooldock_sessions gauge\ntooldock_sessions 1\n')
    sessions = 2
    const text = await metrics.text()
    expect(text).toContain('tooldock_sessions 2\n')
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
    expect(text).not.toContain('\n\n\n')
  })

  test('series are bounded: beyond, calls are counted together', async () => {
    const metrics = createMetrics({ metricSeriesMax: 10 })
    for (let index = 0; index < 1000; index++) metrics.record(call({ namespace: `n${index}`, name: `t${index}` }))
    const lines = linesWith(await metrics.text(), 'tooldock_calls_total{')
    expect(lines).toHaveLength(11)
    expect(lines.at(-1)).toBe('tooldock_calls_total{namespace="_other",name="_other",protocol="mcp",era="modern",outcome="ok"} 990')
  })

  test('names that nobody published and URIs make no series of their own', async () => {
    const metrics = createMetrics({ metricSeriesMax: 10 })
    for (let index = 0; index < 100; index++) {
      metrics.record(call({ name: `t${index}`, outcome: 'tool_not_found' }))
      metrics.record(call({ namespace: `n${index}`, outcome: 'namespace_not_found' }))
      metrics.record(call({ method: 'resources/read', name: `file:///${index}` }))
    }
    expect(linesWith(await metrics.text(), 'tooldock_calls_total{').map((line) => line.slice(21, 62))).toEqual([
      'namespace="shared",name="_unknown",protoc',
      'namespace="_unknown",name="_unknown",prot',
      'namespace="shared",name="resources/read",',
    ])
  })
})
