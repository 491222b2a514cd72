import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO } from '../system/echo-tools.ts'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { LegacySession, modern, type Reply, readEvents } from '../system/mcp-http.ts'
import { descendantsOf } from '../system/processes.ts'
import { until } from '../system/until.ts'
import { addServer } from '../upstream/servers.ts'
import { hostileLines } from './_hostile.ts'
import { mutateBytes, mutateJson, oddString } from './_mutate.ts'
import { createRandom, type Random } from './_random.ts'
import { anySeed, roundsOr } from './bounds.ts'
import { note } from './figures.ts'
import { faultLines, faultOf } from './judge.ts'

const ROUNDS = roundsOr(60)
const CALL_SECONDS = 3
const own = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8')

/** A worker whose tool writes to the pipe that its results go through. */
const HOSTILE_TOOL = `import { writeSync } from 'node:fs'
import { defineTool } from 'tooldock'
import { z } from 'zod'
import { hostileLines } from './_hostile.ts'
import { createRandom } from './_random.ts'
export const garble = defineTool({ description: 'Garbles.', input: z.object({ seed: z.int() }), handler({ seed }) {
  const random = createRandom(seed)
  const lines = hostileLines(random, random.int(20))
  // Which descriptor it is nobody tells a tool.
  for (let fd = 4; fd < 40; fd++) try { writeSync(fd, lines) } catch {}
  return 'garbled'
} })
`

let gateway: Gateway
let remote: ReturnType<typeof createServer>
beforeAll(async () => {
  remote = createServer((request, response) => void answerRemote(request, response)).listen(0, '127.0.0.1')
  gateway = await startGateway({
    namespaces: {
      worker: { ...ECHO, 'garble.ts': HOSTILE_TOOL, '_hostile.ts': own('_hostile.ts'), '_mutate.ts': own('_mutate.ts'), '_random.ts': own('_random.ts') },
    },
    env: {
      ...{ TOOL_TIMEOUT_SECONDS: String(CALL_SECONDS), FASTMCP_STARTUP_TIMEOUT: '60', SERVER_RESTART_DELAY_MS: '10', SERVER_RESTART_DELAY_MAX_SECONDS: '1' },
      ...{ SERVER_RESTART_FAILURES_MAX: '1000', UPSTREAM_PAUSE_SECONDS: '1', UPSTREAM_BODY_IDLE_SECONDS: '3', UPSTREAM_FAILURES_MAX: '1000' },
    },
    readyTimeoutMs: 120_000,
  })
  await addServer(gateway, 'stdio', { kind: 'command', command: 'node', args: [join(import.meta.dirname, 'hostile-server.ts')], timeoutSeconds: CALL_SECONDS })
  await addServer(gateway, 'http', { kind: 'remote', url: `http://127.0.0.1:${(remote.address() as AddressInfo).port}/mcp`, timeoutSeconds: CALL_SECONDS })
})
afterAll(async () => {
  try {
    await gateway?.stop()
  } finally {
    await gateway?.dispose()
    remote?.closeAllConnections()
    remote?.close()
  }
})

const TYPES = ['application/json', 'text/event-stream', 'text/html', '', 'application/json; charset=utf-16', 'TEXT/EVENT-STREAM;x']
const STATUSES = [200, 200, 200, 200, 202, 204, 301, 400, 401, 404, 405, 429, 500, 503]

/** As a server of the legacy era over Streamable HTTP, but for the tool "garble". */
async function answerRemote(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') return void response.writeHead(405).end()
  const { id, method, params } = JSON.parse(await readText(request))
  const answer = (result: unknown): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  if (id === undefined) return void response.writeHead(202).end()
  if (method === 'initialize')
    return answer({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'hostile', version: '1.0.0' } })
  if (method === 'tools/list') return answer({ tools: ['echo', 'garble'].map((name) => ({ name, inputSchema: { type: 'object' } })) })
  if (method !== 'tools/call') return answer({})
  if (params.name === 'echo') return answer({ content: [{ type: 'text', text: String(params.arguments.text) }] })
  const random = createRandom(params.arguments.seed)
  const type = random.pick(TYPES)
  if (random.chance(0.05)) return void request.socket.destroy()
  response.writeHead(random.pick(STATUSES), {
    ...(type === '' ? {} : { 'content-type': type }),
    ...(random.chance(0.2) ? { 'mcp-session-id': oddString(random).replace(/[^\x21-\x7e]/g, '') || 'x' } : {}),
  })
  response.end(hostileBody(type, id, random))
}

