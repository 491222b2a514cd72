import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addServer } from '../upstream/servers.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { LegacySession, type Message, modern } from './mcp-http.ts'
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts'
import { until } from './until.ts'

const TOOLS = `import { defineTool } from 'tooldock'
export const talk = defineTool({ description: 'Logs.', handler(_args, ctx) { ctx.log.info('the tool says so'); return { ...ctx.traceHeaders } } })
export const fail = defineTool({ description: 'Fails.', handler() { throw new Error('no') } })
`
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = '00f067aa0ba902b7'
const PARENT = `00-${TRACE}-${SPAN}-01`

let receiver: OtlpReceiver
let gateway: Gateway
let remote: Server

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  remote = await startRemote()
  gateway = await startGateway({
    namespaces: { demo: { 'tools.ts': TOOLS } },
    nodeArgs: ['--import', join(import.meta.dirname, 'noted-imports.mjs')],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=planted%20key',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=overridden,deployment.environment.name=test',
      OTEL_SERVICE_NAME: 'dock',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BSP_MAX_QUEUE_SIZE: '20',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    },
  })
  await addServer(gateway, 'far', { kind: 'remote', url: `http://127.0.0.1:${(remote.address() as AddressInfo).port}/mcp` })
})
afterAll(async () => {
  await gateway?.dispose()
  await receiver?.close()
  remote?.close()
  remote?.closeAllConnections()
})

/** A remote server of 2025-11-25 whose tool answers with the headers and the `_meta` it was called with. */
async function startRemote(): Promise<Server> {
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const message = text === '' ? {} : (JSON.parse(text) as Message)
    const results: Record<string, () => unknown> = {
      initialize: () => ({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'far', version: '1' } }),
      'tools/list': () => ({ tools: [{ name: 'show', inputSchema: { type: 'object' } }] }),
      'tools/call': () => ({ content: [{ type: 'text', text: JSON.stringify({ headers: request.headers, meta: message.params?._meta }) }] }),
    }
    const result = results[message.method]?.()
    if (message.id === undefined) return void response.writeHead(request.method === 'POST' ? 202 : 405).end()
    const answer = result === undefined ? { error: { code: -32601, message: 'unknown' } } : { result }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** The two spans of a call: the gateway's, and in it the one of whom it asked. */
async function spansOf(requestId: string): Promise<{ readonly own: ReceivedSpan; readonly inner: ReceivedSpan }> {
  return until(`the spans of ${requestId}`, () => {
    const own = receiver.spans.find(({ attributes }) => attributes['tooldock.request_id'] === requestId)
    const inner = receiver.spans.find(({ parentId }) => parentId === own?.spanId)
    return own !== undefined && inner !== undefined && { own, inner }
  })
}

/** What a tool returned, whether MCP or REST brought it. */
const shown = (result: Message) => result.structuredContent ?? (result.content === undefined ? result : JSON.parse(result.content[0].text))
const linesOf = (requestId: string): Message[] =>
  gateway
    .output()
    .split('\n')
    .filter((line) => line.includes(`"requestId":"${requestId}"`))
    .map((line) => JSON.parse(line))

test('a call of each protocol is a span of the gateway, and in it one of the worker, which is told where it stands', async () => {
  const legacy = await LegacySession.open(gateway, '/demo/mcp')
  const calls: readonly (readonly [era: string, id: string, call: () => Promise<Message>])[] = [
    [
      'modern',
      'trace-modern',
      async () => (await modern(gateway, '/demo/mcp', 'tools/call', { name: 'talk' }, { headers: { 'x-request-id': 'trace-modern' } })).result,
    ],
    ['none', 'trace-rest', async () => (await gateway.rest('demo', 'talk', {}, { headers: { 'x-request-id': 'trace-rest' } })).json],
    [
      'legacy',
      'trace-legacy',
      async () => {
        const body = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'talk', _meta: { traceparent: PARENT, baggage: 'user=1' } } }
        return (await gateway.http('/demo/mcp', { body, headers: { ...legacy.headers, accept: 'application/json', 'x-request-id': 'trace-legacy' } })).json
          .result
      },
    ],
  ]
  for (const [era, id, call] of calls) {
    const result = await call()
    const { own, inner } = await spansOf(id)
    expect(own).toMatchObject({ name: 'tools/call talk', kind: 2, isError: false, parentId: era === 'legacy' ? SPAN : '' })
    expect(own.attributes).toMatchObject({
      ...{ 'mcp.method.name': 'tools/call', 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'talk' },
      ...{ 'tooldock.namespace': 'demo', 'tooldock.era': era, 'tooldock.outcome': 'ok' },
    })
    expect(own.resource).toMatchObject({ 'service.name': 'dock', 'deployment.environment.name': 'test' })
    expect(inner).toMatchObject({ kind: 3, traceId: own.traceId, attributes: { 'tooldock.answered_by': 'native' } })
    expect(shown(result)).toEqual({ traceparent: `00-${own.traceId}-${inner.spanId}-01`, ...(era === 'legacy' ? { baggage: 'user=1' } : {}) })
    // What the tool logs and the line of the request have the trace.
    const lines = await until(`the lines of ${id}`, () => linesOf(id).length >= 2 && linesOf(id))
    expect(lines.map(({ msg, traceId }) => [msg, traceId]).sort()).toEqual([
      ['request', own.traceId],
      ['the tool says so', own.traceId],
    ])
    expect(lines.find(({ msg }) => msg === 'request')).toMatchObject({
      namespace: 'demo',
      tool: 'talk',
      era,
      outcome: 'ok',
      principal: 'token',
      durationMs: expect.any(Number),
    })
  }
  expect(receiver.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'content-type': 'application/x-protobuf', 'x-team': 'planted key' } })
})

