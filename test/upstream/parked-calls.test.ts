import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, type GatewayOptions, makeDataDir, startGateway } from '../system/gateway.ts'
import { LegacySession, type Message, modern } from '../system/mcp-http.ts'
import { workersOf } from '../system/processes.ts'
import { until } from '../system/until.ts'
import { type HttpFixture, startHttpFixture, stdioFixture } from './fixture-process.ts'
import { addServer, getServer, PATIENT, serverIn } from './servers.ts'

const CAPABILITIES = { elicitation: {} }
const PARKED_MAX = 1000

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function start(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = await startGateway({ ...options, env: { ...PATIENT, ...options.env } })
  closing.push(() => gateway.dispose())
  return gateway
}

async function startFixture(...choice: Parameters<typeof startHttpFixture>): Promise<HttpFixture> {
  const fixture = await startHttpFixture(...choice)
  closing.push(() => fixture.stop())
  return fixture
}

interface Call {
  readonly path: string
  readonly method: string
  readonly params: Message
}

/** A tool that asks its user one question. */
const asking = (namespace: string, question = 'How much?'): Call => ({
  path: `/${namespace}/mcp`,
  method: 'tools/call',
  params: { name: 'ask', arguments: { question } },
})
const textOf = (result: Message): string => result.content[0].text
const parkedCalls = async (gateway: Gateway, namespace: string) => (await getServer(gateway, namespace)).parkedCalls

/** Makes the call; what its caller has to send with the answer. */
async function park(gateway: Gateway, { path, method, params }: Call, answer: Message = { answer: '42' }): Promise<Message> {
  const { result, error } = await modern(gateway, path, method, params, { capabilities: CAPABILITIES })
  expect(error).toBeUndefined()
  expect(result.resultType).toBe('input_required')
  const keys = Object.keys(result.inputRequests)
  expect(keys).toHaveLength(1)
  return { requestState: result.requestState, inputResponses: { [keys[0] ?? '']: { action: 'accept', content: answer } } }
}

const send = (gateway: Gateway, { path, method, params }: Call, more: Message) =>
  modern(gateway, path, method, { ...params, ...more }, { capabilities: CAPABILITIES })

describe('the requestState of a call that waits in a legacy server', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway({ env: PATIENT })
    await addServer(gateway, 'asks', stdioFixture({ era: 'legacy', offer: 'clients' }))
    const entries = [{ namespace: 'asks', tools: 'all' }]
    expect((await gateway.http('/api/bundles', { body: { namespace: 'kit', prefix: false, entries } })).status).toBe(201)
  }, 120_000)
  afterAll(async () => {
    try {
      await gateway?.stop()
    } finally {
      await gateway?.dispose()
    }
  })

  const call = asking('asks')
  test.each<{ for: string; another: Call; change?: (requestState: string) => string }>([
    { for: 'another tool', another: { ...call, params: { ...call.params, name: 'ask_three' } } },
    { for: 'other arguments', another: asking('asks', 'How many?') },
    { for: 'another method', another: { ...call, method: 'prompts/get', params: { name: 'greet', arguments: { name: 'Ada' } } } },
    { for: 'another address', another: asking('kit') },
    { for: 'the same call when it was altered', another: call, change: (state) => (state.startsWith('A') ? 'B' : 'A') + state.slice(1) },
    { for: 'the same call when it was cut', another: call, change: (state) => state.slice(0, -4) },
  ])('is refused for $for, which costs its own call nothing', async ({ another, change = (state) => state }) => {
    const { requestState, inputResponses } = await park(gateway, call)
    const { error } = await send(gateway, another, { inputResponses, requestState: change(requestState) })
    expect(error.data.code).toBe('invalid_request_state')
    expect(await parkedCalls(gateway, 'asks')).toBe(1)
    expect(textOf((await send(gateway, call, { inputResponses, requestState })).result)).toBe('accept: 42')
    expect(await parkedCalls(gateway, 'asks')).toBe(0)
  })

  test('is good for one answer', async () => {
    const answer = await park(gateway, call)
    expect(textOf((await send(gateway, call, answer)).result)).toBe('accept: 42')
    expect((await send(gateway, call, answer)).error.data.code).toBe('parked_call_gone')
  })
})

test('a call nobody answers ends when its time is up, and its state is refused as expired', async () => {
  const gateway = await start({ env: { PARKED_CALL_MINUTES: '0.02' } })
  await addServer(gateway, 'asks', stdioFixture({ era: 'legacy', offer: 'clients' }))
  const call = asking('asks')
  const answer = await park(gateway, call)
  await until('the call to end', async () => (await parkedCalls(gateway, 'asks')) === 0)
  const { error } = await until('the state to expire', async () => {
    const late = await send(gateway, call, answer)
    return late.error.data.code === 'invalid_request_state' && late
  })
  expect(error.message).toContain('expired')
  // What the server wanted to know is withdrawn, and it serves on.
  expect(textOf((await send(gateway, call, await park(gateway, call))).result)).toBe('accept: 42')
})

