import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, startGateway } from '../system/gateway.ts'
import { LegacySession, type Message, modern, readEvents, type Target } from '../system/mcp-http.ts'
import { addServer, PATIENT } from './servers.ts'

const PROGRAM = join(import.meta.dirname, 'fixture/extensions.ts')
const UI = 'io.modelcontextprotocol/ui'
const TASKS = 'io.modelcontextprotocol/tasks'
const SKILLS = 'io.modelcontextprotocol/skills'
const SKILL = 'skill://acme/review/SKILL.md'
const APP = 'ui://work/main.html'
const DECLARES_TASKS = { capabilities: { extensions: { [TASKS]: {} } } }
const SOON = { timeout: 15_000 }
const METHOD_NOT_FOUND = -32601
const INVALID_PARAMS = -32602
const RESOURCE_NOT_FOUND = -32002
const CHARTS = `
import { defineResource, defineTool } from 'tooldock'
export const page = defineResource({ uri: 'ui://chart/main.html', mimeType: 'text/html;profile=mcp-app', handler: () => '<p>chart</p>' })
export const chart = defineTool({ description: 'Shows a chart.', _meta: { ui: { resourceUri: 'ui://chart/main.html' } }, handler: () => 'points' })
`

const closing: (() => unknown)[] = []
let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway({ env: PATIENT, namespaces: { charts: { 'charts.ts': CHARTS } } })
  closing.push(() => gateway.dispose())
  for (const era of ['legacy', 'modern', 'dual']) {
    await addServer(gateway, `stdio-${era}`, { kind: 'command', command: 'node', args: [PROGRAM, '--era', era] })
    await addServer(gateway, `http-${era}`, { kind: 'remote', url: await startHttp(era) })
  }
}, 120_000)
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function startHttp(era: string): Promise<string> {
  const child = spawn(process.execPath, [PROGRAM, '--era', era, '--http'], { stdio: ['ignore', 'pipe', 'inherit'] })
  closing.push(() => child.kill('SIGKILL'))
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return url
}

const initialized = async (namespace: string, path = `/${namespace}/mcp`): Promise<Message> => {
  const session = await LegacySession.open(gateway, path)
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } }
  const { result } = await session.request('initialize', params)
  await session.end()
  return result
}
const capabilitiesOf = {
  legacy: async (namespace: string): Promise<Message> => (await initialized(namespace)).capabilities,
  modern: async (namespace: string): Promise<Message> => (await modern(gateway, `/${namespace}/mcp`, 'server/discover')).result.capabilities,
}

