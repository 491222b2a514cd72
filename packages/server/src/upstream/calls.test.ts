import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ConnectedServer, connectServer, MESSAGE_BYTES_MAX, stopServers, textOf, toolCall } from '../../test/connect-server.ts'
import type { UpstreamCall } from './upstream.ts'

type Heard = [method: string, params: Record<string, unknown>]

describe.each(['modern', 'legacy'] as const)('a call of a %s server', (era) => {
  let server: ConnectedServer
  const run = (call: UpstreamCall) => server.mcp.call(call).result
  const heard = async (): Promise<string[]> => JSON.parse(textOf(await run(toolCall('heard'))))

  beforeEach(async () => {
    server = await connectServer('raw-server.mjs', [era])
  })
  afterEach(async () => {
    await stopServers()
    expect(server.mcp.inFlight).toBe(0)
  })

  it('brings its arguments there and its result back', async () => {
    expect(await run(toolCall('echo', { text: 'zwölf €', n: 1.5, deep: [{ a: null }] }))).toEqual({
      kind: 'complete',
      json: '{"resultType":"complete","content":[{"type":"text","text":"{\\"text\\":\\"zwölf €\\",\\"n\\":1.5,\\"deep\\":[{\\"a\\":null}]}"}]}',
      isError: false,
    })
  })

  it('carries what belongs to its era in _meta, the members of its caller, and nothing else', async () => {
    const onNotification = () => {}
    const call = toolCall('params', { a: 1 }, { meta: { traceparent: 'x', progressToken: 'theirs' }, clientCapabilities: { roots: {} }, onNotification })
    const { structuredContent } = JSON.parse(((await run(call)) as { json: string }).json)
    const envelope = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'tooldock', version: '0' },
      'io.modelcontextprotocol/clientCapabilities': { roots: {} },
    }
    const _meta = { traceparent: 'x', 'io.tooldock/requestId': 'request', progressToken: expect.any(Number), ...(era === 'modern' ? envelope : {}) }
    expect(structuredContent).toEqual({ name: 'params', arguments: { a: 1 }, _meta })
  })

  it.each([
    ['members in another order', '{"content":[],"isError":true,"resultType":"complete"}', '{"resultType":"complete","content":[],"isError":true}', true],
    ['resultType in the middle', '{"content":[],"resultType" : "complete" ,"_meta":{}}', '{"resultType":"complete","content":[],"_meta":{}}', false],
    ['no resultType', '{"content":[]}', '{"resultType":"complete","content":[]}', false],
    ['nothing at all', '{}', '{"resultType":"complete"}', false],
    ['numbers no JavaScript can hold', '{"n":12345678901234567890,"m":1.0}', '{"resultType":"complete","n":12345678901234567890,"m":1.0}', false],
    ['the type of an extension', '{"resultType":"task","task":{"id":1}}', '{"resultType":"task","task":{"id":1}}', false],
    ['escaped quotes and brackets in strings', '{"a":"}\\"]\\\\","isError":false}', '{"resultType":"complete","a":"}\\"]\\\\","isError":false}', false],
  ])('keeps the bytes of a result with %s', async (_, result, json, isError) => {
    for (const answer of [
      `{"jsonrpc":"2.0","id":ID,"result":${result}}`,
      `{"result":${result},"jsonrpc":"2.0","id":ID}`,
      `{ "id": ID, "jsonrpc": "2.0", "result": ${result} }`,
      `{"result":${result},"error":null,"jsonrpc":"2.0","id":ID}\r`,
    ])
      expect(await run(toolCall('raw', { answer }))).toEqual({ kind: 'complete', json, isError })
  })

  it.each([
    '"content":[],"text":"PAD","isError":true,"resultType":"complete"',
    '"resultType":"complete","text":"PAD","isError":true',
    '"isError":true,"text":"PAD"',
  ])('does not parse a large result, and finds what it must know of it: {%s}', async (members) => {
    const large = members.replace('PAD', '\\"},{'.repeat(50_000))
    const result = await run(toolCall('raw', { answer: `{"jsonrpc":"2.0","id":ID,"result":{${large}}}` }))
    expect(result).toMatchObject({ kind: 'complete', isError: true })
    const { json } = result as { json: string }
    expect(json.startsWith('{"resultType":"complete",')).toBe(true)
    expect(JSON.parse(json)).toEqual({ ...JSON.parse(`{${large}}`), resultType: 'complete' })
  })

  it('puts a result that its server wrote over several lines of a string on one line', async () => {
    const { json } = (await run(toolCall('raw', { answer: '{"jsonrpc":"2.0","id":ID,"result":{"a":\r1}}' }))) as { json: string }
    expect(json).toBe('{"resultType":"complete","a":1}')
  })

  it.each([
    '{"jsonrpc":"2.0","id":ID,"result":{"a":1},"b":{}}',
    '{"jsonrpc":"2.0","id":ID,"result":{"a":}}',
    `{"jsonrpc":"2.0","id":ID,"result":{"a":"${'x'.repeat(70_000)}"},"b":{}}`,
  ])('fails when its answer is not JSON or more than an answer: %.60s', async (answer) => {
    await expect(run(toolCall('raw', { answer }))).rejects.toMatchObject({ code: 'upstream_failed' })
    expect(textOf(await run(toolCall('echo', {})))).toBe('{}')
  })

  it('passes an error of the server on with its code and data', async () => {
    await expect(run(toolCall('refuse', { code: -1234, data: { kept: true } }))).rejects.toMatchObject({
      code: 'upstream_error',
      message: 'refused',
      details: { code: -1234, data: { kept: true } },
    })
    await expect(run(toolCall('refuse', { code: -32603 }))).rejects.toMatchObject({ code: 'upstream_error', details: { code: -32603 } })
  })

  it('tells unknown tools and resources as the frontends know them', async () => {
    await expect(run(toolCall('nope'))).rejects.toMatchObject({ code: 'invalid_params', message: 'Unknown tool: nope' })
    await expect(run({ ...toolCall(''), method: 'resources/read', params: { uri: 'raw://gone' } })).rejects.toMatchObject({
      code: 'resource_not_found',
      details: { uri: 'raw://gone' },
    })
  })

  it('survives garbage, a megabyte without a line end, answers that nobody waits for and answers given twice', async () => {
    expect(textOf(await run(toolCall('noise')))).toBe('through')
    expect(textOf(await run(toolCall('twice')))).toBe('first')
    expect(textOf(await run(toolCall('echo', {})))).toBe('{}')
    const output = server.output.join('')
    expect(output).toContain('starting up...\n')
    expect(output.length).toBeLessThan(200_000)
  })

  it.each(['{"jsonrpc":"2.0","id":ID,"result":{"a":"PAD"}}', '{"result":{"a":"PAD"},"jsonrpc":"2.0","id":ID}'])(
    'fails when its answer is too long: %s',
    async (answer) => {
      const call = toolCall('raw', { answer: answer.replace('PAD', 'y'.repeat(2 * MESSAGE_BYTES_MAX)) })
      await expect(run(call).then(() => 'answered')).rejects.toMatchObject({ code: 'result_too_large' })
      expect(textOf(await run(toolCall('echo', {})))).toBe('{}')
    },
  )

  it('gets all of its progress before its result', async () => {
    for (let round = 0; round < 20; round++) {
      const order: unknown[] = []
      const onNotification = (_: string, { progress }: Record<string, unknown>) => order.push(progress)
      await run(toolCall('progress', {}, { onNotification })).then(() => order.push('result'))
      expect(order).toEqual([1, 2, 3, 'result'])
    }
  })

  it('gets the progress that is its own among many', async () => {
    const all: Heard[][] = []
    await Promise.all(
      Array.from({ length: 30 }, () => {
        const own: Heard[] = []
        all.push(own)
        return run(toolCall('progress', {}, { onNotification: (method, params) => own.push([method, params]) }))
      }),
    )
    for (const own of all) {
      expect(own.map(([, { progress }]) => progress)).toEqual([1, 2, 3])
      expect(new Set(own.map(([, { progressToken }]) => progressToken)).size).toBe(1)
    }
  })

  it('gets logs of the level it asked for and above, and none when it did not ask', async () => {
    const level = async (logLevel?: string): Promise<unknown[]> => {
      const levels: unknown[] = []
      const onNotification = (_: string, params: Record<string, unknown>) => levels.push(params.level)
      await run(toolCall('logs', {}, { onNotification, ...(logLevel === undefined ? {} : { logLevel }) }))
      return levels
    }
    expect(await level('info')).toEqual(['info', 'error'])
    expect(await level('debug')).toEqual(['debug', 'info', 'error'])
    expect(await level('emergency')).toEqual([])
    expect(await level()).toEqual([])
    const set = (await heard()).filter((line) => line.startsWith('logging/setLevel'))
    expect(set).toEqual(era === 'modern' ? [] : ['logging/setLevel {"level":"info"}', 'logging/setLevel {"level":"debug"}'])
  })

  it('is not answered twice when a receiver of its notifications throws', async () => {
    const onNotification = () => {
      throw new Error('fault')
    }
    expect(textOf(await run(toolCall('progress', {}, { onNotification })))).toBe('done')
    expect(server.events).toContainEqual({ type: 'log', level: 'error', data: expect.stringContaining('fault') })
  })

  it('is cancelled in the server too', async () => {
    const running = server.mcp.call(toolCall('never'))
    running.cancel('enough')
    running.cancel('again')
    await expect(running.result).rejects.toMatchObject({ code: 'cancelled' })
    expect((await heard()).filter((line) => line.startsWith('notifications/cancelled'))).toEqual([
      expect.stringMatching(/^notifications\/cancelled \{"requestId":\d+,"reason":"enough"\}$/),
    ])
  })

  it('fails at once when its server ends, hangs up, or has ended', async () => {
    const calls = [run(toolCall('never')), run(toolCall('die'))]
    for (const call of await Promise.allSettled(calls)) expect(call).toMatchObject({ status: 'rejected', reason: { code: 'upstream_failed' } })
    expect((await server.mcp.closed).message).toContain('closed')
    await expect(run(toolCall('echo'))).rejects.toMatchObject({ code: 'upstream_failed' })

    const other = await connectServer('raw-server.mjs', [era])
    await expect(other.mcp.call(toolCall('hangUp')).result).rejects.toMatchObject({ code: 'upstream_failed' })
  })

  it('announces changes of lists once, however often the server does, and updates of resources', async () => {
    const end = server.mcp.subscribe('raw://one')
    const endOther = server.mcp.subscribe('raw://one')
    await expect.poll(heard).toContainEqual(expect.stringMatching(era === 'modern' ? /^subscriptions\/listen$/ : /^resources\/subscribe/))
    await run(toolCall('changes'))
    await expect.poll(() => server.events).toContainEqual({ type: 'listChanged', list: 'tools' })
    expect(server.events.filter(({ type }) => type === 'listChanged')).toHaveLength(1)
    expect(server.events).toContainEqual({ type: 'resourceUpdated', uri: 'raw://one' })
    end()
    end()
    expect(await heard()).not.toContainEqual(expect.stringMatching(/^resources\/unsubscribe/))
    endOther()
    if (era === 'legacy') await expect.poll(heard).toContain('resources/unsubscribe {"uri":"raw://one"}')
  })

  it('leaves nothing behind when the connection is closed', async () => {
    const exited = once(server.child, 'exit')
    const open = run(toolCall('never'))
    await Promise.all([expect(open).rejects.toMatchObject({ code: 'upstream_failed' }), server.mcp.close()])
    expect(await exited).toEqual([0, null])
  })
})

