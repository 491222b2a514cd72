import { afterEach, describe, expect, test } from 'vitest'
import { ECHO, SLOW } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { LegacySession, type Message, modern, type Reply, readEvents } from './mcp-http.ts'
import { isAlive, processesNaming, workersOf } from './processes.ts'
import { until } from './until.ts'

let gateway: Gateway
afterEach(() => gateway?.dispose())

/** Resolves when so many calls of the namespace have begun. */
const begun = (namespace: string, calls = 1) => until('the call to begin', () => gateway.printed(namespace).split('begun').length > calls)

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
    await begun('demo', 2)
    const stopped = gateway.stop()
    stopped.catch(() => undefined) // Looked at below; an assertion may fail before.
    expect((await rest).status).toBe(200)
    expect((await mcp).result.content).toEqual([{ type: 'text', text: 'slept' }])
    // MCP 2026-07-28, basic/patterns/subscriptions "Graceful Closure".
    expect((await subscription).result).toMatchObject({ resultType: 'complete', _meta: { 'io.modelcontextprotocol/subscriptionId': 1 } })
    // Nothing but the event that makes it resumable.
    for await (const event of readEvents(listening.body as ReadableStream<Uint8Array>)) expect(event.data).toBe('')
    await stopped
  })

  test('calls that outlast the grace period are answered that ToolDock is stopping', async () => {
    gateway = await startGateway({ namespaces: { demo: SLOW }, env: { SHUTDOWN_GRACE_SECONDS: '1' } })
    const rest = gateway.rest('demo', 'sleep', { ms: 25_000 })
    const mcp = modern(gateway, '/demo/mcp', 'tools/call', { name: 'sleep', arguments: { ms: 25_000 } })
    await begun('demo', 2)
    const stopped = gateway.stop()
    stopped.catch(() => undefined) // As above.
    mcp.catch(() => undefined)
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
    await begun('demo')
    await gateway.stop()
  })

  test('a second signal, more than a second later, ends it at once and leaves no worker', async () => {
    gateway = await startGateway({ namespaces: { demo: SLOW }, env: { SHUTDOWN_GRACE_SECONDS: '60' } })
    void gateway.rest('demo', 'stubborn').catch(() => undefined) // As above.
    await begun('demo')
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
  await begun('looping')
  expect(workersOf(gateway.pid)).toHaveLength(2)
  const had = await gateway.killHard()
  expect(had.length).toBeGreaterThanOrEqual(2)
  await until('no process of it', () => !had.some(isAlive) && processesNaming(gateway.dataDir).length === 0, 5_000)
})

test('a call that waits for its caller says that it is gone when its worker died, and its state is good for once only', async () => {
  const ask = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const ask = defineTool({ description: 'Asks.', handler: async (_args, ctx) => (await ctx.elicit({ message: 'Name?', schema: z.object({ name: z.string() }), key: 'name' })).content?.name })
`
  gateway = await startGateway({ namespaces: { demo: { 'ask.ts': ask } } })
  const call = (more: Message = {}) =>
    modern(gateway, '/demo/mcp', 'tools/call', { name: 'ask', arguments: {}, ...more }, { capabilities: { elicitation: {} } })
  const inputResponses = { name: { action: 'accept', content: { name: 'Ada' } } }
  const answer = async (requestState: string) => (await call({ inputResponses, requestState })) as Reply

  const { requestState } = (await call()).result
  expect((await answer(requestState)).result.content).toEqual([{ type: 'text', text: 'Ada' }])
  expect((await answer(requestState)).error.data.code).toBe('parked_call_gone')

  const parked = (await call()).result
  process.kill(workersOf(gateway.pid)[0]?.pid as number, 'SIGKILL')
  const error = await until('the death of the worker to be noticed', async () => (await answer(parked.requestState)).error)
  expect(error.data.code).toBe('parked_call_gone')
  await gateway.stop()
})