describe.each(['stdio', 'http'])('extensions of a server over %s', (over) => {
  test('what it declares is shown to clients of its era, and withheld from the others where it cannot work', async () => {
    expect(await capabilitiesOf.legacy(`${over}-legacy`)).toMatchObject({
      tasks: { list: {}, requests: { tools: { call: {} } } },
      experimental: { 'example.com/trial': {} },
      extensions: { [UI]: {}, 'example.com/vendor': { level: 2 } },
    })
    expect(await capabilitiesOf.modern(`${over}-modern`)).toMatchObject({ extensions: { [UI]: {}, [TASKS]: {}, 'example.com/vendor': { level: 2 } } })
    // Metadata and resources are the same in both eras, so that an MCP App works across them.
    for (const withheld of [await capabilitiesOf.modern(`${over}-legacy`), await capabilitiesOf.legacy(`${over}-modern`)])
      expect(withheld).toEqual({ tools: {}, resources: {}, extensions: { [UI]: {} } })
  })

  test('a legacy client has tasks: begun, followed, listed, cancelled, and told of', async () => {
    const session = await LegacySession.open(gateway, `/${over}-legacy/mcp`)
    const stream = await session.listen()
    const begun = await session.request('tools/call', { name: 'work', arguments: {}, task: { ttl: 5000 } })
    expect(begun.result).toEqual({ task: expect.objectContaining({ status: 'working', asked: { ttl: 5000 } }) })
    const { taskId } = begun.result.task
    expect((await session.request('tasks/get', { taskId })).result).toMatchObject({ taskId, status: 'working' })
    expect((await session.request('tasks/list')).result.tasks).toContainEqual(expect.objectContaining({ taskId }))
    expect((await session.request('tasks/cancel', { taskId })).result).toMatchObject({ taskId, status: 'completed' })
    if (stream.body === null) throw new Error('no stream')
    for await (const { data } of readEvents(stream.body)) {
      if (data === '') continue
      expect(JSON.parse(data)).toEqual({
        jsonrpc: '2.0',
        method: 'notifications/tasks/status',
        params: expect.objectContaining({ taskId, status: 'completed' }),
      })
      break
    }
    await session.end()
  })

  test('a modern client has tasks of the extension', async () => {
    const path = `/${over}-modern/mcp`
    const { result: begun } = await modern(gateway, path, 'tools/call', { name: 'work', arguments: {} }, DECLARES_TASKS)
    expect(begun).toMatchObject({ resultType: 'task', status: 'working' })
    const { taskId } = begun
    const headers = { 'Mcp-Name': taskId }
    expect((await modern(gateway, path, 'tasks/get', { taskId }, { ...DECLARES_TASKS, headers })).result).toMatchObject({ resultType: 'complete', taskId })
    expect((await modern(gateway, path, 'tasks/list', {}, DECLARES_TASKS)).error.code).toBe(METHOD_NOT_FOUND)
  })

  test('a modern client is told of its task, and of what a vendor announces, on a stream that lasts as long as it wants there too', async () => {
    const path = `/${over}-modern/mcp`
    const { taskId } = (await modern(gateway, path, 'tools/call', { name: 'work', arguments: {} }, DECLARES_TASKS)).result
    const streams = async (): Promise<number> => (await modern(gateway, path, 'example.com/echo')).result.listening
    const heard: Message[] = []
    const end = new AbortController()
    const options = { ...DECLARES_TASKS, id: 'mine', signal: end.signal, onMessage: (message: Message) => heard.push(message) }
    const notifications = { taskIds: [taskId], toolsListChanged: true, 'example.com/announced': true, 'example.com/unknown': 1 }
    const listening = modern(gateway, path, 'subscriptions/listen', { notifications }, options).catch(() => 'ended')
    const told = (method: string): unknown => heard.find((message) => message.method === method)?.params
    const _meta = { 'io.modelcontextprotocol/subscriptionId': 'mine' }
    const { 'example.com/unknown': _, ...honoured } = notifications
    await expect.poll(() => told('notifications/subscriptions/acknowledged'), SOON).toEqual({ notifications: honoured, _meta })
    await modern(gateway, path, 'tasks/cancel', { taskId }, { ...DECLARES_TASKS, headers: { 'Mcp-Name': taskId } })
    await expect.poll(() => told('notifications/tasks'), SOON).toMatchObject({ taskId, status: 'completed', _meta: { ..._meta, 'example.com/kept': true } })
    await modern(gateway, path, 'example.com/announce', { what: 'news' })
    await expect.poll(() => told('notifications/example.com/announced'), SOON).toMatchObject({ what: 'news', _meta })
    expect(await streams()).toBe(1)
    end.abort()
    expect(await listening).toBe('ended')
    await expect.poll(streams, SOON).toBe(0)
  })

  test('a stream for tasks is refused to who does not declare them, and tells nobody of the tasks of another', async () => {
    const path = `/${over}-modern/mcp`
    const { taskId } = (await modern(gateway, path, 'tools/call', { name: 'work', arguments: {} }, DECLARES_TASKS)).result
    const listen = (target: Target, options: object) => {
      const end = new AbortController()
      const onMessage = (message: Message) => {
        heard.push(message.params.notifications)
        end.abort()
      }
      const heard: Message[] = []
      const params = { notifications: { taskIds: [taskId] } }
      return modern(target, path, 'subscriptions/listen', params, { ...options, signal: end.signal, onMessage }).catch(() => heard)
    }
    expect(await listen(gateway, {})).toMatchObject({ status: 400, error: { code: -32021, data: { requiredCapabilities: { extensions: { [TASKS]: {} } } } } })
    const { json } = await gateway.http('/api/keys', { body: { name: `other-${over}`, role: 'caller', namespaces: [`${over}-modern`] } })
    expect(await listen({ url: gateway.url, token: json.secret }, DECLARES_TASKS)).toEqual([{ taskIds: [] }])
    // A server of the other era knows no such filters: the acknowledgment says that nothing comes of them.
    const across = new AbortController()
    const acknowledged = new Promise((resolve) => {
      const onMessage = ({ params }: Message) => resolve(params.notifications)
      const params = { notifications: { taskIds: [taskId] } }
      modern(gateway, `/${over}-legacy/mcp`, 'subscriptions/listen', params, { ...DECLARES_TASKS, signal: across.signal, onMessage }).catch(() => {})
    })
    expect(await acknowledged).toEqual({})
    across.abort()
  })

  test('what a legacy server says outside of any call reaches the sessions that listen to it, and nobody who sees only some of its tools', async () => {
    const name = `${over}-legacy`
    const { json } = await gateway.http('/api/keys', { body: { name: `some-${over}`, role: 'caller', namespaces: [name], tools: [`${name}__work`] } })
    const targets = [gateway, gateway, { url: gateway.url, token: json.secret }]
    const sessions = await Promise.all(targets.map((target) => LegacySession.open(target, `/${name}/mcp`)))
    const heard = sessions.map((): Message[] => [])
    const reading = sessions.map(async (session, index) => {
      for await (const { data } of readEvents((await session.listen()).body as ReadableStream<Uint8Array>))
        if (data !== '') heard[index]?.push(JSON.parse(data))
    })
    const [first, second, third] = sessions as [LegacySession, LegacySession, LegacySession]
    await third.request('tools/call', { name: 'work', arguments: {} })
    const announced = { jsonrpc: '2.0', method: 'notifications/example.com/announced', params: { what: 'news' } }
    await expect
      .poll(async () => {
        await first.request('example.com/announce', { what: 'news' })
        return [heard[0]?.[0], heard[1]?.[0]]
      }, SOON)
      .toEqual([announced, announced])
    expect(heard[2]).toEqual([])
    await Promise.all([first.end(), second.end(), third.end()])
    await Promise.all(reading)
  })

  test('skills pass in the same era: declared, listed, told of one by one, and read with the bytes that were promised', async () => {
    for (const era of ['legacy', 'modern'] as const) {
      const path = `/${over}-${era}/mcp`
      expect((await capabilitiesOf[era](`${over}-${era}`)).extensions[SKILLS]).toEqual({ directoryRead: true })
      const session = await LegacySession.open(gateway, path)
      const ask = (method: string, params: Message = {}) => (era === 'legacy' ? session.request(method, params) : modern(gateway, path, method, params))
      const [skill] = (await ask('skills/list')).result.skills
      expect(skill).toMatchObject({ uri: SKILL, frontmatter: { name: 'review', uri: 'kept as it is' } })
      expect((await ask('skills/get', { uri: SKILL })).result).toMatchObject({ skill, ttlMs: 5000, cacheScope: 'public' })
      expect((await ask('resources/directory/read', { uri: 'skill://acme/review' })).result.resources).toEqual([{ uri: SKILL, name: 'SKILL.md' }])
      const { text } = (await ask('resources/read', { uri: SKILL })).result.contents[0]
      expect(skill.resources[0]).toMatchObject({ size: Buffer.byteLength(text), digest: `sha256:${createHash('sha256').update(text).digest('hex')}` })
      await session.end()
    }
    // Across eras its methods are withheld, and its files are resources like others.
    expect((await modern(gateway, `/${over}-legacy/mcp`, 'skills/list')).error.code).toBe(METHOD_NOT_FOUND)
    expect((await modern(gateway, `/${over}-legacy/mcp`, 'resources/read', { uri: SKILL })).result.contents[0].uri).toBe(SKILL)
  })

  test('methods and notifications of a vendor pass in either direction, in the same era alone', async () => {
    const session = await LegacySession.open(gateway, `/${over}-legacy/mcp`)
    await session.notify('notifications/example.com/said')
    const notified = { jsonrpc: '2.0', method: 'notifications/example.com/echoing', params: { loud: 'yes' } }
    const legacy = await session.request('example.com/echo', { loud: 'yes' })
    expect(legacy.result).toMatchObject({ echoed: 'yes', heard: expect.arrayContaining(['notifications/example.com/said']) })
    expect(legacy.messages[0]).toEqual(notified)
    await session.end()
    const same = await modern(gateway, `/${over}-modern/mcp`, 'example.com/echo', { loud: 'yes' })
    expect(same.result).toMatchObject({ resultType: 'complete', echoed: 'yes' })
    expect(same.messages[0]).toEqual(notified)
    const across = await modern(gateway, `/${over}-legacy/mcp`, 'example.com/echo', { loud: 'yes' })
    expect(across.error.code).toBe(METHOD_NOT_FOUND)
    const unknown = await modern(gateway, `/${over}-modern/mcp`, 'example.com/unknown')
    expect(unknown.error).toEqual({ code: METHOD_NOT_FOUND, message: 'no example.com/unknown' })
    // What another revision defines is no extension of this one.
    for (const method of ['ping', 'logging/setLevel', 'resources/subscribe'])
      expect((await modern(gateway, `/${over}-modern/mcp`, method)).error.code).toBe(METHOD_NOT_FOUND)
  })

  test('across eras neither a task nor an extension is asked for', async () => {
    const session = await LegacySession.open(gateway, `/${over}-modern/mcp`, { capabilities: { extensions: { [TASKS]: {}, [UI]: {} } } })
    const { result } = await session.request('tools/call', { name: 'work', arguments: {}, task: { ttl: 5000 } })
    expect(JSON.parse(result.content[0].text)).toMatchObject({ isModern: true, task: null, declared: { extensions: { [UI]: {} } } })
    expect((await session.request('tasks/get', { taskId: 'task-1' })).error.code).toBe(METHOD_NOT_FOUND)
    await session.end()
  })
})

