import { afterEach, describe, expect, test } from 'vitest'
import { ECHO, SLOW } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { LegacySession, type Message, modern, readEvents } from './mcp-http.ts'
import { isAlive, processesNaming, workersOf } from './processes.ts'
import { until } from './until.ts'

let gateway: Gateway
afterEach(() => gateway?.dispose())

/** Resolves when the namespace has a call in flight. */
const callInFlight = () => until('a call in flight', async () => /"callsInFlight":[1-9]/.test((await gateway.http('/health')).text))

describe('on SIGTERM', () => {
  test('calls in flight finish within the grace period, streams end, and nothing is left', async () => {
    gateway = await startGateway({ namespaces: { demo: { ...ECHO, ...SLOW } } })
    const session = await LegacySession.open(gateway, '/demo/mcp')
    const listening = await session.listen()
    const rest = gateway.rest('demo', 'sleep', { ms: 2000 })
    const mcp = modern(gateway, '/demo/mcp', 'tools/call', { name: 'sleep', arguments: { ms: 2000 } })
    const acknowledged = Promise.withResolvers<void>()
    const subscription = modern(
      gateway,
      '/demo/mcp',
      'subscriptions/listen',
      { notifications: { toolsListChanged: true } },
      { onMessage: () => acknowledged.resolve() },
    )
    await acknowledged.promise
    await callInFlight()
    const stopped = gateway.stop()
    expect((await rest).status).toBe(200)
    expect((await mcp).result.content).toEqual([{ type: 'text', text: 'slept' }])
    // MCP 2026-07-28, basic/patterns/subscriptions "Graceful Closure".
    expect((await subscription).result).toMatchObject({ resultType: 'complete', _meta: { 'io.modelcontextprotocol/subscriptionId': 1 } })
    for await (const _event of readEvents(listening.body as ReadableStream<Uint8Array>)) expect.fail('nothing is said on the GET stream')
    await stopped
  })

  test('calls that outlast the grace period are answered that ToolDock is stopping', async () => {
    gateway = await startGateway({ namespaces: { demo: SLOW }, env: { SHUTDOWN_GRACE_SECONDS: '1' } })
    const rest = gateway.rest('demo', 'sleep', { ms: 25_000 })
    const mcp = modern(gateway, '/demo/mcp', 'tools/call', { name: 'sleep', arguments: { ms: 25_000 } })
    await callInFlight()
    const stopped = gateway.stop()
    const reply = await rest
    expect(reply.status).toBe(503)
    expect(reply.json.error.code).toBe('shutting_down')
    const { result, error } = await mcp
    expect(JSON.stringify(result ?? error)).toContain('shutting_down')
    await stopped
  })

  test('a worker that ignores SIGTERM and never yields is ended too', async () => {
    gateway = await startGateway({ namespaces: { demo: SLOW }, env: { SHUTDOWN_GRACE_SECONDS: '1' } })
    void gateway.rest('demo', 'stubborn').catch(() => undefined) // The connection is cut; what matters is what is left.
    await callInFlight()
    await gateway.stop()
  })

  test('a second signal, more than a second later, ends it at once and leaves no worker', async () => {
    gateway = await startGateway({ namespaces: { demo: SLOW }, env: { SHUTDOWN_GRACE_SECONDS: '60' } })
    void gateway.rest('demo', 'stubborn').catch(() => undefined) // As above.
    await callInFlight()
    const workers = workersOf(gateway.pid).map(({ pid }) => pid)
    expect(workers).toHaveLength(1)
    gateway.process.kill('SIGTERM')
    gateway.process.kill('SIGTERM') // As npm passes one Ctrl-C on: the same signal.
    await new Promise((done) => setTimeout(done, 1500))
    expect(isAlive(gateway.pid)).toBe(true)
    const begin = performance.now()
    gateway.process.kill('SIGTERM')
    await gateway.exited()
    expect(performance.now() - begin).toBeLessThan(10_000)
    await until('no worker', () => !workers.some(isAlive) && processesNaming(gateway.dataDir).length === 0, 5_000)
  })
})

test('after kill -9 of the gateway no worker survives 5 s, not even one that loops and ignores signals', async () => {
  gateway = await startGateway({ namespaces: { healthy: ECHO, looping: SLOW } })
  await gateway.rest('healthy', 'echo', { text: 'x' })
  void gateway.rest('looping', 'stubborn').catch(() => undefined) // Its connection dies with the gateway.
  await callInFlight()
  expect(workersOf(gateway.pid)).toHaveLength(2)
  const had = await gateway.killHard()
  expect(had.length).toBeGreaterThanOrEqual(2)
  await until('no process of it', () => !had.some(isAlive) && processesNaming(gateway.dataDir).length === 0, 5_000)
})

test('a call that waits for its caller keeps its state over a restart, or says that it is gone', async () => {
  const ask =
    "import { defineTool } from 'tooldock'\nexport const ask = defineTool({ description: 'Asks.', async handler(_args, ctx) { const { content } = await ctx.elicit({ message: 'Name?', schema: { type: 'object', properties: { name: { type: 'string' } } } }); return String(content?.name) } })\n"
  gateway = await startGateway({ namespaces: { demo: { 'ask.ts': ask } } })
  const params: Message = { name: 'ask', arguments: {} }
  const options = { capabilities: { elicitation: {} } }
  const { result } = await modern(gateway, '/demo/mcp', 'tools/call', params, options)
  expect(result.resultType).toBe('input_required')
  const [key] = Object.keys(result.inputRequests) as [string]
  const retry: Message = { ...params, inputResponses: { [key]: { action: 'accept', content: { name: 'Ada' } } }, requestState: result.requestState }
  const process_ = workersOf(gateway.pid)[0]
  process.kill(process_?.pid as number, 'SIGKILL')
  await until('the worker to be gone', () => !isAlive(process_?.pid as number))
  const { error, status } = await modern(gateway, '/demo/mcp', 'tools/call', retry, options)
  expect(status).toBeLessThan(500)
  expect(error.data.code).toBe('parked_call_gone')
  await gateway.stop()
})