test('as many calls wait as PARKED_CALLS_MAX says; one more is refused in words, and each gets its own answer', { timeout: 120_000 }, async () => {
  const gateway = await start({ env: { PARKED_CALLS_MAX: String(PARKED_MAX) } })
  await addServer(gateway, 'asks', { kind: 'remote', url: (await startFixture({ era: 'legacy', offer: 'clients' })).url })
  const calls = Array.from({ length: PARKED_MAX }, (_, index) => asking('asks', `Question ${index}`))
  const answers = await inBatches(calls, (call, index) => park(gateway, call, { answer: `Answer ${index}` }))
  expect(await parkedCalls(gateway, 'asks')).toBe(PARKED_MAX)

  // Clients with other capabilities have another session in the server, and the same bound.
  for (const capabilities of [CAPABILITIES, { ...CAPABILITIES, roots: {} }]) {
    const { error, result } = await modern(gateway, '/asks/mcp', 'tools/call', asking('asks').params, { capabilities })
    const refused = JSON.stringify(error ?? result)
    expect(refused).toContain('too_many_parked_calls')
    expect(refused).toContain(`${PARKED_MAX} calls of the server already wait for input`)
  }
  expect(textOf((await send(gateway, { ...asking('asks'), params: { name: 'echo', arguments: { a: 1 } } }, {})).result)).toBe('{"a":1}')
  expect(await parkedCalls(gateway, 'asks')).toBe(PARKED_MAX)

  const results = await inBatches(answers, (answer, index) => send(gateway, calls[index] as Call, answer))
  expect(results.map(({ result }) => textOf(result))).toEqual(answers.map((_, index) => `accept: Answer ${index}`))
  expect(await parkedCalls(gateway, 'asks')).toBe(0)
})

/** More at once would only wait for each other. */
async function inBatches<T, R>(items: readonly T[], run: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let from = 0; from < items.length; from += 50)
    results.push(...(await Promise.all(items.slice(from, from + 50).map((item, offset) => run(item, from + offset)))))
  return results
}

describe('when the server dies while its call waits for a user', () => {
  test('a remote one: the answer is refused in words, and nothing stays parked', async () => {
    const gateway = await start()
    const fixture = await startFixture({ era: 'legacy', offer: 'clients' })
    await addServer(gateway, 'asks', { kind: 'remote', url: fixture.url, restart: 'never' })
    const call = asking('asks')
    const answer = await park(gateway, call)
    await fixture.stop()
    const { error, result } = await send(gateway, call, answer)
    expect(JSON.stringify(error ?? result)).toMatch(/parked_call_gone|upstream_unreachable|namespace_unavailable/)
    await until('nothing to be parked', async () => (await parkedCalls(gateway, 'asks')) === 0)
  })

  test('a client with a session, whose user is being asked, gets the failure at once', { timeout: 60_000 }, async () => {
    const gateway = await start()
    const { pid } = await addServer(gateway, 'asks', { ...stdioFixture({ era: 'legacy', offer: 'clients' }), restart: 'never' })
    const session = await LegacySession.open(gateway, '/asks/mcp', { capabilities: CAPABILITIES })
    const onMessage = (message: Message) => {
      if (message.method === 'elicitation/create') process.kill(pid as number, 'SIGKILL')
    }
    const { result, error } = await session.request('tools/call', asking('asks').params, { onMessage })
    // In the words of what is known by then: the server ended, or the call has gone with it.
    expect(JSON.stringify(error ?? result)).toMatch(/parked_call_gone|namespace_unavailable|upstream_failed/)
    await serverIn(gateway, 'asks', 'failed')
  })
})

test('when the worker of a namespace dies while its user is asked, a client with a session gets the failure at once', { timeout: 60_000 }, async () => {
  const ask = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const ask = defineTool({ description: 'Asks.', handler: async (_args, ctx) => (await ctx.elicit({ message: 'Name?', schema: z.object({ name: z.string() }) })).content?.name })
`
  const gateway = await start({ namespaces: { demo: { 'ask.ts': ask } } })
  const session = await LegacySession.open(gateway, '/demo/mcp', { capabilities: CAPABILITIES })
  const onMessage = (message: Message) => {
    if (message.method === 'elicitation/create') process.kill(workersOf(gateway.pid)[0]?.pid as number, 'SIGKILL')
  }
  const { error } = await session.request('tools/call', { name: 'ask' }, { onMessage })
  expect(error.data.code).toBe('parked_call_gone')
})

test('when ToolDock is killed with calls parked, those of a legacy server are gone, and those a modern server keeps itself go on, for their caller', async () => {
  const dataDir = makeDataDir()
  closing.push(() => rmSync(dataDir, { recursive: true, force: true }))
  const [older, newer] = await Promise.all([startFixture({ era: 'legacy', offer: 'clients' }), startFixture({ era: 'modern' })])
  const first = await start({ dataDir })
  await addServer(first, 'older', { kind: 'remote', url: older.url })
  await addServer(first, 'newer', { kind: 'remote', url: newer.url })
  const stateful = { path: '/newer/mcp', method: 'tools/call', params: { name: 'test_input_required_result_request_state', arguments: {} } }
  const [toOlder, toNewer] = [await park(first, asking('older')), await park(first, stateful, { ok: true })]
  await first.killHard()

  const second = await start({ dataDir, env: { BEARER_TOKEN: first.token } })
  await Promise.all([serverIn(second, 'older', 'running'), serverIn(second, 'newer', 'running')])
  const gone = await send(second, asking('older'), toOlder)
  expect(gone.error.data.code).toBe('parked_call_gone')
  expect(gone.error.message).toMatch(/start it again/)
  expect(await parkedCalls(second, 'older')).toBe(0)
  expect(textOf((await send(second, asking('older'), await park(second, asking('older')))).result)).toBe('accept: 42')
  const goesOn = await send(second, stateful, toNewer)
  expect(goesOn.result.resultType).toBe('complete')
  await second.stop()

  // Who calls without a token is somebody else.
  const third = await start({ dataDir, env: { AUTH_DISABLED: 'true', BEARER_TOKEN: undefined } })
  await serverIn(third, 'newer', 'running')
  expect((await send(third, stateful, toNewer)).error.data.code).toBe('invalid_request_state')
})
