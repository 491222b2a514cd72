import { afterEach, describe, expect, test, vi } from 'vitest'
import { EVERYTHING, textOf, toolCall } from '../../../test/connect-server.ts'
import { openClient, type Received, type RemoteClient, RemoteServer, resultText, sendJson, startEvents } from '../../../test/remote-server.ts'
import { connect } from '../connect.ts'
import type { McpConnection } from '../mcp-connection.types.ts'

let remote: RemoteServer
let client: RemoteClient
let mcp: McpConnection

afterEach(async () => {
  await mcp.close()
  await client.close()
  await remote.close()
})

async function connectTo(answer: (received: Received) => void): Promise<void> {
  remote = await RemoteServer.start(answer)
  client = await openClient(remote.url, { transport: 'auto' })
  mcp = await connect(client.channel, {
    clientCapabilities: EVERYTHING,
    clientInfo: { name: 'tooldock', version: '0' },
    deadlineMs: 10_000,
    callTimeoutMs: 10_000,
    parkMs: 60_000,
    parkedCallsMax: 10,
    listEntriesMax: 100,
    onEvent: () => {},
  })
}

const textResult = (text: string) => ({ content: [{ type: 'text', text }] })
const isModern = ({ headers }: Received) => headers['mcp-protocol-version'] === '2026-07-28'

describe('a connection over HTTP', () => {
  test('to a server of 2026-07-28 sends what its headers must say', async () => {
    await connectTo(({ message, response }) =>
      sendJson(
        response,
        resultText(
          message.id,
          message.method === 'server/discover'
            ? { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, _meta: {} }
            : { resultType: 'complete', ...textResult('hi') },
        ),
      ),
    )
    expect(mcp.era).toBe('modern')
    expect(textOf(await mcp.call(toolCall('echo')).result)).toBe('hi')
    expect(remote.of('tools/call')[0]?.headers).toMatchObject({ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'echo' })
  })

  test('to a legacy server goes on after the server forgot the session: calls at once share one new session', async () => {
    let known = ''
    let sessions = 0
    await connectTo((received) => {
      const { method, message, headers, response } = received
      if (method === 'GET') return response.writeHead(405).end()
      if (isModern(received)) return sendJson(response, '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Server not initialized"}}', {}, 400)
      if (message.method === 'initialize') {
        known = `s${++sessions}`
        return sendJson(response, resultText(message.id, { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'a', version: '1' } }), {
          'mcp-session-id': known,
        })
      }
      if (headers['mcp-session-id'] !== known) return response.writeHead(404).end()
      if (message.id === undefined) return response.writeHead(202).end()
      sendJson(response, resultText(message.id, textResult(known)))
    })
    expect(mcp.era).toBe('legacy')
    expect(textOf(await mcp.call(toolCall('echo')).result)).toBe('s1')
    known = 'forgotten'
    const results = await Promise.all(Array.from({ length: 30 }, () => mcp.call(toolCall('echo')).result))
    expect(results.map(textOf)).toEqual(Array(30).fill('s2'))
    expect(sessions).toBe(2)
  })

  test('to a server that knows HTTP+SSE only finds that out', async () => {
    let send: (data: string, fields?: string) => void = () => {}
    await connectTo(({ method, path, message, response }) => {
      if (method === 'GET') {
        send = startEvents(response)
        return send('/messages', 'event: endpoint\n')
      }
      if (path !== '/messages') return response.writeHead(405).end('Method Not Allowed')
      response.writeHead(202).end()
      if (message.method === 'initialize')
        send(resultText(message.id, { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 'a', version: '1' } }))
      else if (message.method === 'tools/call') send(resultText(message.id, textResult('old')))
      else if (message.id !== undefined) send(JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'Unknown' } }))
    })
    expect(mcp.protocolVersion).toBe('2024-11-05')
    expect(textOf(await mcp.call(toolCall('echo')).result)).toBe('old')
  })

  test('parks a call whose server asks, and the answer comes by a message of its own', async () => {
    let finish = () => {}
    await connectTo((received) => {
      const { method, message, response } = received
      if (method === 'GET' || isModern(received)) return response.writeHead(405).end()
      if (message.method === 'initialize')
        return sendJson(response, resultText(message.id, { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'a', version: '1' } }))
      if (message.result !== undefined) setImmediate(finish)
      if (message.method !== 'tools/call') return response.writeHead(202).end()
      const send = startEvents(response)
      send('{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"Name?","requestedSchema":{"type":"object","properties":{}}}}')
      finish = () => response.end(`data: ${resultText(message.id, textResult('thanks'))}\n\n`)
    })
    const asked = await mcp.call(toolCall('ask')).result
    if (asked.kind !== 'input_required') throw new Error('expected a question')
    const [key = ''] = Object.keys(asked.inputRequests)
    const inputResponses = { [key]: { action: 'accept', content: {} } }
    expect(textOf(await mcp.call(toolCall('ask', {}, { more: { requestState: asked.requestState, inputResponses } })).result)).toBe('thanks')
    await vi.waitFor(() => expect(mcp.inFlight).toBe(0))
  })
})
