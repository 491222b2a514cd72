import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, makeDataDir, startGateway } from '../../../../test/system/gateway.ts'
import { LegacySession, type Message, modern, readEvents } from '../../../../test/system/mcp-http.ts'
import { until } from '../../../../test/system/until.ts'
import { BUNDLE, BUNDLE_PREVIEW } from '../admin/bundles/bundle-responses.ts'

const ALPHA = {
  'tools.ts': `import { defineTool } from 'tooldock'
import { z } from 'zod'
export const add = defineTool({ title: 'Add', description: 'Adds two numbers.', input: z.object({ a: z.number(), b: z.number() }), handler: ({ a, b }) => \`alpha \${a + b}\` })
export const secret = defineTool({ description: 'Not for everyone.', handler: () => 'alpha secret' })
export const ask = defineTool({ description: 'Asks for a name.', async handler(_args, ctx) {
  const { content } = await ctx.elicit({ message: 'Name?', schema: z.object({ name: z.string() }) })
  return \`alpha heard \${content?.name}\`
} })
export const link = defineTool({ description: 'Points to the note.', handler: () => ({ content: [{ type: 'resource_link', uri: 'memo://note', name: 'note' }] }) })
export const touch = defineTool({ description: 'Says that the note has changed.', handler(_args, ctx) { ctx.notifyResourceUpdated('memo://note'); return 'touched' } })
export const steps = defineTool({ description: 'Tells how far it is.', handler(_args, ctx) { ctx.progress(1, 2); ctx.log.info('half way'); return 'done' } })
export const wait = defineTool({ description: 'Waits until it is cancelled.', handler: (_args, ctx) => new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => { console.log('wait was cancelled'); reject(new Error('cancelled')) })) })
`,
  'resources.ts': `import { definePrompt, defineResource } from 'tooldock'
import { z } from 'zod'
export const note = defineResource({ uri: 'memo://note', handler: () => 'alpha note' })
export const hidden = defineResource({ uri: 'memo://hidden', handler: () => 'alpha hidden' })
export const page = defineResource({ uriTemplate: 'memo://pages/{name}', complete: { name: (value) => ['intro', 'index'].filter((name) => name.startsWith(value)) }, handler: ({ variables: { name } }) => \`page \${name}\` })
export const greet = definePrompt({ description: 'Greets.', input: z.object({ who: z.string() }), complete: { who: () => ['world'] }, handler: ({ who }) => \`Hello \${who}\` })
`,
}
const BETA = {
  'tools.ts': `import { defineTool } from 'tooldock'
export const add = defineTool({ description: 'Adds a row to the ledger.', handler: () => 'beta row' })
export const send_mail = defineTool({ description: 'Sends an electronic letter.', input: { type: 'object', properties: { recipient: { type: 'string' } }, required: ['recipient'] }, handler: ({ recipient }) => \`sent to \${recipient}\` })
`,
}
const CRASHING = {
  'tools.ts': `import { defineTool } from 'tooldock'\nexport const crash = defineTool({ description: 'Ends its worker.', handler: () => process.exit(1) })\n`,
}

let gateway: Gateway
const dataDir = makeDataDir()
beforeAll(async () => {
  gateway = await startGateway({ dataDir, namespaces: { alpha: ALPHA, beta: BETA, frail: CRASHING }, env: { LIST_PAGE_MAX: '3' } })
})
afterAll(async () => {
  try {
    await gateway.stop()
  } finally {
    await gateway.dispose()
  }
})

const api = (method: string, path: string, body?: unknown) => gateway.http(`/api/bundles${path}`, { method, ...(body === undefined ? {} : { body }) })
const all = (namespace: string) => ({ namespace, tools: 'all', resources: 'all', prompts: 'all' })

/** Replaces what was there under this name. */
async function bundle(namespace: string, config: object): Promise<Message> {
  await api('DELETE', `/${namespace}`)
  const { status, json } = await api('POST', '', { namespace, ...config })
  expect([status, json.error?.message]).toEqual([201, undefined])
  return json
}

const call = (namespace: string, name: string, args: object = {}, options = {}) =>
  modern(gateway, `/${namespace}/mcp`, 'tools/call', { name, arguments: args }, options)
const textOf = (result: Message): string => result.content[0].text

