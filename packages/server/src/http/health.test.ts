import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { json } from 'node:stream/consumers'
import pino from 'pino'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { testPairs } from '../../test/tls-pairs.ts'
import { createEdge, type Edge, type EdgeConfig } from './edge.ts'
import { createHealth, type HealthSources } from './health.ts'
import { TEST_EDGE } from './test-edge.ts'
import { type Certificate, openCertificate } from './tls/certificate.ts'
import { createOwnRequest } from './tls/own-request.ts'

const AUTHORIZED = { authorization: 'Bearer secret-token' }
const pairs = testPairs()
afterAll(() => pairs.remove())
const opened: { readonly edge: Edge; readonly certificate: Certificate | undefined }[] = []

/** The server that listens on a port, wherever in this process it was made. */
function serverAt(port: number | undefined): Server | undefined {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles()
  return handles.filter((handle) => handle instanceof Server).find((server) => (server.address() as AddressInfo | null)?.port === port)
}

async function start(sources: Partial<HealthSources> = {}, metricsPublic = false, config: Partial<EdgeConfig> = {}, isTls = false): Promise<string> {
  const store = { kind: 'sqlite', pending: 0, ping: async () => undefined }
  const health = createHealth(
    { metricsPublic },
    {
      version: '9.9.9',
      store,
      namespacesLoaded: () => true,
      namespaces: () => [
        { name: 'alpha', state: 'published', worker: 'running', problems: [] },
        { name: 'hidden-name', state: 'unpublished', worker: 'stopped', problems: [{ message: 'line 3 is wrong' }] },
      ],
      probeListeners: () => edge.probe(),
      counts: () => ({ sessions: 2, streams: 1, parkedCalls: 0 }),
      metrics: { contentType: 'text/plain; version=0.0.4', metrics: async () => 'tooldock_calls_total 1\n' },
      ...sources,
    },
  )
  const log = pino({ level: 'silent' })
  const pair = isTls ? pairs.make('served') : undefined
  const certificate = await openCertificate({ sslCertPath: pair?.certPath, sslKeyPath: pair?.keyPath, sslKeyPassphrase: undefined }, log)
  const edge = createEdge({ ...TEST_EDGE, ...config }, { token: 'secret-token', frontends: [health], log, certificate })
  opened.push({ edge, certificate })
  await edge.listen()
  return edge.addresses[0]?.url ?? ''
}

afterEach(async () => {
  for (const { edge, certificate } of opened.splice(0)) {
    await edge.close(0)
    certificate?.close()
  }
})

describe('health', () => {
  it('is ready when the database, the namespaces and every listener answer', async () => {
    const base = await start()
    const answer = await fetch(`${base}/health/ready`)
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ready', checks: { store: 'ok', namespaces: 'ok', listeners: 'ok' } }])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it.each(['http', 'https'])('is not ready as soon as one enabled listener stops answering (%s)', async (scheme) => {
    const base = await start({}, false, { mcpPort: 0, openapiPort: 0 }, scheme === 'https')
    expect(base).toMatch(`${scheme}:`)
    const ask = createOwnRequest(opened.at(-1)?.certificate)
    const ready = async () => {
      const [response] = (await once(ask(`${base}/health/ready`, { headers: AUTHORIZED }).end(), 'response')) as [IncomingMessage]
      return [response.statusCode, await json(response)]
    }
    expect(await ready()).toMatchObject([200, { checks: { listeners: 'ok' } }])
    const mcp = opened.at(-1)?.edge.addresses.find(({ name }) => name === 'mcp')
    serverAt(mcp?.port)?.close()
    await expect.poll(ready, { timeout: 10_000 }).toMatchObject([503, { checks: { listeners: 'failed' }, reasons: ['no answer on the listener mcp'] }])
  })

  it('answers 503 with the reasons for those with a token, and states for others, without waiting for a database that hangs', async () => {
    let pings = 0
    const ping = () => {
      pings++
      return new Promise<void>(() => {})
    }
    const base = await start({ store: { kind: 'postgres', pending: 7, ping }, namespacesLoaded: () => false })
    const started = performance.now()
    const [anonymous, known] = await Promise.all([fetch(`${base}/health/ready`), fetch(`${base}/health/ready`, { headers: AUTHORIZED })])
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(pings).toBe(1)
    const checks = { store: 'failed', namespaces: 'failed', listeners: 'ok' }
    expect([anonymous.status, await anonymous.json()]).toEqual([503, { status: 'not_ready', checks }])
    expect([known.status, await known.json()]).toEqual([
      503,
      { status: 'not_ready', checks, reasons: ['the database did not answer within 1000 ms', 'the namespaces are not loaded yet'] },
    ])
    expect((await fetch(`${base}/health/live`)).status).toBe(200)
  })

  it('is ready from the moment the namespaces are loaded', async () => {
    let isLoaded = false
    const base = await start({ namespacesLoaded: () => isLoaded })
    expect((await fetch(`${base}/health/ready`)).status).toBe(503)
    isLoaded = true
    expect((await fetch(`${base}/health/ready`)).status).toBe(200)
  })

  it('gives names and problems only to those with a token', async () => {
    const base = await start()
    const anonymous = await (await fetch(`${base}/health`)).text()
    expect(JSON.parse(anonymous)).toMatchObject({
      status: 'degraded',
      namespaces: { total: 2, published: 1, unpublished: 1 },
      workers: { running: 1 },
      now: { sessions: 2 },
    })
    expect(anonymous).not.toMatch(/hidden-name|line 3|9\.9\.9/)
    const known = await (await fetch(`${base}/health`, { headers: AUTHORIZED })).json()
    expect(known).toMatchObject({ version: '9.9.9', details: { namespaces: [{ name: 'alpha' }, { name: 'hidden-name', problems: ['line 3 is wrong'] }] } })
  })

  it('serves metrics with a token, or to all when they are public', async () => {
    const base = await start()
    expect((await fetch(`${base}/metrics`)).status).toBe(401)
    const answer = await fetch(`${base}/metrics`, { headers: AUTHORIZED })
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['text/plain; version=0.0.4', 'tooldock_calls_total 1\n'])
    expect((await fetch(`${await start({}, true)}/metrics`)).status).toBe(200)
  })

  it('answers HEAD probes', async () => {
    const base = await start()
    expect((await fetch(`${base}/health/live`, { method: 'HEAD' })).status).toBe(200)
  })
})
