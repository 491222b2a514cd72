import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { createMcpHandler, McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { openClient, type RemoteClient } from '../../../test/remote-server.ts'
import type { ChannelMessage } from '../channel.ts'

let server: Server
let client: RemoteClient

afterEach(async () => {
  await client.close()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>): Promise<string> {
  server = createServer((request, response) => void handler(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const resultOf = async (method: string, params: Record<string, unknown> = {}, onMessage?: (message: ChannelMessage) => void): Promise<unknown> => {
  const headers = { 'Mcp-Method': method, ...(typeof params.name === 'string' ? { 'Mcp-Name': params.name } : {}) }
  const answer = await client.channel.request({ method, params, headers, ...(onMessage === undefined ? {} : { onMessage }) }).answer
  return answer.kind === 'result' ? JSON.parse(answer.text) : answer
}

/** A server of SDK v1 with a tool that answers, one that reports progress, and one that asks. */
function createServer1(): McpServer1 {
  const mcp = new McpServer1({ name: 'v1', version: '1' })
  mcp.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({ content: [{ type: 'text', text }] }))
  mcp.registerTool('count', { inputSchema: {} }, async (_input, { sendNotification, _meta }) => {
    for (const progress of [1, 2, 3])
      await sendNotification({ method: 'notifications/progress', params: { progressToken: _meta?.progressToken ?? 0, progress } })
    return { content: [] }
  })
  mcp.registerTool('ask', { inputSchema: {} }, async (_input, { sendRequest }) => {
    const params = { message: 'Name?', requestedSchema: { type: 'object' as const, properties: {} } }
    const { action } = await sendRequest({ method: 'elicitation/create', params }, z.object({ action: z.string() }))
    return { content: [{ type: 'text', text: action }] }
  })
  return mcp
}

const textResult = (text: string) => ({ content: [{ type: 'text', text }] })
const initialize = () =>
  resultOf('initialize', { protocolVersion: '2025-11-25', capabilities: { elicitation: {} }, clientInfo: { name: 'test', version: '1' } })

async function useEveryTool(): Promise<void> {
  expect(await initialize()).toMatchObject({ serverInfo: { name: 'v1' } })
  client.channel.useVersion('2025-11-25')
  await client.channel.notify('notifications/initialized')
  client.channel.listen()
  expect(await resultOf('tools/call', { name: 'echo', arguments: { text: 'süß' } })).toEqual(textResult('süß'))
  const heard: ChannelMessage[] = []
  const onMessage = (message: ChannelMessage) => {
    heard.push(message)
    if (message.kind === 'request') void client.channel.respond(message.id, { result: { action: 'accept' } })
  }
  client.channel.receive(onMessage)
  await resultOf('tools/call', { name: 'count', arguments: {}, _meta: { progressToken: 9 } }, onMessage)
  expect(heard.map(({ params }) => params)).toEqual([1, 2, 3].map((progress) => ({ progressToken: 9, progress })))
  expect(await resultOf('tools/call', { name: 'ask', arguments: {} }, onMessage)).toEqual(textResult('accept'))
}

describe('a server of the official SDK v1', () => {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const servers: McpServer1[] = []

  beforeEach(() => sessions.clear())
  afterEach(async () => {
    for (const mcp of servers.splice(0)) await mcp.close()
  })

  const streamable = (enableJsonResponse: boolean) => async (request: IncomingMessage, response: ServerResponse) => {
    const id = request.headers['mcp-session-id']
    const known = typeof id === 'string' ? sessions.get(id) : undefined
    if (known !== undefined) return known.handleRequest(request, response)
    if (id !== undefined) return response.writeHead(404).end()
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse,
      onsessioninitialized: (session) => void sessions.set(session, transport),
      onsessionclosed: (session) => void sessions.delete(session),
    })
    const mcp = createServer1()
    servers.push(mcp)
    await mcp.connect(transport as Transport)
    await transport.handleRequest(request, response)
  }

  test('over Streamable HTTP answers, reports and asks; the session ends with the channel', async () => {
    client = await openClient(`${await serve(streamable(false))}/mcp`, { transport: 'auto' })
    await useEveryTool()
    expect(sessions.size).toBe(1)
    await client.close()
    expect(sessions.size).toBe(0)
  })

  test('that answers as JSON', async () => {
    client = await openClient(`${await serve(streamable(true))}/mcp`, { transport: 'auto' })
    await initialize()
    expect(await resultOf('tools/call', { name: 'echo', arguments: { text: 'a' } })).toEqual(textResult('a'))
  })

  test('that restarted has lost the session', async () => {
    client = await openClient(`${await serve(streamable(false))}/mcp`, { transport: 'auto' })
    await initialize()
    sessions.clear()
    await expect(resultOf('tools/list')).rejects.toMatchObject({ code: 'session_lost' })
    await initialize()
    expect(await resultOf('tools/list')).toHaveProperty('tools')
  })

  test.each(['auto', 'sse'] as const)('over HTTP+SSE, with the transport %s, answers, reports and asks', async (transport) => {
    const streams = new Map<string, SSEServerTransport>()
    const url = await serve(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://local')
      if (pathname === '/messages') return streams.get(searchParams.get('sessionId') ?? '')?.handlePostMessage(request, response)
      if (request.method !== 'GET') return response.writeHead(404, { 'content-type': 'text/html' }).end('Cannot POST /sse')
      const stream = new SSEServerTransport('/messages', response)
      streams.set(stream.sessionId, stream)
      const mcp = createServer1()
      servers.push(mcp)
      await mcp.connect(stream)
    })
    client = await openClient(`${url}/sse`, { transport })
    await useEveryTool()
    expect(streams.size).toBe(1)
  })
})

describe('a server of the official SDK v2', () => {
  const VERSION = '2026-07-28'
  const META = 'io.modelcontextprotocol'
  const _meta = {
    [`${META}/protocolVersion`]: VERSION,
    [`${META}/clientInfo`]: { name: 'test', version: '1' },
    [`${META}/clientCapabilities`]: { elicitation: { form: {} } },
  }
  const handler = createMcpHandler(() => {
    const mcp = new McpServer2({ name: 'v2', version: '1' })
    mcp.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => textResult(text) as { content: [{ type: 'text'; text: string }] })
    mcp.registerTool('hang', { inputSchema: z.object({}) }, async (_input, { mcpReq }) => {
      await once(mcpReq.signal, 'abort')
      aborted++
      return { content: [] }
    })
    return mcp
  })
  let aborted = 0

  beforeEach(async () => {
    const node = toNodeHandler(handler)
    client = await openClient(`${await serve(async (request, response) => node(request as Parameters<typeof node>[0], response))}/mcp`, { transport: 'auto' })
    client.channel.useVersion(VERSION)
  })

  test('is discovered, lists and answers', async () => {
    expect(await resultOf('server/discover', { _meta })).toMatchObject({ supportedVersions: [VERSION] })
    expect(await resultOf('tools/list', { _meta })).toHaveProperty('tools')
    expect(await resultOf('tools/call', { name: 'echo', arguments: { text: 'süß' }, _meta })).toMatchObject(textResult('süß'))
    expect(await resultOf('no/such', { _meta })).toMatchObject({ kind: 'error', code: -32601, httpStatus: 404 })
  })

  test('hears of a cancelled request by its closed stream', async () => {
    const exchange = client.channel.request({
      method: 'tools/call',
      params: { name: 'hang', arguments: {}, _meta },
      headers: { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'hang' },
    })
    exchange.answer.catch(() => {})
    expect(await resultOf('tools/call', { name: 'echo', arguments: { text: 'a' }, _meta })).toMatchObject(textResult('a'))
    exchange.cancel()
    await expect(exchange.answer).rejects.toMatchObject({ code: 'cancelled' })
    await vi.waitFor(() => expect(aborted).toBe(1))
  })

  test('tells of changes on the stream of subscriptions/listen, for as long as it is wanted', async () => {
    const heard: string[] = []
    const exchange = client.channel.request({
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true }, _meta },
      headers: { 'Mcp-Method': 'subscriptions/listen' },
      onMessage: ({ method }) => heard.push(method),
    })
    exchange.answer.catch(() => {})
    await vi.waitFor(() => expect(heard).toEqual(['notifications/subscriptions/acknowledged']))
    handler.notify.toolsChanged()
    await vi.waitFor(() => expect(heard).toContain('notifications/tools/list_changed'))
    exchange.cancel()
    await expect(exchange.answer).rejects.toMatchObject({ code: 'cancelled' })
  })
})
