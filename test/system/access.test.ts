import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterEach, expect, test } from 'vitest'
import { ECHO } from './echo-tools.ts'
import { type Gateway, type HttpReply, makeDataDir, startGateway } from './gateway.ts'
import { LegacySession } from './mcp-http.ts'
import { until } from './until.ts'

/** What is promised is a second. */
const REVOKED_MS_MAX = 10_000

const gateways: Gateway[] = []
async function start(dataDir: string): Promise<Gateway> {
  const gateway = await startGateway({ dataDir, namespaces: { demo: ECHO, hidden: ECHO }, env: { BEARER_TOKEN: 'token-of-the-administrator' } })
  gateways.push(gateway)
  return gateway
}
afterEach(async () => {
  for (const gateway of gateways.splice(0)) {
    await gateway.dispose()
    rmSync(gateway.dataDir, { recursive: true, force: true })
  }
})

const makeKey = async (gateway: Gateway, body: object): Promise<{ readonly id: string; readonly secret: string }> => {
  const { json } = await gateway.http('/api/keys', { body })
  return { id: json.key.id, secret: json.secret }
}

test('a key serves real clients of both eras with what it sees, and is worth nothing on open streams once it was revoked', async () => {
  const gateway = await start(makeDataDir())
  const key = await makeKey(gateway, { name: 'agent', role: 'caller', namespaces: ['demo'] })
  const asKey = { url: gateway.url, token: key.secret }
  for (const mode of ['auto', 'legacy'] as const) {
    const client = new Client({ name: 'test', version: '0' }, { versionNegotiation: { mode } })
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${key.secret}` } } }),
    )
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name.split('__')[0])).toEqual(tools.map(() => 'demo'))
    expect(await client.callTool({ name: 'demo__echo', arguments: { text: 'hello' } })).toMatchObject({ content: [{ text: expect.stringContaining('hello') }] })
    await expect(client.callTool({ name: 'hidden__echo', arguments: { text: 'hello' } })).rejects.toThrow(/There is no tool/)
    await client.close()
  }
  expect((await gateway.rest('demo', 'echo', { text: 'hi' }, { token: key.secret })).status).toBe(200)
  expect((await gateway.rest('hidden', 'echo', { text: 'hi' }, { token: key.secret })).status).toBe(404)

  // Of what was called it knows its own part.
  await gateway.rest('demo', 'echo', { text: 'not yours' })
  const ofKey = async (path: string) => (await gateway.http(path, { token: key.secret })).json
  const calls = await until('its calls', async () => ((found) => (found.length === 3 ? found : undefined))((await ofKey('/api/calls')).calls))
  expect(calls.map(({ principal, namespace }: { principal: string; namespace: string }) => [principal, namespace])).toEqual(calls.map(() => [key.id, 'demo']))
  const [others] = (await gateway.http('/api/calls?principal=token')).json.calls
  expect((await gateway.http(`/api/calls/${others.id}`, { token: key.secret })).status).toBe(404)
  expect((await ofKey('/api/metrics?groupBy=tool')).rows).toMatchObject([{ namespace: 'demo', tool: 'echo', calls: 3 }])
  expect((await gateway.http('/api/logs', { token: key.secret })).status).toBe(403)

  const session = await LegacySession.open(asKey, '/demo/mcp')
  const streams = [await session.listen(), await fetch(`${gateway.url}/demo/sse`, { headers: { authorization: `Bearer ${key.secret}` } })]
  const ended = streams.map((stream) =>
    stream.text().then(
      () => 'ended',
      () => 'ended',
    ),
  )
  expect(streams.map(({ status }) => status)).toEqual([200, 200])
  const begin = performance.now()
  await gateway.http(`/api/keys/${key.id}`, { method: 'DELETE' })
  expect(await Promise.all(ended)).toEqual(['ended', 'ended'])
  expect(performance.now() - begin).toBeLessThan(REVOKED_MS_MAX)
  expect((await gateway.http('/mcp/namespaces', { token: key.secret })).status).toBe(401)
  await gateway.stop()
})

test('keys, their last use and signed-in browsers outlive a restart; no log and no file holds a key, a cookie or the token', async () => {
  const dataDir = makeDataDir()
  const first = await start(dataDir)
  const key = await makeKey(first, { name: 'agent', role: 'author', namespaces: ['demo'] })
  const signIn = await first.http('/api/session', { token: null, body: { token: first.token } })
  const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  await first.http('/mcp/namespaces', { token: key.secret })
  await first.http(`/mcp/namespaces?key=${key.secret}`, { token: 'td_wrong' })
  await first.stop()

  const second = await start(dataDir)
  const session = (reply: HttpReply) => [reply.status, reply.json?.principal?.id]
  expect(session(await second.http('/api/session', { token: key.secret }))).toEqual([200, key.id])
  expect(session(await second.http('/api/session', { token: null, headers: { cookie } }))).toEqual([200, 'token'])
  expect((await second.http(`/api/keys/${key.id}`)).json.lastUsedAt).toEqual(expect.any(String))
  await second.stop()

  const secrets = [key.secret, cookie.split('=')[1] as string, first.token]
  const kept = ['logs', 'db'].flatMap((folder) => readdirSync(join(dataDir, folder), { withFileTypes: true, recursive: true }))
  const texts = kept.filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  for (const text of [...texts, first.output(), second.output()]) for (const secret of secrets) expect(text.includes(secret)).toBe(false)
})