async function names(namespace: string): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const { result } = await modern(gateway, `/${namespace}/mcp`, 'tools/list', cursor === undefined ? {} : { cursor })
    found.push(...result.tools.map(({ name }: Message) => name))
    cursor = result.nextCursor
  } while (cursor !== undefined)
  return found
}

describe('what a bundle shows', () => {
  test('is everything of its namespaces, on pages that are complete and the same every time', async () => {
    expect(await bundle('kit', { entries: [all('beta'), all('alpha')] })).toMatchObject({ state: 'ready', tools: 9, prompts: 1, resources: 3 })
    const first = await names('kit')
    expect(first).toEqual([
      'alpha__add',
      'alpha__ask',
      'alpha__link',
      'alpha__secret',
      'alpha__steps',
      'alpha__touch',
      'alpha__wait',
      'beta__add',
      'beta__send_mail',
    ])
    expect(await names('kit')).toEqual(first)
    const session = await LegacySession.open(gateway, '/kit/mcp')
    expect((await session.request('tools/list')).result.tools.map(({ name }: Message) => name)).toEqual(first.slice(0, 3))
    expect(textOf((await call('kit', 'alpha__add', { a: 1, b: 2 })).result)).toBe('alpha 3')
    expect(textOf((await session.request('tools/call', { name: 'beta__add' })).result)).toBe('beta row')
    expect(await session.end()).toBe(200)
  })

  test('is only what was chosen, under the names it was given', async () => {
    const tools = [{ name: 'add', as: 'sum', title: 'Sum', description: 'Sums up.', annotations: { readOnlyHint: true } }]
    await bundle('kit', { prefix: false, entries: [{ namespace: 'alpha', tools, resources: [{ uri: 'memo://note', title: 'The note' }] }, all('beta')] })
    expect(await names('kit')).toEqual(['add', 'send_mail', 'sum'])
    const { result } = await modern(gateway, '/kit/mcp', 'tools/list')
    expect(result.tools[2]).toMatchObject({ title: 'Sum', description: 'Sums up.', annotations: { readOnlyHint: true }, inputSchema: { required: ['a', 'b'] } })
    expect(textOf((await call('kit', 'sum', { a: 1, b: 2 })).result)).toBe('alpha 3')
    expect(textOf((await call('kit', 'add')).result)).toBe('beta row')
    for (const name of ['secret', 'alpha__add', 'alpha__secret', 'beta__sum', 'beta__add', 'alpha__sum'])
      expect([name, (await call('kit', name)).error?.data.code]).toEqual([name, 'tool_not_found'])
    const read = async (uri: string) => {
      const { result: found, error } = await modern(gateway, '/kit/mcp', 'resources/read', { uri })
      return found?.contents[0].text ?? error.data.code
    }
    expect(await read('tooldock://alpha/memo://note')).toBe('alpha note')
    for (const uri of [
      'tooldock://alpha/memo://hidden',
      'tooldock://alpha/memo://pages/intro',
      'memo://note',
      'tooldock://frail/memo://note',
      'tooldock://beta/memo://note',
    ])
      expect([uri, await read(uri)]).toEqual([uri, 'resource_not_found'])
  })

  test('is served as REST and in an OpenAPI document too', async () => {
    await bundle('kit', { title: 'Kit', entries: [all('alpha'), all('beta')] })
    const { json } = await gateway.http('/kit/openapi/openapi.json')
    expect(json.info.title).toBe('Kit')
    expect(Object.keys(json.paths)).toContain('/tools/beta__send_mail')
    expect(await gateway.rest('kit', 'alpha__add', { a: 2, b: 2 })).toMatchObject({ status: 200, json: { content: [{ text: 'alpha 4' }] } })
    expect(await gateway.rest('kit', 'beta__send_mail', {})).toMatchObject({ status: 422, json: { error: { code: 'invalid_arguments' } } })
    expect(await gateway.rest('kit', 'alpha__ask', {})).toMatchObject({ status: 400, json: { error: { code: 'missing_client_capability' } } })
  })

  test('is not shown a second time at the address of all namespaces', async () => {
    await bundle('kit', { entries: [all('alpha')] })
    const { json } = await gateway.http('/openapi/tools')
    expect(json.tools.filter(({ name }: Message) => name.startsWith('kit'))).toEqual([])
    expect((await gateway.http('/mcp/namespaces')).json.namespaces.map(({ name }: Message) => name)).toContain('kit')
  })
})