test('a remote server is told by headers and _meta, and the caller is answered with its trace', async () => {
  const headers = { traceparent: PARENT, tracestate: 'vendor=1', 'x-request-id': 'trace-remote' }
  const reply = await modern(gateway, '/far/mcp', 'tools/call', { name: 'show' }, { headers })
  const { own, inner } = await spansOf('trace-remote')
  expect(own).toMatchObject({ traceId: TRACE, parentId: SPAN })
  expect(inner.attributes['tooldock.answered_by']).toBe('server')
  expect(reply.headers.get('traceparent')).toBe(`00-${TRACE}-${own.spanId}-01`)
  expect(reply.headers.get('x-request-id')).toBe('trace-remote')
  const traceparent = `00-${TRACE}-${inner.spanId}-01`
  const told = shown(reply.result)
  expect(told.headers).toMatchObject({ traceparent, tracestate: 'vendor=1', 'x-request-id': 'trace-remote' })
  expect(told.meta).toMatchObject({ traceparent, tracestate: 'vendor=1', 'io.tooldock/requestId': 'trace-remote' })
})

test('a failure is an error with its code; what the caller does not sample is not sent, and is passed on as not sampled', async () => {
  await modern(gateway, '/demo/mcp', 'tools/call', { name: 'fail' }, { headers: { 'x-request-id': 'trace-fail' } })
  const { own, inner } = await spansOf('trace-fail')
  for (const span of [own, inner]) expect(span).toMatchObject({ isError: true, attributes: { 'error.type': 'tool_error' } })
  const unsampled = await gateway.rest('demo', 'talk', {}, { headers: { 'x-request-id': 'trace-unsampled', traceparent: PARENT.replace(/01$/, '00') } })
  expect(shown(unsampled.json).traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`))
  await gateway.rest('demo', 'talk', {}, { headers: { 'x-request-id': 'trace-after' } })
  await spansOf('trace-after')
  expect(receiver.spans.some(({ attributes }) => attributes['tooldock.request_id'] === 'trace-unsampled')).toBe(false)
})

test('a receiver that refuses delays no call: what is dropped is counted, told in the log and /health; the last spans leave at the end', async () => {
  receiver.status = 500
  const dropped = await until('dropped spans', async () => {
    expect((await gateway.rest('demo', 'talk')).status).toBe(200)
    const { now } = (await gateway.http('/health')).json
    return now.spansDropped > 0 && now.spansDropped
  })
  await until('its line', () => gateway.output().includes('spans were dropped: the receiver of traces did not take them'))
  expect((await gateway.http('/metrics')).text).toMatch(/tooldock_spans_dropped_total \d/)
  expect((await gateway.http('/api/attention')).json.items).toContainEqual(expect.objectContaining({ kind: 'records_dropped' }))
  expect(dropped).toBeGreaterThan(0)
  expect(gateway.output()).not.toContain('planted key')
  receiver.status = 200
  await gateway.rest('demo', 'talk', {}, { headers: { 'x-request-id': 'trace-last' } })
  await gateway.stop()
  expect(receiver.spans.some(({ attributes }) => attributes['tooldock.request_id'] === 'trace-last')).toBe(true)
  expect(gateway.output()).toContain('loads @opentelemetry/sdk-trace')
})

test('while traces are off nothing of OpenTelemetry is loaded, and the trace of a caller is passed on as it came', async () => {
  await gateway.dispose()
  gateway = await startGateway({ namespaces: { demo: { 'tools.ts': TOOLS } }, nodeArgs: ['--import', join(import.meta.dirname, 'noted-imports.mjs')] })
  const reply = await gateway.rest('demo', 'talk', {}, { headers: { traceparent: PARENT, 'x-request-id': 'passed-on' } })
  expect(shown(reply.json)).toEqual({ traceparent: PARENT })
  expect(reply.headers.get('traceparent')).toBe(PARENT)
  await until('its lines', () => linesOf('passed-on').length === 2 && linesOf('passed-on').every(({ traceId }) => traceId === TRACE))
  await gateway.stop()
  expect(gateway.output()).not.toContain('@opentelemetry/')
})
