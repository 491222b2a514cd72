import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  McpError,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { LegacySession, type Message, modern } from '../system/mcp-http.ts'
import { addServer, PATIENT } from './servers.ts'

const program = (name: string, ...args: string[]) => ({ kind: 'command', command: 'node', args: [join(import.meta.dirname, `fixture/${name}.ts`), ...args] })
/** A process starts meanwhile. */
const SOON = { timeout: 30_000 }
const INTERNAL_ERROR = -32603

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ env: PATIENT })
  await addServer(gateway, 'common', program('outspoken'))
  await addServer(gateway, 'own', { ...program('outspoken'), sharing: 'per-session' })
  await addServer(gateway, 'lax-legacy', program('lax', 'legacy'))
  await addServer(gateway, 'lax-modern', program('lax', 'modern'))
}, 120_000)
afterAll(async () => {
  await gateway?.dispose()
})

const textOf = (result: unknown): Message => JSON.parse((result as { content: { text: string }[] }).content[0]?.text ?? '')

/** The official SDK v1 client, which opens the stream for what belongs to no call by itself. */
async function connected(namespace: string, roots: string[] = []) {
  const client = new Client({ name: 'between-calls', version: '1.0.0' }, { capabilities: { elicitation: {}, roots: { listChanged: true } } })
  const transport = new StreamableHTTPClientTransport(new URL(`${gateway.url}/${namespace}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${gateway.token}` } },
  })
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: roots.map((uri) => ({ uri })) }))
  await client.connect(transport as Transport)
  return {
    client,
    call: async (name: string) => textOf(await client.callTool({ name, arguments: {} })),
    async close() {
      await transport.terminateSession()
      await client.close()
    },
  }
}

describe('a server of the official SDK that asks its client', () => {
  test.each(['common', 'own'])('is told of its progress, and of its refusal as the error it is (%s)', async (namespace) => {
    const { client, call, close } = await connected(namespace)
    const noticed = Promise.withResolvers<void>()
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void (params.data === 2 && noticed.resolve()))
    client.setRequestHandler(ElicitRequestSchema, async ({ params }, { sendNotification }) => {
      const { progressToken } = params._meta ?? {}
      if (progressToken === undefined) throw new Error('no token')
      for (const progress of [1, 2]) await sendNotification({ method: 'notifications/progress', params: { progressToken, progress } })
      await noticed.promise
      return { action: 'decline' }
    })
    expect(await call('ask')).toEqual({ action: 'decline', progress: [1, 2] })
    client.setRequestHandler(ElicitRequestSchema, () => {
      throw new McpError(-1234, 'Nobody is at the desk', { until: 'noon' })
    })
    expect(await call('ask')).toEqual({ code: -1234, message: expect.stringContaining('Nobody is at the desk'), data: { until: 'noon' }, progress: [] })
    await close()
  })

  test('between calls is answered by the session whose process it is, again after its folders changed, and hears of no others', async () => {
    const roots = ['file:///one']
    const one = await connected('own', roots)
    const other = await connected('own', ['file:///other'])
    await one.call('folders')
    await expect.poll(() => one.call('folders'), SOON).toEqual([['file:///one']])
    roots.push('file:///two')
    await one.client.sendRootsListChanged()
    await expect.poll(() => one.call('folders'), SOON).toEqual([['file:///one'], ['file:///one', 'file:///two']])
    await expect.poll(() => other.call('folders'), SOON).toEqual([['file:///other']])
    await Promise.all([one.close(), other.close()])
  })

  test('between calls in a process of many clients, or of one that listens to nothing, is refused at once', async () => {
    const { client, call, close } = await connected('common', ['file:///one'])
    await client.sendRootsListChanged()
    expect(await call('folders')).toEqual([INTERNAL_ERROR])
    await close()
    const deaf = await LegacySession.open(gateway, '/own/mcp', { capabilities: { roots: {} } })
    const folders = async () => textOf((await deaf.request('tools/call', { name: 'folders', arguments: {} })).result)
    await folders()
    await expect.poll(folders, SOON).toEqual([INTERNAL_ERROR])
    await deaf.end()
  })
})