it('a call that is never answered ends by its timeout, in the server too', async () => {
  for (const era of ['modern', 'legacy']) {
    const { mcp } = await connectServer('raw-server.mjs', [era], { callTimeoutMs: 200 })
    await expect(mcp.call(toolCall('never')).result).rejects.toMatchObject({ code: 'tool_timeout', message: '"never" did not answer within 0.2 s.' })
    expect(textOf(await mcp.call(toolCall('heard')).result)).toContain('timeout')
    expect(mcp.inFlight).toBe(0)
  }
  await stopServers()
})

describe('changes of a modern server', () => {
  afterEach(stopServers)

  it('are listened to again after the stream was dropped, and every list counts as changed', async () => {
    const { mcp, events } = await connectServer('raw-server.mjs', ['modern'])
    await mcp.call(toolCall('dropListening')).result
    await expect.poll(() => events, { timeout: 5000 }).toEqual(['tools', 'prompts', 'resources'].map((list) => ({ type: 'listChanged', list })))
    await mcp.call(toolCall('changes')).result
    await expect.poll(() => events.filter(({ type }) => type === 'listChanged')).toHaveLength(4)
  })

  it('need one stream, whatever is watched', async () => {
    const { mcp } = await connectServer('raw-server.mjs', ['modern'])
    const heard = async (): Promise<string[]> => JSON.parse(textOf(await mcp.call(toolCall('heard')).result))
    const count = async (line: string): Promise<number> => (await heard()).filter((one) => one.startsWith(line)).length
    for (const uri of ['a', 'b', 'c']) mcp.subscribe(uri)
    await expect.poll(() => count('subscriptions/listen')).toBe(2)
    await expect.poll(() => count('notifications/cancelled')).toBe(1)
  })
})

describe('a modern server that needs input', () => {
  afterEach(stopServers)

  it('gets its requestState back to the byte and in no other call', async () => {
    const { mcp } = await connectServer('raw-server.mjs', ['modern'])
    const first = await mcp.call(toolCall('mrtr')).result
    expect(first).toEqual({
      kind: 'input_required',
      inputRequests: { who: { method: 'elicitation/create', params: { message: 'who' } } },
      requestState: ' stäte"\\\n',
    })
    expect(mcp.holds(' stäte"\\\n')).toBe(false)
    const more = { requestState: ' stäte"\\\n', inputResponses: { who: { action: 'decline' } } }
    expect(JSON.parse(textOf(await mcp.call(toolCall('mrtr', {}, { more })).result))).toEqual(more)
    expect(await mcp.call(toolCall('mrtr')).result).toMatchObject({ kind: 'input_required' })
  })
})