describe('a call through a bundle', () => {
  beforeAll(() => bundle('kit', { entries: [all('alpha'), all('beta')] }))

  test('asks a client of 2026-07-28 and takes its answer to who asked', async () => {
    const capabilities = { elicitation: {} }
    const { result } = await call('kit', 'alpha__ask', {}, { capabilities })
    const [key] = Object.keys(result.inputRequests)
    const answer = {
      name: 'alpha__ask',
      arguments: {},
      requestState: result.requestState,
      inputResponses: { [key ?? '']: { action: 'accept', content: { name: 'Ada' } } },
    }
    expect(textOf((await modern(gateway, '/kit/mcp', 'tools/call', answer, { capabilities })).result)).toBe('alpha heard Ada')
    const other = await modern(gateway, '/kit/mcp', 'tools/call', { ...answer, name: 'beta__add' }, { capabilities })
    expect(other.error.data.code).toBe('invalid_request_state')
  })

  test('does not answer what the name meant before the bundle changed', async () => {
    await bundle('moving', { prefix: false, entries: [{ namespace: 'alpha', tools: [{ name: 'ask', as: 'it' }] }] })
    const capabilities = { elicitation: {} }
    const { result } = await call('moving', 'it', {}, { capabilities })
    const [key] = Object.keys(result.inputRequests)
    await api('PATCH', '/moving', { entries: [{ namespace: 'beta', tools: [{ name: 'add', as: 'it' }] }] })
    const answer = {
      name: 'it',
      arguments: {},
      requestState: result.requestState,
      inputResponses: { [key ?? '']: { action: 'accept', content: { name: 'Ada' } } },
    }
    const late = await modern(gateway, '/moving/mcp', 'tools/call', answer, { capabilities })
    expect(late.error.data.code).toBe('parked_call_gone')
    await api('DELETE', '/moving')
  })

  test('asks a client with a session during the call', async () => {
    const session = await LegacySession.open(gateway, '/kit/mcp', { capabilities: { elicitation: {} } })
    const { result } = await session.request(
      'tools/call',
      { name: 'alpha__ask' },
      {
        onMessage: (message) => {
          if (message.method === 'elicitation/create') void session.respond(message.id, { action: 'accept', content: { name: 'Bob' } })
        },
      },
    )
    expect(textOf(result)).toBe('alpha heard Bob')
    await session.end()
  })

  test('tells progress and log lines, and names resources as the bundle does', async () => {
    const heard: Message[] = []
    const options = { logLevel: 'info', meta: { progressToken: 'p' }, onMessage: (message: Message) => void heard.push(message) }
    await call('kit', 'alpha__steps', {}, options)
    expect(heard).toMatchObject([
      { method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } },
      { method: 'notifications/message', params: { level: 'info' } },
    ])
    expect((await call('kit', 'alpha__link')).result.content[0].uri).toBe('tooldock://alpha/memo://note')
    const { result } = await modern(gateway, '/kit/mcp', 'resources/read', { uri: 'tooldock://alpha/memo://pages/intro' })
    expect(result.contents[0]).toMatchObject({ uri: 'tooldock://alpha/memo://pages/intro', text: 'page intro' })
  })

  test('completes arguments of prompts and templates, and gets prompts', async () => {
    const complete = async (ref: object, argument: object) =>
      (await modern(gateway, '/kit/mcp', 'completion/complete', { ref, argument })).result.completion.values
    expect(await complete({ type: 'ref/prompt', name: 'alpha__greet' }, { name: 'who', value: '' })).toEqual(['world'])
    expect(await complete({ type: 'ref/resource', uri: 'tooldock://alpha/memo://pages/{name}' }, { name: 'name', value: 'in' })).toEqual(['intro', 'index'])
    const { result } = await modern(gateway, '/kit/mcp', 'prompts/get', { name: 'alpha__greet', arguments: { who: 'you' } })
    expect(result.messages[0].content.text).toBe('Hello you')
  })

  test('is cancelled where it runs when its client leaves', async () => {
    const leaving = new AbortController()
    const started = call('kit', 'alpha__wait', {}, { signal: leaving.signal })
    await until('the call to run', async () => (await gateway.http('/health')).json.now.callsInFlight === 1)
    leaving.abort()
    await expect(started).rejects.toThrow()
    await until('the tool to hear of it', () => gateway.printed('alpha').includes('wait was cancelled'))
  })
})