test('a server of both eras over HTTP declares to each what it has in that era', async () => {
  expect(Object.keys((await capabilitiesOf.modern('http-dual')).extensions)).toContain(TASKS)
  expect((await capabilitiesOf.legacy('http-dual')).tasks).toBeDefined()
})

test('a key for some tools of a server reads their apps, and nothing of its extensions', async () => {
  const tools = ['stdio-legacy__work', 'stdio-modern__work']
  const { json } = await gateway.http('/api/keys', { body: { name: 'worker', role: 'caller', namespaces: ['stdio-legacy', 'stdio-modern'], tools } })
  const asKey = { url: gateway.url, token: json.secret }
  for (const { result } of [
    await modern(asKey, '/stdio-modern/mcp', 'tools/call', { name: 'work', arguments: {} }, DECLARES_TASKS),
    await modern(asKey, '/mcp', 'tools/call', { name: 'stdio-modern__work', arguments: {} }, DECLARES_TASKS),
  ])
    expect(JSON.parse(result.content[0].text)).toEqual({ isModern: true, task: null, declared: {} })
  for (const method of ['tasks/get', 'tasks/cancel', 'example.com/echo'])
    expect((await modern(asKey, '/stdio-modern/mcp', method, { taskId: 'task-1' }, { headers: { 'Mcp-Name': 'task-1' } })).error.code).toBe(METHOD_NOT_FOUND)
  expect((await modern(asKey, '/stdio-modern/mcp', 'server/discover')).result.capabilities).toEqual({ tools: {}, resources: {}, extensions: { [UI]: {} } })

  const session = await LegacySession.open(asKey, '/stdio-legacy/mcp')
  expect(JSON.parse((await session.request('tools/call', { name: 'work', arguments: {}, task: {} })).result.content[0].text).task).toBeNull()
  for (const method of ['tasks/list', 'tasks/get', 'example.com/echo'])
    expect((await session.request(method, { taskId: 'task-1' })).error.code).toBe(METHOD_NOT_FOUND)
  expect((await session.request('resources/read', { uri: APP })).result.contents[0]).toMatchObject({ uri: APP, text: '<p>work</p>' })
  expect((await session.request('resources/list')).result.resources).toEqual([])
  expect((await session.request('resources/read', { uri: 'ui://work/other.html' })).error.code).toBe(RESOURCE_NOT_FOUND)
  await session.end()
})

