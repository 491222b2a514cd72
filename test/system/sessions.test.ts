import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { modernRequest } from '../../bench/requests.ts'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { LegacySession, modern, post, readEvents } from './mcp-http.ts'
import { memoryOf } from './processes.ts'
import { until } from './until.ts'

let gateway: Gateway
afterEach(async () => {
  try {
    await gateway?.stop()
  } finally {
    await gateway?.dispose()
  }
})

const FLOOD = `import { defineTool } from 'tooldock'
import { setTimeout as pause } from 'node:timers/promises'
let cancelled = 0
export const flood = defineTool({ description: 'Logs 200 MB to its caller.', async handler(_args, ctx) {
  ctx.signal.addEventListener('abort', () => cancelled++)
  for (let line = 0; line < 2000 && !ctx.signal.aborted; line++) { ctx.log.info('x'.repeat(100_000)); await pause(1) }
  return 'done'
} })
export const seen = defineTool({ description: 'How many floods were cancelled.', handler: () => String(cancelled) })
`

test('an idle session is ended with its open GET stream, an unknown one is answered 404, and a client recovers by initialize', async () => {
  gateway = await startGateway({ namespaces: { demo: ECHO }, env: { SESSION_IDLE_MINUTES: '0.05' } })
  const session = await LegacySession.open(gateway, '/demo/mcp')
  const busy = await LegacySession.open(gateway, '/demo/mcp')
  const stream = await session.listen()
  expect(stream.status).toBe(200)
  const ended = (async () => {
    for await (const _event of readEvents(stream.body as ReadableStream<Uint8Array>));
    return true
  })()
  let over = false
  void ended.then(() => {
    over = true
  })
  // Traffic keeps the other one alive meanwhile.
  await until(
    'the idle stream to end',
    async () => {
      expect((await busy.request('ping')).status).toBe(200)
      await new Promise((done) => setTimeout(done, 200))
      return over
    },
    35_000,
  )
  expect((await session.request('tools/list')).status).toBe(404)
  expect((await busy.request('tools/list')).status).toBe(200)
  const again = await LegacySession.open(gateway, '/demo/mcp')
  expect((await again.request('tools/list')).result.tools).toHaveLength(1)
})

test('a session is good only at the address that opened it, and gone after DELETE', async () => {
  gateway = await startGateway({ namespaces: { left: ECHO, right: ECHO } })
  const session = await LegacySession.open(gateway, '/left/mcp')
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
  for (const path of ['/right/mcp', '/mcp']) expect((await post(gateway, path, list, { headers: session.headers })).status).toBe(404)
  expect((await post(gateway, '/left/mcp', list, { headers: { ...session.headers, 'mcp-session-id': 'made-up' } })).status).toBe(404)
  expect((await session.request('tools/list')).status).toBe(200)
  expect(await session.end()).toBeLessThan(300)
  expect((await session.request('tools/list')).status).toBe(404)
})

test('sessions and streams are bounded in number', async () => {
  gateway = await startGateway({ namespaces: { demo: ECHO }, env: { SESSIONS_MAX: '3', STREAMS_MAX: '2' } })
  const sessions = [
    await LegacySession.open(gateway, '/demo/mcp'),
    await LegacySession.open(gateway, '/demo/mcp'),
    await LegacySession.open(gateway, '/demo/mcp'),
  ]
  await expect(LegacySession.open(gateway, '/demo/mcp')).rejects.toThrow(/429/)
  const streams = []
  for (const session of sessions) streams.push(await session.listen())
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 429])
  expect(await sessions[0]?.end()).toBeLessThan(300)
  expect((await (await LegacySession.open(gateway, '/demo/mcp')).request('ping')).status).toBe(200)
  for (const stream of streams) await stream.body?.cancel()
})

test('a reader that does not read costs bounded memory: its stream is closed and its call cancelled', async () => {
  gateway = await startGateway({ namespaces: { demo: { 'flood.ts': FLOOD } }, env: { STREAM_BUFFER_BYTES_MAX: String(1 << 20) } })
  const call = async (name: string) => (await modern(gateway, '/demo/mcp', 'tools/call', { name, arguments: {} })).result.content[0].text as string
  expect(await call('seen')).toBe('0')
  const before = memoryOf(gateway.pid).nowMb
  const request = modernRequest('/demo/mcp', gateway.token, 'tools/call', { name: 'flood', arguments: {} }).replace(
    '"_meta":{',
    '"_meta":{"io.modelcontextprotocol/logLevel":"info",',
  )
  const length = Buffer.byteLength(request.slice(request.indexOf('\r\n\r\n') + 4))
  const socket = connect(gateway.port, '127.0.0.1').setTimeout(0).pause()
  socket.on('error', () => undefined) // It is cut: that is the point.
  socket.write(request.replace(/content-length: \d+/, `content-length: ${length}`))
  let peak = before
  await until(
    'the call to be cancelled',
    async () => {
      peak = Math.max(peak, memoryOf(gateway.pid).nowMb)
      return (await call('seen')) === '1'
    },
    30_000,
  )
  expect(peak - before).toBeLessThan(150)
  socket.destroy()
})