describe('changes of a namespace reach the clients of its bundles', () => {
  test('of both eras: lists, and resources they subscribed to', async () => {
    await bundle('kit', { entries: [all('alpha'), all('beta')] })
    const uri = 'tooldock://alpha/memo://note'
    const heard: string[] = []
    const note = (era: string) => (message: Message) => void heard.push(`${era} ${message.method} ${message.params?.uri ?? ''}`.trim())
    const leaving = new AbortController()
    const listenAt = (address: string, who: string) =>
      modern(
        gateway,
        address,
        'subscriptions/listen',
        { notifications: { toolsListChanged: true, resourceSubscriptions: [uri] } },
        { signal: leaving.signal, onMessage: note(who) },
      ).catch(() => 'left')
    const listening = [listenAt('/kit/mcp', 'modern'), listenAt('/mcp', 'all')]
    const session = await LegacySession.open(gateway, '/kit/mcp')
    const stream = await session.listen({ signal: leaving.signal })
    const reading = (async () => {
      for await (const { data } of readEvents(stream.body as ReadableStream<Uint8Array>)) if (data !== '') note('legacy')(JSON.parse(data))
    })().catch(() => 'left')
    await session.request('resources/subscribe', { uri })
    for (const who of ['modern', 'all']) await until('the acknowledgement', () => heard.includes(`${who} notifications/subscriptions/acknowledged`))

    await call('kit', 'alpha__touch')
    for (const era of ['modern', 'legacy']) await until(`${era} update`, () => heard.includes(`${era} notifications/resources/updated ${uri}`))
    gateway.write('beta', {
      'more.ts': `import { defineTool } from 'tooldock'\nexport const more = defineTool({ description: 'More.', handler: () => 'more' })\n`,
    })
    expect((await gateway.reload('beta')).status).toBe(200)
    for (const era of ['modern', 'legacy']) await until(`${era} list`, () => heard.includes(`${era} notifications/tools/list_changed`))
    expect(textOf((await call('kit', 'beta__more')).result)).toBe('more')
    // What comes after the update was sent after the lists.
    const updates = () => heard.filter((line) => line === `all notifications/resources/updated ${uri}`).length
    const before = updates()
    await call('kit', 'alpha__touch')
    await until('another update', () => updates() > before)
    expect(heard.filter((line) => line === 'all notifications/tools/list_changed')).toHaveLength(1)
    leaving.abort()
    await Promise.all([...listening, reading])
    await session.end()
    gateway.remove('beta', 'more.ts')
    await gateway.reload('beta')
    expect(await names('kit')).not.toContain('beta__more')
  })
})

