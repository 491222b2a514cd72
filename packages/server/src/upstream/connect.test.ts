import { readdirSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { type ConnectedServer, connectServer, stopServers, textOf, toolCall } from '../../test/connect-server.ts'

afterEach(stopServers)

const hear = async ({ mcp }: ConnectedServer): Promise<string[]> => JSON.parse(textOf(await mcp.call(toolCall('heard')).result))

describe('finds the era of a server', () => {
  it.each([
    ['modern', 'modern', '2026-07-28'],
    ['that first refuses the version with -32022', 'picky', '2026-07-28'],
    ['that starts slowly', 'slow', '2026-07-28'],
    ['of both eras', 'dual', '2026-07-28'],
    ['legacy', 'legacy', '2025-11-25'],
    ['legacy, of an old revision', 'old', '2024-11-05'],
    ['that answers {} to methods it does not know', 'lax', '2025-11-25'],
  ])('%s', async (_, manner, version) => {
    const { mcp } = await connectServer('raw-server.mjs', [manner])
    expect(mcp.protocolVersion).toBe(version)
    expect(mcp.era).toBe(version === '2026-07-28' ? 'modern' : 'legacy')
    expect(mcp.serverInfo).toEqual({ name: 'raw', version: '1', 'x-more': true })
    expect(mcp.capabilities).toMatchObject({ 'x-unknown': { kept: 1 } })
    expect(mcp.instructions).toBe('Be kind.')
    await mcp.ping(5000)
  })

  it('that is silent to what it does not know, after a part of the deadline', async () => {
    const { mcp } = await connectServer('raw-server.mjs', ['silent'], { deadlineMs: 1000 })
    expect(mcp.era).toBe('legacy')
  })

  it('that hears the first question only when its time is up', async () => {
    const { mcp } = await connectServer('raw-server.mjs', ['slow'], { deadlineMs: 1600 })
    expect(mcp.era).toBe('modern')
  })
})

describe('a server of both eras', () => {
  it.each(['modern', 'legacy'] as const)('is spoken to in the era of the client in front: %s', async (preferEra) => {
    const server = await connectServer('raw-server.mjs', ['dual'], { preferEra })
    expect(server.mcp.era).toBe(preferEra)
    expect((await hear(server)).includes('initialize')).toBe(preferEra === 'legacy')
  })
})

describe('what an earlier connection found', () => {
  it('is used without another question', async () => {
    const server = await connectServer('raw-server.mjs', ['legacy'], { knownEra: 'legacy' })
    expect(await hear(server)).not.toContain('server/discover')
  })

  it.each([
    ['modern', 'legacy'],
    ['legacy', 'modern'],
  ] as const)('is given up when the server is %s by now', async (manner, knownEra) => {
    const { mcp } = await connectServer('raw-server.mjs', [manner], { knownEra })
    expect(mcp.era).toBe(manner)
  })
})

describe('says what is wrong with a server', () => {
  it.each([
    ['that answers {} to everything', 'empty', 'upstream_failed', /names no revision/],
    ['of a revision that nobody knows', 'future', 'upstream_failed', /2030-01-01/],
    ['of a modern revision that nobody knows, without taking it for an old one', 'refusing', 'upstream_error', /Unsupported protocol version/],
    ['that never answers', 'mute', 'upstream_failed', /did not answer/],
  ])('%s', async (_, manner, code, message) => {
    await expect(connectServer('raw-server.mjs', [manner], { deadlineMs: 1500 })).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('that ends before it answers', async () => {
    await expect(connectServer('raw-server.mjs', ['exits'])).rejects.toMatchObject({ code: 'upstream_failed', message: expect.stringContaining('closed') })
  })
})

describe('lists', () => {
  it.each(['modern', 'legacy'])('every page, in its order, unknown members kept, and tells what cannot be published: %s', async (manner) => {
    const { mcp, events } = await connectServer('raw-server.mjs', [manner])
    const { tools, resources, resourceTemplates, prompts, completions } = await mcp.list()
    expect(tools.map(({ name }) => name)).toEqual(['b', 'a'])
    expect(tools[1]).toEqual({ file: '', name: 'a', inputSchema: { type: 'object' }, title: 'The a', 'x-kept': { a: [1] } })
    expect(resources).toEqual([{ file: '', uri: 'raw://one', name: 'one' }])
    expect(resourceTemplates).toEqual([])
    expect(prompts).toHaveLength(1)
    expect(completions).toBe(false)
    expect(events).toEqual([
      { type: 'log', level: 'warning', data: expect.stringContaining('no name') },
      { type: 'log', level: 'warning', data: expect.stringContaining('"b" twice') },
    ])
  })

  it('are bounded, also when each page is empty and names another', async () => {
    const { mcp } = await connectServer('raw-server.mjs', ['endless'])
    await expect(mcp.list()).rejects.toMatchObject({ code: 'upstream_failed', message: expect.stringContaining('more than 1000') })
  })
})

it('a connection that is closed leaves no process, no descriptor and no timer', async () => {
  const descriptors = () => readdirSync('/proc/self/fd').length
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const cycle = async (manner: string) => {
    const { mcp, child } = await connectServer('raw-server.mjs', [manner])
    await mcp.list()
    mcp.subscribe('raw://one')
    const calls = [mcp.call(toolCall('never')), mcp.call(toolCall('echo')), mcp.call(toolCall('three'))].map(({ result }) => result.catch(() => undefined))
    await calls[1]
    await mcp.close()
    await Promise.all(calls)
    await expect.poll(() => child.exitCode).toBe(0)
  }
  await cycle('legacy')
  const [openBefore, timersBefore] = [descriptors(), timers()]
  for (let i = 0; i < 5; i++) for (const manner of ['modern', 'legacy']) await cycle(manner)
  await expect.poll(descriptors).toBe(openBefore)
  expect(timers()).toBeLessThanOrEqual(timersBefore)
})