test('a bundle serves the skills of its servers under its own addresses, with the bytes that were promised', async () => {
  const entries = [...['stdio-modern', 'http-modern'].map((namespace) => ({ namespace, resources: 'all' })), { namespace: 'stdio-legacy', resources: 'all' }]
  expect((await gateway.http('/api/bundles', { body: { namespace: 'guides', entries } })).status).toBe(201)
  const ask = (method: string, params: Message = {}) => modern(gateway, '/guides/mcp', method, params)
  expect((await ask('server/discover')).result.capabilities.extensions).toEqual({ [SKILLS]: { directoryRead: true } })
  const { skills } = (await ask('skills/list')).result
  expect(skills.map(({ uri }: Message) => uri)).toEqual([`tooldock://stdio-modern/${SKILL}`, `tooldock://http-modern/${SKILL}`])
  for (const skill of skills) {
    expect(skill.frontmatter).toEqual({ name: 'review', description: 'How to review', uri: 'kept as it is' })
    expect((await ask('skills/get', { uri: skill.uri })).result.skill).toEqual(skill)
    for (const { uri, digest } of skill.resources) {
      const [{ text }] = (await ask('resources/read', { uri })).result.contents
      expect(digest).toBe(`sha256:${createHash('sha256').update(text).digest('hex')}`)
    }
  }
  expect((await ask('resources/directory/read', { uri: 'tooldock://http-modern/skill://acme/review' })).result.resources[0].uri).toBe(skills[1].uri)
  for (const uri of [SKILL, `tooldock://stdio-legacy/${SKILL}`]) expect((await ask('skills/get', { uri })).error.code).toBe(INVALID_PARAMS)
  expect((await ask('example.com/echo')).error.code).toBe(METHOD_NOT_FOUND)
  // The extension is of the newest revision; to older clients skills are resources.
  expect((await initialized('guides')).capabilities.extensions).toBeUndefined()
  const session = await LegacySession.open(gateway, '/guides/mcp')
  expect((await session.request('skills/list')).error.code).toBe(METHOD_NOT_FOUND)
  await session.end()
})