test('what a session changes in its own process it sees and hears of, and others do not', async () => {
  const [one, other] = await Promise.all([connected('own'), connected('own')])
  const heard: string[][] = [[], []]
  for (const [index, { client }] of [one, other].entries())
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void heard[index]?.push(params.uri))
  const listed = async ({ client }: typeof one) => (await client.listTools()).tools.map(({ name }) => name).filter((name) => name.startsWith('grown'))
  await one.client.subscribeResource({ uri: 'state://count' })
  await other.call('folders')
  expect(await one.call('grow')).toBe(1)
  await expect.poll(() => heard[0], SOON).toContain('state://count')
  await expect.poll(() => listed(one), SOON).toEqual(['grown_1'])
  expect(await one.call('grown_1')).toBe('grown')
  expect((await one.client.readResource({ uri: 'state://count' })).contents[0]).toMatchObject({ text: '1' })
  expect(await listed(other)).toEqual([])
  await expect(other.call('grown_1')).rejects.toThrow('There is no tool')
  await Promise.all([one.close(), other.close()])
})

test('what a server logs after a call reaches the session whose process it is, from the level it set', async () => {
  const sessions = await Promise.all(['own', 'own'].map((namespace) => connected(namespace)))
  const heard = sessions.map(({ client }) => {
    const logs: unknown[] = []
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logs.push(params))
    return logs
  })
  const [one, other] = sessions
  await Promise.all([one?.client.setLoggingLevel('info'), other?.call('folders')])
  await one?.call('speak_later')
  await expect.poll(() => heard[0], SOON).toEqual([{ level: 'warning', logger: 'later', data: 'a worry' }])
  expect(heard[1]).toEqual([])
  await Promise.all(sessions.map(({ close }) => close()))
})

describe.each(['legacy', 'modern'])('a %s server that is lax', (era) => {
  const path = `/lax-${era}/mcp`
  const asked = async (method: string, params: Message = {}): Promise<readonly Message[]> => {
    const session = await LegacySession.open(gateway, path)
    const replies = [await session.request(method, params), await modern(gateway, path, method, params)]
    await session.end()
    return replies
  }

  test('is listed whole: tools without a schema, and what it says beside the list', async () => {
    for (const { result } of await asked('tools/list')) {
      expect(result.tools.map(({ name }: Message) => name)).toEqual(['bare', 'numbers', 'told'])
      expect(result.tools[0]).toEqual({ name: 'bare', 'x-vendor': { kept: 1 }, inputSchema: { type: 'object' } })
      expect(result).toMatchObject({ 'x-list': 'kept', _meta: { 'example.com/page': 2 } })
      expect(result.nextCursor).toBeUndefined()
      expect([0, undefined]).toContain(result.ttlMs)
    }
    for (const { result } of await asked('tools/call', { name: 'bare', arguments: { any: 1 } })) expect(result.content[0].text).toBe('bare')
  })

  test('can be called for what it lists alone, and the error says so', async () => {
    for (const { error } of await asked('tools/call', { name: 'hidden', arguments: {} }))
      expect(error).toMatchObject({ code: -32602, message: expect.stringContaining('of a server those can be called that it lists') })
  })

  test('and its arrays, which older revisions do not know as results, are text for their clients', async () => {
    const [older, newer] = await asked('tools/list')
    expect(older?.result.tools[1]).not.toHaveProperty('outputSchema')
    expect(newer?.result.tools[1]).toHaveProperty('outputSchema.type', 'array')
    const [text, value] = await asked('tools/call', { name: 'numbers', arguments: {} })
    expect(text?.result).toEqual({ content: [{ type: 'text', text: '[1,2]' }] })
    expect(value?.result).toMatchObject({ content: [], structuredContent: [1, 2] })
    const [told] = await asked('tools/call', { name: 'told', arguments: {} })
    expect(told?.result).toEqual({ content: [{ type: 'text', text: 'one and two' }] })
  })
})