function hostileBody(type: string, id: unknown, random: Random): Buffer {
  if (!type.toLowerCase().startsWith('text/event-stream')) return mutateJson({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'x' }] } }, random)
  const events = hostileLines(random, id)
    .toString('latin1')
    .split('\n')
    .map((line) => `${random.pick(['data: ', 'data:', 'event: message\ndata: ', 'id: 1\ndata: ', ': ', 'retry: x\ndata: '])}${line}\n\n`)
  return mutateBytes(Buffer.from(events.join(''), 'latin1'), random)
}

/** A server may end a stream that can be resumed; then the gateway does the same with its client, who comes back for the answer. */
async function withAnswer(session: LegacySession, reply: Reply): Promise<Reply> {
  if (reply.lastEventId === undefined || reply.messages.some((message) => 'result' in message || 'error' in message)) return reply
  const resumed = await session.listen({ lastEventId: reply.lastEventId })
  for await (const { data } of readEvents(resumed.body as ReadableStream<Uint8Array>)) {
    const message = data === '' ? {} : JSON.parse(data)
    if (message.id === 1) return { ...reply, messages: [message], result: message.result, error: message.error }
  }
  return reply
}

/** A JSON-RPC answer to request 1 of the right form, whatever it says; an external server's own words are passed on. */
function malformed({ messages, result, error }: Reply): boolean {
  const answers = messages.filter((message) => 'result' in message || 'error' in message)
  if (answers.length !== 1 || answers[0]?.jsonrpc !== '2.0' || answers[0]?.id !== 1) return true
  if (error !== undefined) return !Number.isInteger(error.code) || typeof error.message !== 'string' || error.data?.code === 'internal_error'
  return typeof result !== 'object' || result === null || Array.isArray(result)
}

describe('whatever the other side of a call writes, its caller is answered and others are served', { timeout: 120_000 + ROUNDS * 1000 * CALL_SECONDS }, () => {
  test.each(['worker', 'stdio', 'http'])('%s', async (namespace) => {
    const seed = anySeed()
    const random = createRandom(seed)
    const path = `/${namespace}/mcp`
    const findings: string[] = []
    let refused = 0
    const find = (fault: string, own: number, answer: unknown) => findings.push(`${fault} (seed ${own}): ${JSON.stringify(answer).slice(0, 600)}`)
    const session = await LegacySession.open(gateway, path)
    await gateway.rest(namespace, 'echo', { text: 'warm' })
    const processes = descendantsOf(gateway.pid).length
    const before = faultLines(gateway.output()).length
    for (let round = 0; round < ROUNDS; round++) {
      const own = random.int(2 ** 31)
      const params = { name: 'garble', arguments: { seed: own } }
      const protocol = random.pick(['modern', 'legacy', 'rest'])
      if (protocol === 'rest') {
        const { status, text, headers } = await gateway.rest(namespace, 'garble', { seed: own })
        const fault = faultOf({ status, body: text, type: headers.get('content-type')?.split(';')[0] ?? '', timedOut: false }, false)
        if (fault !== undefined) find(fault, own, { status, text })
        if (status !== 200) refused++
      } else {
        const reply = await (protocol === 'modern'
          ? modern(gateway, path, 'tools/call', params)
          : withAnswer(session, await session.request('tools/call', params, { id: 1 })))
        if (malformed(reply)) find('no JSON-RPC answer', own, reply)
        if (reply.error !== undefined || reply.result?.isError) refused++
      }
    }
    note('Fuzzing', {
      what: `answers of ${namespace === 'worker' ? 'a worker' : `a server over ${namespace}`}`,
      cases: ROUNDS,
      'of these answered with an error': refused,
      findings: findings.length,
    })
    expect(refused, 'nothing reached the gateway').toBeGreaterThan(0)
    const again = `FAULTS_SEED=${seed} FAULTS_ROUNDS=${ROUNDS}`
    expect(findings.slice(0, 5), again).toEqual([])
    expect(faultLines(gateway.output()).slice(before, before + 5), again).toEqual([])
    await until('a plain call to be answered again', async () => (await gateway.rest(namespace, 'echo', { text: 'still here' })).status === 200, 60_000)
    expect((await gateway.rest('worker', 'echo', { text: 'others' })).status).toBe(200)
    await until('as many processes as before', () => descendantsOf(gateway.pid).length <= processes + (namespace === 'worker' ? 0 : 1))
  })
})
