import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../../../../../test/system/gateway.ts'
import { readEvents } from '../../../../../test/system/mcp-http.ts'
import { until } from '../../../../../test/system/until.ts'
import { EXECUTE_EVENT, type ExecuteEvent } from './execute-events.ts'

const TOOLS = `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const add = defineTool({ input: z.object({ a: z.number(), b: z.number() }), output: z.object({ sum: z.number() }), handler: ({ a, b }) => ({ sum: a + b }) })
export const ask = defineTool({ async handler(_args, ctx) {
  const { content } = await ctx.elicit({ message: 'Name?', schema: z.object({ name: z.string() }) })
  const { content: second } = await ctx.elicit({ message: 'And age?', schema: z.object({ age: z.number() }) })
  return \`\${content?.name} is \${second?.age}\`
} })
export const steps = defineTool({ handler(_args, ctx) { ctx.progress(1, 2, 'half'); ctx.log.warning('careful'); return 'done' } })
export const wait = defineTool({ handler: (_args, ctx) => new Promise((_resolve, reject) => { console.log('wait began'); ctx.signal.addEventListener('abort', () => { console.log('wait was cancelled'); reject(new Error('cancelled')) }) }) })
export const big = defineTool({ handler: () => 'x'.repeat(200_000) })
export const fail = defineTool({ handler: () => { throw new Error('out of ink') } })
`

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ namespaces: { demo: { 'tools.ts': TOOLS } }, env: { EXECUTIONS_MAX: '2', EXECUTION_BYTES_MAX: '100000' } })
})
afterAll(async () => {
  try {
    await gateway.stop()
  } finally {
    await gateway.dispose()
  }
})

const PROTOCOLS = ['mcp-modern', 'mcp-legacy', 'rest'] as const

interface Run {
  readonly events: ExecuteEvent[]
  /** Resolves with the first event of this type that has not been asked for yet. */
  next<T extends ExecuteEvent['type']>(type: T): Promise<Extract<ExecuteEvent, { type: T }>>
  leave(): void
}

async function execute(body: object, token = gateway.token): Promise<Run> {
  const abort = new AbortController()
  const response = await fetch(`${gateway.url}/api/execute`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ namespace: 'demo', ...body }),
    signal: abort.signal,
  })
  if (response.status !== 200 || response.body === null) throw new Error(`${response.status} ${await response.text()}`)
  const events: ExecuteEvent[] = []
  const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    for await (const { data } of readEvents(stream)) events.push(EXECUTE_EVENT.parse(JSON.parse(data)))
  }
  const reading = read(response.body).catch((error: unknown) => {
    if (!abort.signal.aborted) throw error
  })
  const seen = new Set<ExecuteEvent>()
  return {
    events,
    async next(type) {
      const event = await until(`the event ${type}`, () => events.find((it) => it.type === type && !seen.has(it)))
      seen.add(event)
      if (type === 'finished') await reading
      return event as never
    },
    leave: () => abort.abort(),
  }
}

const answer = (id: string, inputResponses: object) => gateway.http(`/api/execute/${id}/answer`, { body: { inputResponses } })
const form = (content: object) => ({ action: 'accept', content })
const sentTo = ({ events }: Run) => events.flatMap((event) => (event.type === 'message' && event.direction === 'sent' ? [event] : []))

