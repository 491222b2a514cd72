import { afterEach, describe, expect, it } from 'vitest'
import { type ConnectedServer, connectServer, EVERYTHING, stopServers, textOf, toolCall } from '../../test/connect-server.ts'
import { type Principal, TOKEN_HOLDER } from '../kernel/principal.ts'
import type { ConnectOptions } from './mcp-connection.types.ts'
import type { InputRequired, UpstreamCall, UpstreamResult } from './upstream.ts'

const FORM = { message: 'who?', requestedSchema: { type: 'object', properties: {} } }
const ELICIT = { method: 'elicitation/create', params: FORM }
const YES = { action: 'accept', content: { name: 'Ann' } }

let server: ConnectedServer
const start = async (options: Partial<ConnectOptions> = {}, args = ['legacy']) => {
  server = await connectServer('raw-server.mjs', args, options)
}
const run = (call: UpstreamCall): Promise<UpstreamResult> => server.mcp.call(call).result
const asked = async (call: UpstreamCall): Promise<InputRequired> => {
  const result = await run(call)
  if (result.kind !== 'input_required') throw new Error(`complete: ${result.json}`)
  return result
}
/** The retry of a call, with these answers. */
const again = (call: UpstreamCall, { requestState }: InputRequired, inputResponses: object): UpstreamCall => ({
  ...call,
  params: { ...call.params, ...(requestState === undefined ? {} : { requestState }), inputResponses },
})
const heard = async (): Promise<string[]> => JSON.parse(textOf(await run(toolCall('heard'))))
const cancelled = async (): Promise<string[]> => (await heard()).filter((line) => line.startsWith('notifications/cancelled'))

afterEach(async () => {
  expect(server.mcp.inFlight).toBe(0)
  await server.mcp.close()
  expect(server.mcp.parked).toBe(0)
  await stopServers()
})

describe('what a legacy server asks during a call becomes a round of input', () => {
  it('and the answer lets the call go on', async () => {
    await start()
    const call = toolCall('ask', ELICIT)
    const input = await asked(call)
    expect(input).toEqual({
      kind: 'input_required',
      inputRequests: { 'elicitation/create-1': ELICIT },
      requestState: expect.stringMatching(/^upstream\.[0-9a-f]{16}\.1$/),
      settled: expect.any(Promise),
      dialogue: expect.anything(),
    })
    expect([server.mcp.inFlight, server.mcp.parked]).toEqual([0, 1])
    expect(server.mcp.holds(String(input.requestState))).toBe(true)
    const more = { seen: true }
    expect(JSON.parse(textOf(await run(again(call, input, { 'elicitation/create-1': { ...YES, ...more } }))))).toEqual({ ...YES, ...more })
    expect([server.mcp.inFlight, server.mcp.parked]).toEqual([0, 0])
  })

  it('of three, when they are asked side by side', async () => {
    await start()
    const call = toolCall('three')
    const input = await asked(call)
    expect(Object.keys(input.inputRequests)).toEqual(['elicitation/create-1', 'elicitation/create-2', 'roots/list-1'])
    expect(input.inputRequests['roots/list-1']).toEqual({ method: 'roots/list' })
    const answers = { 'elicitation/create-1': { action: 'decline' }, 'elicitation/create-2': YES, 'roots/list-1': { roots: [] } }
    expect(JSON.parse(textOf(await run(again(call, input, answers))))).toEqual([{ action: 'decline' }, YES, { roots: [] }])
  })

  it('and another, when they are asked one after the other, under another key and state', async () => {
    await start()
    const call = toolCall('inTurn')
    const first = await asked(call)
    const second = await asked(again(call, first, { 'elicitation/create-1': YES }))
    expect(Object.keys(second.inputRequests)).toEqual(['elicitation/create-2'])
    expect(second.requestState).not.toBe(first.requestState)
    expect(JSON.parse(textOf(await run(again(call, second, { 'elicitation/create-2': YES }))))).toEqual([YES, YES])
  })

  it('once more for what was left out or is no answer', async () => {
    await start()
    const call = toolCall('three')
    let input = await asked(call)
    input = await asked(again(call, input, {}))
    expect(Object.keys(input.inputRequests)).toHaveLength(3)
    input = await asked(again(call, input, { 'elicitation/create-2': YES, 'elicitation/create-1': 'yes', other: YES }))
    expect(Object.keys(input.inputRequests)).toEqual(['elicitation/create-1', 'roots/list-1'])
    expect(await run(again(call, input, { 'elicitation/create-1': YES, 'roots/list-1': { roots: [] } }))).toMatchObject({ kind: 'complete' })
  })

  it('that ends when the server does not wait for the answer', async () => {
    await start()
    expect(textOf(await run(toolCall('askAndGo')))).toBe('gone on')
    const call = toolCall('askThenGo')
    const input = await asked(call)
    await expect.poll(async () => (await heard()).length).toBeGreaterThan(0)
    expect(textOf(await run(again(call, input, { 'elicitation/create-1': YES })))).toBe('gone on without the answer')
  })

  it('that ends when the server withdraws what it asked', async () => {
    await start()
    const call = toolCall('withdraw')
    let result: UpstreamResult = await asked(call)
    while (result.kind === 'input_required') {
      await new Promise((resolve) => setImmediate(resolve))
      result = await run(again(call, result, {}))
    }
    expect(textOf(result)).toBe('withdrawn')
  })

  it('and the notifications of each round go to the caller of that round', async () => {
    await start()
    const before: string[] = []
    const after: string[] = []
    const call = toolCall('three', {}, { onNotification: (method) => before.push(method) })
    const input = await asked(call)
    const retry = again(toolCall('three', {}, { onNotification: (method) => after.push(method) }), input, {
      'elicitation/create-1': YES,
      'elicitation/create-2': YES,
      'roots/list-1': { roots: [] },
    })
    await run(retry)
    await run(toolCall('logs', {}, { logLevel: 'debug', onNotification: () => {} }))
    expect([before, after]).toEqual([[], []])
  })
})

