import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ConnectedServer, connectServer, stopServers, textOf, toolCall } from '../../test/connect-server.ts'
import type { Era } from './mcp-connection.types.ts'
import type { UpstreamCall, UpstreamResult } from './upstream.ts'

const ANSWERS: Readonly<Record<string, object>> = {
  'elicitation/create': { action: 'accept', content: { name: 'Ann' } },
  'sampling/createMessage': { role: 'assistant', content: { type: 'text', text: 'hello' }, model: 'm' },
  'roots/list': { roots: [{ uri: 'file:///a' }] },
}

describe.each([
  ['v1', 'sdk-v1-server.mjs', [], undefined, 'legacy'],
  ['v2, modern only', 'sdk-v2-server.mjs', ['modern'], undefined, 'modern'],
  ['v2 of both eras, for a modern client', 'sdk-v2-server.mjs', ['dual'], 'modern', 'modern'],
  ['v2 of both eras, for a legacy client', 'sdk-v2-server.mjs', ['dual'], 'legacy', 'legacy'],
] as const)('a server of the official SDK %s', (_, program, args, preferEra, era: Era) => {
  let server: ConnectedServer
  const run = (call: UpstreamCall) => server.mcp.call(call).result
  const json = (result: UpstreamResult) => (result.kind === 'complete' ? JSON.parse(result.json) : result)

  /** Answers every round of questions. */
  async function answered(name: string): Promise<{ rounds: number; result: UpstreamResult }> {
    let result = await run(toolCall(name))
    let rounds = 0
    for (; result.kind === 'input_required'; rounds++) {
      const inputResponses = Object.fromEntries(Object.entries(result.inputRequests).map(([key, { method }]) => [key, ANSWERS[method]]))
      const state = result.requestState === undefined ? {} : { requestState: result.requestState }
      result = await run(toolCall(name, {}, { more: { inputResponses, ...state } }))
    }
    return { rounds, result }
  }

  beforeEach(async () => {
    server = await connectServer(program, args, preferEra === undefined ? {} : { preferEra })
  })
  afterEach(async () => {
    await server.mcp.close()
    await stopServers()
  })

  it('is understood: its era, what it says of itself, what it lists', async () => {
    expect(server.mcp.era).toBe(era)
    expect(server.mcp.serverInfo).toMatchObject({ version: '1.0.0', title: expect.stringMatching(/^SDK v/) })
    expect(server.mcp.instructions).toBe('Be kind.')
    const { tools, resources, prompts } = await server.mcp.list()
    expect(tools).toHaveLength(9)
    expect(tools.find(({ name }) => name === 'rich')).toMatchObject({
      title: 'Rich',
      annotations: { readOnlyHint: true },
      outputSchema: { type: 'object', properties: { t: { type: 'number' } } },
      _meta: { 'com.example/a': 1 },
    })
    expect(resources).toMatchObject([{ uri: 'test://a', mimeType: 'text/plain' }])
    expect(prompts).toMatchObject([{ name: 'greet', arguments: [{ name: 'who', required: true }] }])
    await server.mcp.ping(5000)
  })

  it('answers with nothing lost', async () => {
    expect(json(await run(toolCall('rich')))).toMatchObject({
      resultType: 'complete',
      content: [
        { type: 'text', text: '{"t":21.5}', annotations: { priority: 0.9 } },
        { type: 'resource_link', uri: 'test://a', name: 'a' },
      ],
      structuredContent: { t: 21.5 },
      _meta: { 'com.example/kept': 'yes' },
    })
    expect(await run(toolCall('fail'))).toMatchObject({ isError: true })
    expect(json(await run({ ...toolCall(''), method: 'resources/read', params: { uri: 'test://a' } }))).toMatchObject({ contents: [{ text: 'A' }] })
    const greet = { ...toolCall(''), method: 'prompts/get', params: { name: 'greet', arguments: { who: 'Ann' } } } as const
    expect(json(await run(greet))).toMatchObject({ messages: [{ content: { text: 'Hello Ann' } }] })
    await expect(run({ ...toolCall(''), method: 'resources/read', params: { uri: 'test://b' } })).rejects.toMatchObject({
      code: expect.stringMatching(/^(resource_not_found|invalid_params)$/),
    })
  })

  it('is heard: progress, logs, changes', async () => {
    const heard: unknown[] = []
    const onNotification = (_: string, { progress, data }: Record<string, unknown>) => heard.push(progress ?? data)
    await run(toolCall('progress', {}, { onNotification }))
    await run(toolCall('log', {}, { onNotification, logLevel: 'debug' }))
    expect(heard).toEqual([1, 2, 3, 'hello'])
    await run(toolCall('grow'))
    await expect.poll(() => server.events).toContainEqual({ type: 'listChanged', list: 'tools' })
  })

  it('asks its caller: three things at once, and one after the other', async () => {
    const three = await answered('three')
    expect(three.rounds).toBe(1)
    expect(JSON.parse(textOf(three.result))).toEqual([{ name: 'Ann' }, { type: 'text', text: 'hello' }, [{ uri: 'file:///a' }]])
    const turns = await answered('turns')
    expect(turns.rounds).toBe(2)
    expect(JSON.parse(textOf(turns.result))).toEqual(['accept', 'accept'])
  })

  it('hears that a call was cancelled', async () => {
    const running = server.mcp.call(toolCall('slow'))
    running.cancel('enough')
    await expect(running.result).rejects.toMatchObject({ code: 'cancelled' })
    await expect.poll(() => run(toolCall('aborted')).then(textOf)).toBe('1')
  })
})