describe('a call through each protocol', () => {
  test.each(PROTOCOLS)('%s: the result, the time it took, and everything that crossed the wire', async (protocol) => {
    const run = await execute({ tool: 'add', arguments: { a: 2, b: 3 }, protocol })
    const { requestId } = await run.next('started')
    const finished = await run.next('finished')
    const result = protocol === 'rest' ? { sum: 5 } : expect.objectContaining({ structuredContent: { sum: 5 } })
    expect(finished).toMatchObject({
      status: 200,
      isError: false,
      result,
      request: { method: 'POST', headers: { authorization: 'Bearer ***', 'x-request-id': requestId } },
    })
    expect(finished.headers['x-request-id']).toBe(requestId)
    expect(finished.timing.totalMs).toBeGreaterThanOrEqual(finished.timing.firstByteMs ?? Number.POSITIVE_INFINITY)
    const methods = sentTo(run).map(({ method, message }) => [method, (JSON.parse(message || '{}') as { method?: string }).method])
    const expected = {
      'mcp-modern': [['POST', 'tools/call']],
      'mcp-legacy': [
        ['POST', 'initialize'],
        ['POST', 'notifications/initialized'],
        ['POST', 'tools/call'],
        ['DELETE', undefined],
      ],
      rest: [['POST', undefined]],
    }
    expect(methods).toEqual(expected[protocol])
    // Whatever opens the gateway to itself is in nothing that is told or written.
    expect(JSON.stringify(run.events)).not.toMatch(/Bearer (?!\*\*\*)/)
    expect(/tdown_/.test(JSON.stringify(run.events) + gateway.output())).toBe(false)
    expect(await until('the call in the log', async () => (await gateway.http(`/api/calls?requestId=${requestId}`)).json.calls[0])).toMatchObject({
      name: 'add',
      principal: 'token',
      protocol: protocol === 'rest' ? 'rest' : 'mcp',
    })
  })

  test.each(PROTOCOLS)('%s: what went wrong, in its own words', async (protocol) => {
    const failed = await (await execute({ tool: 'fail', protocol })).next('finished')
    expect(failed.isError).toBe(true)
    expect(JSON.stringify(protocol === 'rest' ? failed.error : failed.result)).toContain('out of ink')
    const unknown = await (await execute({ tool: 'nothing', protocol })).next('finished')
    expect(unknown).toMatchObject({ isError: true, error: { message: expect.stringContaining('nothing') } })
    // A namespace is a name, never a path.
    const elsewhere = await (await execute({ namespace: 'api/secrets?x=', tool: 'add', protocol })).next('finished')
    expect(elsewhere).toMatchObject({ status: 404, isError: true })
  })

  test.each(['mcp-modern', 'mcp-legacy'] as const)('%s: progress, log messages and questions', async (protocol) => {
    const steps = await execute({ tool: 'steps', protocol })
    await steps.next('finished')
    expect(await steps.next('progress')).toMatchObject({ progress: 1, total: 2, message: 'half' })
    expect(await steps.next('log')).toMatchObject({ level: 'warning' })

    const run = await execute({ tool: 'ask', protocol })
    const { id } = await run.next('started')
    for (const content of [{ name: 'Ada' }, { age: 36 }]) {
      const { inputRequests } = await run.next('input_required')
      const [[key, question] = ['', undefined]] = Object.entries(inputRequests)
      expect(question?.method).toBe('elicitation/create')
      expect((await answer(id, { other: form({}) })).status).toBe(404)
      expect((await answer(id, { [key]: form(content) })).status).toBe(200)
    }
    expect(await run.next('finished')).toMatchObject({ isError: false, result: { content: [{ text: 'Ada is 36' }] } })
    expect((await answer(id, {})).status).toBe(404)
  })

  test('a question is declined: 2025-11-25 has an error for it, 2026-07-28 ends the call', async () => {
    const legacy = await execute({ tool: 'ask', protocol: 'mcp-legacy' })
    const { id } = await legacy.next('started')
    const [key = ''] = Object.keys((await legacy.next('input_required')).inputRequests)
    expect((await answer(id, { [key]: null })).status).toBe(200)
    await legacy.next('finished')
    expect(sentTo(legacy).map(({ message }) => JSON.parse(message || '{}').error)).toContainEqual({ code: -1, message: 'The user declined.' })

    const modern = await execute({ tool: 'ask' })
    const started = await modern.next('started')
    const [only = ''] = Object.keys((await modern.next('input_required')).inputRequests)
    await answer(started.id, { [only]: null })
    expect(await modern.next('finished')).toMatchObject({ isError: true, error: { code: 'cancelled' } })
    expect(sentTo(modern)).toHaveLength(1)
  })

  test('a client that can do less is told what is missing; REST cannot be asked', async () => {
    const modern = await execute({ tool: 'ask', capabilities: {} })
    expect(await modern.next('finished')).toMatchObject({ isError: true })
    const rest = await execute({ tool: 'ask', protocol: 'rest' })
    expect(await rest.next('finished')).toMatchObject({ status: 400, error: { code: 'missing_client_capability' } })
  })
})

describe('a call ends', () => {
  const cancelled = () => gateway.printed('demo').split('wait was cancelled').length - 1
  const begun = () => gateway.printed('demo').split('wait began').length - 1

  test.each(PROTOCOLS)('%s: when it is cancelled, and when its reader leaves', async (protocol) => {
    const before = cancelled()
    const first = await execute({ tool: 'wait', protocol })
    const { id } = await first.next('started')
    await until('the tool to run', () => begun() > before)
    expect((await gateway.http(`/api/execute/${id}`, { method: 'DELETE' })).status).toBe(200)
    expect(await first.next('finished')).toMatchObject({ status: null, isError: true, error: { code: 'cancelled' } })
    await until('the tool to be told', () => cancelled() === before + 1)

    const second = await execute({ tool: 'wait', protocol })
    await second.next('started')
    await until('the tool to run', () => begun() > before + 1)
    second.leave()
    await until('the tool to be told', () => cancelled() === before + 2)
  })

  test('at the bounds of time, size and number', async () => {
    expect(await (await execute({ tool: 'wait', timeoutMs: 300 })).next('finished')).toMatchObject({ error: { code: 'tool_timeout' } })
    expect(await (await execute({ tool: 'big' })).next('finished')).toMatchObject({ error: { code: 'result_too_large' } })
    const runs = [await execute({ tool: 'wait' }), await execute({ tool: 'wait' })]
    await expect(execute({ tool: 'add' })).rejects.toThrow(/429.*EXECUTIONS_MAX/)
    for (const run of runs) run.leave()
    const last = await until('room for another', () => execute({ tool: 'add', arguments: { a: 1, b: 1 } }).catch(() => undefined))
    expect(await last.next('finished')).toMatchObject({ isError: false })
    expect((await gateway.http('/health')).json.streams ?? 0).toBe(0)
  })
})

test('a key calls what it sees, with its own rights, and knows nothing of the calls of others', async () => {
  const { json } = await gateway.http('/api/keys', {
    body: { name: 'narrow', role: 'caller', namespaces: ['demo'], tools: ['demo__add', 'demo__wait'], expiresAt: null },
  })
  const seen = await execute({ tool: 'add', arguments: { a: 1, b: 2 } }, json.secret)
  expect(await seen.next('finished')).toMatchObject({ isError: false })
  const unseen = await execute({ tool: 'steps' }, json.secret)
  expect(await unseen.next('finished')).toMatchObject({ isError: true, error: { code: -32602 } })

  const own = await execute({ tool: 'wait' })
  const { id } = await own.next('started')
  expect((await gateway.http(`/api/execute/${id}`, { method: 'DELETE', token: json.secret })).status).toBe(404)
  own.leave()
})

test('a credential that was not lent opens nothing', async () => {
  expect((await gateway.http('/api/tools', { token: 'tdown_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' })).status).toBe(401)
})