describe('a parked call', () => {
  it('is resumed once only', async () => {
    await start()
    const call = toolCall('ask', ELICIT)
    const input = await asked(call)
    const retry = again(call, input, { 'elicitation/create-1': YES })
    const [one, other] = await Promise.allSettled([run(retry), run(retry)])
    expect(one.status).toBe('fulfilled')
    expect(other).toMatchObject({ status: 'rejected', reason: { code: 'parked_call_gone' } })
    await expect(run(again(call, { ...input, requestState: 'upstream.0000000000000000.1' }, {}))).rejects.toMatchObject({ code: 'parked_call_gone' })
    await expect(run(again(call, { ...input, requestState: 'whatever' }, {}))).rejects.toMatchObject({ code: 'parked_call_gone' })
  })

  it('ends in the server when its caller gives up', async () => {
    await start()
    const { requestState } = await asked(toolCall('ask', ELICIT))
    server.mcp.abandon(String(requestState))
    server.mcp.abandon(String(requestState))
    expect(server.mcp.holds(String(requestState))).toBe(false)
    expect(await cancelled()).toHaveLength(1)
  })

  it('ends in the server when no input comes in time', async () => {
    await start({ parkMs: 100 })
    const call = toolCall('ask', ELICIT)
    const input = await asked(call)
    await expect.poll(() => server.mcp.parked).toBe(0)
    expect(await cancelled()).toHaveLength(1)
    await expect(run(again(call, input, { 'elicitation/create-1': YES }))).rejects.toMatchObject({ code: 'parked_call_gone' })
  })

  it('ends when its server does', async () => {
    await start()
    const call = toolCall('ask', ELICIT)
    const input = await asked(call)
    await expect(run(toolCall('die'))).rejects.toMatchObject({ code: 'upstream_failed' })
    await expect(run(again(call, input, {}))).rejects.toMatchObject({ code: 'parked_call_gone' })
  })

  it('does not time out as a running call does, and does so after it was resumed', async () => {
    await start({ callTimeoutMs: 300 })
    const call = toolCall('inTurn')
    const input = await asked(call)
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(await asked(again(call, input, { 'elicitation/create-1': YES }))).toMatchObject({ kind: 'input_required' })
    const stuck = await asked(toolCall('three'))
    server.mcp.abandon(String(stuck.requestState))
  })

  it('is refused when as many wait as may', async () => {
    await start({ parkedCallsMax: 2 })
    const ids = Array.from({ length: 5 }, (_, index) => index)
    const calls = await Promise.allSettled(ids.map(() => run(toolCall('inTurn'))))
    const refused = calls.filter((call) => call.status === 'rejected')
    expect(refused).toHaveLength(3)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'too_many_parked_calls' })
    expect(server.mcp.parked).toBe(2)
    expect(await cancelled()).toHaveLength(3)
  })

  it('is one of a thousand', { timeout: 60_000 }, async () => {
    await start({ parkedCallsMax: 1000 })
    const call = toolCall('ask', ELICIT)
    const inputs = await Promise.all(Array.from({ length: 1000 }, () => asked(call)))
    expect(server.mcp.parked).toBe(1000)
    const answers = inputs.map((input, index) => {
      const [key = ''] = Object.keys(input.inputRequests)
      return run(again(call, input, { [key]: { action: 'accept', content: { index } } }))
    })
    const results = (await Promise.all(answers)).map((result) => JSON.parse(textOf(result)).content.index)
    expect(results.toSorted((a, b) => a - b)).toEqual(inputs.map((_, index) => index))
  })
})

