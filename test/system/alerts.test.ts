import { createHmac } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addServer } from '../upstream/servers.ts'
import { ECHO } from './echo-tools.ts'
import { type Gateway, startGateway } from './gateway.ts'
import type { Message } from './mcp-http.ts'
import { until } from './until.ts'

const KEY = Buffer.from('planted-key-of-32-bytes-for-test')
const SECRET = `whsec_${KEY.toString('base64')}`
const CRASHING = join(import.meta.dirname, '../../packages/server/test/servers/crashing-server.mjs')
const QUEUE_MAX = 3
const START_MS_MAX = 120_000

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly message: Message
}

let received: Received[] = []
let status = 200
let receiver: Server
let gateway: Gateway

const listen = (port: number) => new Promise<void>((resolve) => receiver.listen(port, '127.0.0.1', resolve))
const portOf = () => (receiver.address() as AddressInfo).port
const told = (type: string, kind?: string) => received.find(({ message }) => message.type === type && (kind === undefined || message.data.kind === kind))
const now = async (): Promise<Record<string, number>> => (await gateway.http('/health')).json.now

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    if (status === 200) received.push({ headers: request.headers, body, message: JSON.parse(body) })
    response.writeHead(status).end()
  })
  await listen(0)
  gateway = await startGateway({
    namespaces: { demo: ECHO },
    readyTimeoutMs: START_MS_MAX,
    env: {
      ...{ ALERT_WEBHOOK_URL: `http://127.0.0.1:${portOf()}/planted-path`, ALERT_WEBHOOK_SECRET: SECRET, PUBLIC_URL: 'https://tools.example.com/' },
      ...{ ALERT_AFTER_SECONDS: '0', ALERT_QUEUE_MAX: String(QUEUE_MAX), ALERT_TIMEOUT_SECONDS: '1' },
      ...{ ATTENTION_CHECK_SECONDS: '1', ALLOW_CUSTOM_COMMANDS: 'true', SERVER_RESTART_DELAY_MS: '300' },
    },
  })
}, 2 * START_MS_MAX)
afterAll(async () => {
  await gateway?.dispose()
  receiver?.closeAllConnections()
  receiver?.close()
})

test('a test alert is delivered, signed as Standard Webhooks say, and holds no secret', async () => {
  const reply = await gateway.http('/api/alerts/test', { body: {} })
  expect(reply.json).toMatchObject({ delivered: true, status: 200, error: null })
  const { headers, body, message } = received[0] as Received
  expect(message).toMatchObject({ type: 'alert.test', data: { gateway: 'https://tools.example.com/', kind: 'test' } })
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`)
  expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60)
  expect(body).not.toContain('planted')
})

test('a server that keeps ending is told as it goes from one trouble to the next, and its end once', { timeout: 150_000 }, async () => {
  const ofServer = (type: string) => received.filter(({ message }) => message.type === type && message.data.id === 'server:shaky')
  const marker = join(gateway.dataDir, 'crash')
  await addServer(gateway, 'shaky', { kind: 'command', command: 'node', args: [CRASHING, marker], restart: 'on-failure' })
  received = []
  await gateway.rest('shaky', 'crash')
  const failed = await until('the failure', () => told('alert.begun', 'server_failed'), 90_000)
  expect(told('alert.begun', 'crash_loop')?.message.data).toMatchObject({ id: 'server:shaky', severity: 'error', subject: { kind: 'server', name: 'shaky' } })
  expect(failed.message.data).toMatchObject({ id: 'server:shaky', url: 'https://tools.example.com/servers/shaky' })
  expect(ofServer('alert.resolved')).toEqual([])
  expect((await gateway.http('/api/alerts')).json.active).toContainEqual(expect.objectContaining({ kind: 'server_failed' }))
  expect((await gateway.http('/metrics')).text).toContain('tooldock_attention{kind="server_failed"} 1')

  expect(existsSync(marker)).toBe(true)
  rmSync(marker)
  await gateway.http('/api/servers/shaky/start', { body: {} })
  await until('its end', () => told('alert.resolved', 'server_failed'), 60_000)
  expect(ofServer('alert.resolved')).toHaveLength(1)
  // Each has an id of its own, by which a receiver knows what it was sent twice.
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(received.length)
})

test('a receiver that fails is said once, and told what waits when it is back, in order; more than may wait is dropped and counted', {
  timeout: 150_000,
}, async () => {
  received = []
  status = 500
  const makeTrouble = (names: readonly string[]) =>
    Promise.all(
      names.map((name) => gateway.http('/api/servers', { body: { namespace: name, kind: 'command', command: 'node', args: ['-e', 'process.exit(1)'] } })),
    )
  await makeTrouble(['bad-one'])
  await until('the receiver to be known as failing', async () =>
    (await gateway.http('/api/attention')).json.items.some(({ kind }: Message) => kind === 'alerts_undelivered'),
  )
  await makeTrouble(['bad-two', 'bad-three', 'bad-four', 'bad-five'])
  await until('an alert that had no room', async () => ((await now()).alertsLost ?? 0) >= 2)
  expect((await now()).alertsWaiting).toBe(QUEUE_MAX)
  expect((await gateway.http('/api/alerts/test', { body: {} })).json).toMatchObject({ delivered: false, status: 500, error: 'it answered HTTP 500' })
  status = 200
  await until('what waited', () => received.filter(({ message }) => message.type === 'alert.begun').length >= QUEUE_MAX, 100_000)
  expect((await gateway.http('/api/alerts')).json).toMatchObject({ configured: true, waiting: 0, failure: null })
  await until('the word of it', () => gateway.output().includes('the receiver of alerts takes them again'))
  expect(gateway.output().split('alerts cannot be delivered').length - 1).toBe(1)
  await gateway.stop()
  expect(gateway.output()).not.toContain('planted')
})