describe('an MCP App', () => {
  const entry = (result: Message, name: string): Message => result.tools.find((tool: Message) => tool.name === name)

  test('is fresh for as long as its server says, and shared by nobody', async () => {
    const { result } = await modern(gateway, '/stdio-modern/mcp', 'resources/read', { uri: APP })
    expect(result).toMatchObject({ ttlMs: 5000, cacheScope: 'private' })
    expect((await modern(gateway, '/stdio-legacy/mcp', 'resources/read', { uri: APP })).result).toMatchObject({ ttlMs: 0, cacheScope: 'private' })
  })

  test("is shown as it is at its server's own address, in both eras", async () => {
    const { result } = await modern(gateway, '/stdio-legacy/mcp', 'tools/list')
    expect(entry(result, 'work')._meta).toEqual({ ui: { resourceUri: APP }, 'example.com/vendor': 'kept' })
    expect((await modern(gateway, '/stdio-legacy/mcp', 'resources/read', { uri: APP })).result.contents[0]).toMatchObject({ uri: APP, text: '<p>work</p>' })
  })

  test('of a tool of our own is shown likewise, and its namespace knows no methods but those of MCP', async () => {
    for (const [path, name, uri] of [
      ['/charts/mcp', 'chart', 'ui://chart/main.html'],
      ['/mcp', 'charts__chart', 'ui://tooldock/charts/chart/main.html'],
    ] as const) {
      const { result } = await modern(gateway, path, 'tools/list')
      expect(entry(result, name)._meta).toEqual({ ui: { resourceUri: uri } })
      expect((await modern(gateway, path, 'resources/read', { uri })).result.contents[0]).toMatchObject({ uri, text: '<p>chart</p>' })
      expect((await modern(gateway, path, 'tasks/get', { taskId: 'x' }, { headers: { 'Mcp-Name': 'x' } })).error.code).toBe(METHOD_NOT_FOUND)
    }
  })

  test('has an address that hosts accept among all namespaces and in a bundle, and is read there', async () => {
    const created = await gateway.http('/api/bundles', {
      body: { namespace: 'apps', entries: [{ namespace: 'stdio-modern', tools: [{ name: 'work' }] }] },
    })
    expect(created.status, created.text).toBeLessThan(300)
    for (const path of ['/mcp', '/apps/mcp']) {
      const { result } = await modern(gateway, path, 'tools/list')
      const { resourceUri } = entry(result, 'stdio-modern__work')._meta.ui
      expect(resourceUri).toBe('ui://tooldock/stdio-modern/work/main.html')
      const { contents } = (await modern(gateway, path, 'resources/read', { uri: resourceUri })).result
      expect(contents[0]).toMatchObject({ uri: resourceUri, text: '<p>work</p>' })
      expect((await modern(gateway, path, 'example.com/echo')).error.code).toBe(METHOD_NOT_FOUND)
      expect((await modern(gateway, path, 'server/discover')).result.capabilities.extensions).toBeUndefined()
    }
  })
})