describe('a question is refused in the name of a caller', () => {
  it.each([
    ['without the capability', {}, ELICIT, -32601],
    ['without sampling', { elicitation: {} }, { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } }, -32601],
    [
      'that knows forms but not URLs',
      { elicitation: {} },
      { method: 'elicitation/create', params: { mode: 'url', url: 'https://example.com', message: '' } },
      -32602,
    ],
    ['that knows URLs but not forms', { elicitation: { url: {} } }, ELICIT, -32602],
    ['that knows no tools in sampling', { sampling: {} }, { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1, tools: [] } }, -32602],
  ])('%s', async (_, clientCapabilities, question, code) => {
    await start()
    expect(JSON.parse(textOf(await run(toolCall('ask', question, { clientCapabilities }))))).toMatchObject({ error: { code } })
    expect(JSON.parse(textOf(await run(toolCall('ask', { method: 'vendor/unknown' }))))).toMatchObject({ error: { code: -32601 } })
    expect(JSON.parse(textOf(await run(toolCall('ask', { method: 'ping' }))))).toEqual({})
  })
})

describe('with several calls under way in one process', () => {
  const other: Principal = { ...TOKEN_HOLDER, id: 'other', name: 'other' }
  const busy = (more: Partial<UpstreamCall>) => server.mcp.call(toolCall('never', {}, more))

  it.each([
    ['of another principal', { principal: other }, false],
    ['of another principal that cannot answer', { principal: other, clientCapabilities: {} }, false],
    ['of another session', { session: 'b' }, false],
    ['of another session that cannot answer', { session: 'b', clientCapabilities: {} }, true],
    ['of the same session', { session: 'a' }, true],
  ])('a question while there is one %s', async (_, more, isAsked) => {
    await start()
    const running = busy(more)
    const call = toolCall('ask', ELICIT, { session: 'a' })
    if (isAsked) server.mcp.abandon(String((await asked(call)).requestState))
    else expect(JSON.parse(textOf(await run(call)))).toMatchObject({ error: { code: -32603, message: expect.stringContaining('per-session') } })
    running.cancel('done')
    await expect(running.result).rejects.toMatchObject({ code: 'cancelled' })
  })
})

it('a question that another call of the same caller was asked for finds its own when that one ends', async () => {
  await start()
  const call = toolCall('ask', ELICIT)
  const own = run(call)
  const quick = run(toolCall('askAndGo'))
  expect(textOf(await quick)).toBe('gone on')
  let input = await own
  while (input.kind === 'input_required') {
    const answers = Object.fromEntries(Object.keys(input.inputRequests).map((key) => [key, YES]))
    input = await run(again(call, input, answers))
  }
  expect(JSON.parse(textOf(input))).toEqual(YES)
})

describe('"first open these addresses" of 2025-11-25', () => {
  it('is a round of input without a state for a modern caller, and a new call after it', async () => {
    await start()
    const params = { mode: 'url', url: 'https://example.com', elicitationId: '1', message: 'open' }
    const call = toolCall('urls', {}, { era: 'modern', clientCapabilities: EVERYTHING })
    expect(await run(call)).toEqual({ kind: 'input_required', inputRequests: { 'elicitation/create-1': { method: 'elicitation/create', params } } })
    expect(await asked(again(call, await asked(call), { 'elicitation/create-1': { action: 'accept' } }))).toBeDefined()
    await expect(run({ ...call, era: 'legacy' })).rejects.toMatchObject({ code: 'upstream_error', details: { code: -32042 } })
  })
})
