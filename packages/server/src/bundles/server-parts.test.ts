import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../../../../test/system/gateway.ts'
import { LegacySession, type Message, modern } from '../../../../test/system/mcp-http.ts'
import { until } from '../../../../test/system/until.ts'
import { stdioFixture } from '../../../../test/upstream/fixture-process.ts'
import { addServer, PATIENT, serverIn } from '../../../../test/upstream/servers.ts'

const ERAS = ['legacy', 'modern'] as const

let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ env: PATIENT })
  for (const era of ERAS) await addServer(gateway, era, stdioFixture({ era, offer: 'clients' }))
  const entries = ERAS.map((namespace) => ({ namespace, tools: 'all', resources: 'all', prompts: 'all' }))
  expect((await gateway.http('/api/bundles', { body: { namespace: 'kit', entries } })).json).toMatchObject({ state: 'ready' })
}, 120_000)
afterAll(async () => {
  try {
    await gateway.stop()
  } finally {
    await gateway.dispose()
  }
})

const textOf = (result: Message): string => result.content[0].text

test.each(ERAS)('a client of either era is asked by a %s server', async (era) => {
  const name = `${era}__ask`
  const capabilities = { elicitation: {} }
  const params = { name, arguments: { question: 'Who?' } }
  const { result } = await modern(gateway, '/kit/mcp', 'tools/call', params, { capabilities })
  const [key] = Object.keys(result.inputRequests)
  const inputResponses = { [key ?? '']: { action: 'accept', content: { answer: 'Ada' } } }
  const requestState = result.requestState === undefined ? {} : { requestState: result.requestState }
  const answered = await modern(gateway, '/kit/mcp', 'tools/call', { ...params, inputResponses, ...requestState }, { capabilities })
  expect(textOf(answered.result)).toBe('accept: Ada')

  const session = await LegacySession.open(gateway, '/kit/mcp', { capabilities })
  const onMessage = (message: Message) => {
    if (message.method === 'elicitation/create') void session.respond(message.id, { action: 'accept', content: { answer: 'Bob' } })
  }
  expect(textOf((await session.request('tools/call', params, { onMessage })).result)).toBe('accept: Bob')
  await session.end()
})

test('resources of servers have the names of the bundle, also in results', async () => {
  for (const era of ERAS) {
    const uri = `tooldock://${era}/memo://note`
    expect((await modern(gateway, '/kit/mcp', 'resources/read', { uri })).result.contents[0].uri).toBe(uri)
  }
})

test.each(ERAS)('an update of a resource of a %s server reaches who subscribed to it through the bundle', async (era) => {
  const uri = `tooldock://${era}/memo://note`
  const heard: Message[] = []
  const leaving = new AbortController()
  const listening = modern(
    gateway,
    '/kit/mcp',
    'subscriptions/listen',
    { notifications: { resourceSubscriptions: [uri] } },
    { signal: leaving.signal, onMessage: (message) => void heard.push(message) },
  ).catch(() => 'left')
  await until('the acknowledgement', () => heard.length === 1)
  // The server hears of the subscription a moment later than its client.
  await until('the update', async () => {
    await modern(gateway, '/kit/mcp', 'tools/call', { name: `${era}__touch`, arguments: { uri: 'memo://note' } })
    return heard.some(({ method, params }) => method === 'notifications/resources/updated' && params.uri === uri)
  })
  leaving.abort()
  await listening
})

test('a client sees of a server what the server lists to clients with its capabilities', async () => {
  const server = { kind: 'command', command: 'node', args: [join(import.meta.dirname, '../../../../test/servers/fixture/server.mjs'), 'capabilities'] }
  await addServer(gateway, 'choosy', { ...server, sharing: 'per-capabilities' })
  const entries = ['modern', 'choosy'].map((namespace) => ({ namespace, tools: 'all' }))
  expect((await gateway.http('/api/bundles', { body: { namespace: 'varied', entries } })).status).toBe(201)
  const ask = (method: string, params: object, capabilities: object) => modern(gateway, '/varied/mcp', method, params, { capabilities: { ...capabilities } })
  const lists = async (capabilities: object) => (await ask('tools/list', {}, capabilities)).result.tools.some(({ name }: Message) => name === 'choosy__sampled')
  expect(await lists({})).toBe(false)
  expect(await lists({ sampling: {} })).toBe(true)
  expect((await ask('tools/call', { name: 'choosy__sampled', arguments: {} }, {})).error?.data.code).toBe('tool_not_found')
})

test('a server that is stopped keeps its place in the list, answers for itself and for nobody else', async () => {
  const list = async () => (await modern(gateway, '/kit/mcp', 'tools/list')).result.tools.map(({ name }: Message) => name)
  const before = await list()
  await gateway.http('/api/servers/legacy/stop', { body: {} })
  await serverIn(gateway, 'legacy', 'stopped')
  expect(await list()).toEqual(before)
  const echo = async (era: string) => (await modern(gateway, '/kit/mcp', 'tools/call', { name: `${era}__echo`, arguments: { a: 1 } })).result
  expect(await echo('legacy')).toMatchObject({ isError: true, _meta: { 'io.tooldock/error': { code: 'namespace_unavailable' } } })
  expect(textOf(await echo('modern'))).toBe('{"a":1}')
  await gateway.http('/api/servers/legacy/start', { body: {} })
  await serverIn(gateway, 'legacy', 'running')
  expect(textOf(await echo('legacy'))).toBe('{"a":1}')

  expect((await gateway.http('/api/servers/legacy', { method: 'DELETE' })).status).toBe(200)
  expect(await list()).toEqual(before.filter((name: string) => name.startsWith('modern__')))
  expect((await gateway.http('/api/bundles/kit')).json).toMatchObject({ state: 'degraded', problems: [{ code: 'namespace_missing', namespace: 'legacy' }] })
})