describe('trouble in one namespace', () => {
  test('changes nothing for the others, whether its worker ends or it is removed', async () => {
    await bundle('kit', { entries: [all('alpha'), all('frail')] })
    expect((await call('kit', 'frail__crash')).result).toMatchObject({ isError: true })
    expect(textOf((await call('kit', 'alpha__add', { a: 1, b: 1 })).result)).toBe('alpha 2')
    expect(await names('kit')).toContain('frail__crash')
    expect((await gateway.http('/api/namespaces/frail?force=true', { method: 'DELETE' })).status).toBe(200)
    expect(await names('kit')).not.toContain('frail__crash')
    expect((await api('GET', '/kit')).json).toMatchObject({ state: 'degraded', problems: [{ code: 'namespace_missing', namespace: 'frail' }] })
    expect((await call('kit', 'frail__crash')).error.data.code).toBe('tool_not_found')
    expect(textOf((await call('kit', 'alpha__add', { a: 1, b: 1 })).result)).toBe('alpha 2')
    gateway.write('frail', CRASHING)
    expect((await gateway.reload('frail')).status).toBe(200)
    expect((await api('GET', '/kit')).json).toMatchObject({ state: 'ready', problems: [] })
  })

  test('a name that a reload gives to two is kept by the first namespace', async () => {
    await bundle('kit', {
      prefix: false,
      entries: [
        { namespace: 'alpha', tools: [{ name: 'add' }] },
        { namespace: 'frail', tools: 'all' },
      ],
    })
    gateway.write('frail', {
      'add.ts': `import { defineTool } from 'tooldock'\nexport const add = defineTool({ description: 'Mine.', handler: () => 'frail' })\n`,
    })
    await gateway.reload('frail')
    const { json } = await api('GET', '/kit')
    expect(json).toMatchObject({ state: 'degraded', tools: 2, problems: [{ code: 'collision', namespace: 'frail' }] })
    expect(json.problems[0].message).toBe('The tools "add" of "alpha" and "add" of "frail" would both be called "add". The first is shown.')
    expect(textOf((await call('kit', 'add', { a: 1, b: 1 })).result)).toBe('alpha 2')
    // It stands in the way of no other change, and no other collision comes in with it.
    expect((await api('PATCH', '/kit', { title: 'Kit' })).json).toMatchObject({ state: 'degraded', config: { title: 'Kit' } })
    const entries = ['alpha', 'beta', 'frail'].map((namespace) => ({ namespace, tools: 'all' }))
    expect((await api('PATCH', '/kit', { entries })).json.error.details.collisions).toMatchObject([{ name: 'add', dropped: { namespace: 'beta' } }])
    gateway.remove('frail', 'add.ts')
    await gateway.reload('frail')
    expect((await api('GET', '/kit')).json.state).toBe('ready')
  })
})

describe('a bundle whose tools are found by search', () => {
  test('lists two tools, finds what is meant and calls it', async () => {
    await bundle('finder', { discovery: 'search', entries: [all('alpha'), all('beta')] })
    expect(await names('finder')).toEqual(['call_tool', 'search_tools'])
    const { result } = await call('finder', 'search_tools', { query: 'sending a letter to a recipient', limit: 1 })
    expect(result.structuredContent.tools).toMatchObject([{ name: 'beta__send_mail', inputSchema: { required: ['recipient'] } }])
    expect(JSON.parse(textOf(result))).toEqual(result.structuredContent)
    expect(textOf((await call('finder', 'call_tool', { name: 'beta__send_mail', arguments: { recipient: 'Ada' } })).result)).toBe('sent to Ada')

    const invalid = await call('finder', 'call_tool', { name: 'beta__send_mail', arguments: {} })
    expect(invalid.result).toMatchObject({ isError: true, content: (await call('beta', 'send_mail')).result.content })
    expect((await call('finder', 'call_tool', { name: 'nothing' })).error.data.code).toBe('tool_not_found')
    expect((await call('finder', 'beta__add')).error.data.code).toBe('tool_not_found')
    expect((await call('finder', 'search_tools', { query: 5 })).result.isError).toBe(true)
    expect((await gateway.rest('finder', 'call_tool', { name: 'alpha__add', arguments: { a: 1, b: 1 } })).json.content[0].text).toBe('alpha 2')
  })

  test('asks its caller through call_tool', async () => {
    const capabilities = { elicitation: {} }
    const args = { name: 'alpha__ask' }
    const { result } = await call('finder', 'call_tool', args, { capabilities })
    const [key] = Object.keys(result.inputRequests)
    const answer = {
      name: 'call_tool',
      arguments: args,
      requestState: result.requestState,
      inputResponses: { [key ?? '']: { action: 'accept', content: { name: 'Eve' } } },
    }
    expect(textOf((await modern(gateway, '/finder/mcp', 'tools/call', answer, { capabilities })).result)).toBe('alpha heard Eve')
  })

  test('costs fewer tokens, as the API tells', async () => {
    const { tokens } = (await api('GET', '/finder')).json
    expect(tokens.search).toBeGreaterThan(0)
    const preview = (await api('POST', '/preview', { entries: [all('alpha'), all('beta')] })).json
    expect(BUNDLE_PREVIEW.parse(preview).tokens).toEqual(tokens)
  })
})

describe('the API', () => {
  test('refuses two parts of one name, naming both, and stores nothing', async () => {
    const config = {
      prefix: false,
      entries: [
        { namespace: 'beta', tools: 'all' },
        { namespace: 'alpha', tools: 'all' },
      ],
    }
    const preview = await api('POST', '/preview', config)
    expect(preview.json.collisions).toEqual([
      { kind: 'tool', name: 'add', kept: { namespace: 'alpha', name: 'add' }, dropped: { namespace: 'beta', name: 'add' } },
    ])
    const { status, json } = await api('POST', '', { namespace: 'clash', ...config })
    expect([status, json.error.code]).toEqual([409, 'conflict'])
    expect(json.error.message).toContain('"add" of "alpha" and "add" of "beta" would both be called "add"')
    expect((await api('GET', '/clash')).status).toBe(404)
  })

  test('gives no name twice: a namespace is a folder, a server or a bundle', async () => {
    await bundle('claimed', { entries: [all('alpha')] })
    for (const namespace of ['alpha', 'claimed']) expect((await api('POST', '', { namespace, entries: [] })).status).toBe(409)
    const server = { namespace: 'claimed', kind: 'remote', url: 'http://127.0.0.1:9/mcp', start: false }
    expect((await gateway.http('/api/servers', { method: 'POST', body: server })).json.error.message).toContain('"claimed" exists already')
    gateway.write('claimed', CRASHING)
    expect((await gateway.reload('claimed')).json.error).toMatchObject({ code: 'conflict', message: expect.stringContaining('is a bundle') })
    gateway.remove('claimed', 'tools.ts')
    expect(await names('claimed')).toContain('alpha__add')
    await api('DELETE', '/claimed')
  })

  test('refuses bundles of bundles, and what is not understood', async () => {
    await bundle('inner', { entries: [all('alpha')] })
    const refused: readonly object[] = [
      { namespace: 'outer', entries: [all('inner')] },
      { namespace: 'outer', entries: [all('outer')] },
      { namespace: 'outer', entries: [all('alpha'), all('alpha')] },
      { namespace: 'outer', entries: [{ namespace: 'alpha', tools: [{ name: 'add', as: 'not good' }] }] },
      { namespace: 'Outer', entries: [] },
      { namespace: 'api', entries: [] },
      { namespace: 'outer', entries: [], more: 1 },
      { namespace: 'outer' },
    ]
    for (const body of refused) {
      const { status, json } = await api('POST', '', body)
      expect([body, status, json.error?.code]).toEqual([body, 400, 'invalid_params'])
    }
    expect((await api('GET', '/outer')).json.error.message).toBe('There is no bundle "outer".')
    await api('DELETE', '/inner')
  })

  test('changes and removes a bundle', async () => {
    const made = await bundle('kit', { title: 'Kit', entries: [{ namespace: 'beta', tools: [{ name: 'add' }, { name: 'gone' }] }] })
    expect(BUNDLE.parse(made)).toMatchObject({ state: 'degraded', problems: [{ code: 'entry_missing', message: '"beta" has no tool "gone" now.' }] })
    const { json } = await api('PATCH', '/kit', {
      title: null,
      instructions: 'Be kind.',
      prefix: false,
      entries: [{ namespace: 'beta', tools: [{ name: 'add' }] }],
    })
    expect(json).toMatchObject({ state: 'ready', config: { instructions: 'Be kind.', prefix: false } })
    expect(json.config.title).toBeUndefined()
    expect((await modern(gateway, '/kit/mcp', 'server/discover')).result.instructions).toBe('Be kind.')
    expect(await names('kit')).toEqual(['add'])
    expect((await api('DELETE', '/kit')).json).toEqual({ removed: 'kit' })
    expect((await gateway.http('/kit/mcp/info')).status).toBe(404)
    expect((await api('DELETE', '/kit')).status).toBe(404)
  })

  test('keeps bundles over a restart', async () => {
    await bundle('kit', { entries: [all('alpha')] })
    const before = (await api('GET', '')).json.bundles
    await gateway.stop()
    gateway = await startGateway({ dataDir, env: { LIST_PAGE_MAX: '3' } })
    expect((await api('GET', '')).json.bundles).toEqual(before)
    expect(textOf((await call('kit', 'alpha__add', { a: 3, b: 3 })).result)).toBe('alpha 6')
    expect(gateway.output()).not.toContain('degraded')
  })
})
