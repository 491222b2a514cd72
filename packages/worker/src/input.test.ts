import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CallOptions, makeFolder, TestWorker } from '../test/start-worker.ts'
import { ERROR_META } from './protocol.ts'

const FILES = {
  'ask.ts': `import { defineTool, definePrompt, defineResource, elicit, inputRequired, InputUnsupportedError, listRoots, sample, type Context } from 'tooldock'
import { z } from 'zod'
const name = z.object({ name: z.string().min(2) })
export const greet = defineTool({
  async handler(_, ctx) {
    const answer = await ctx.elicit({ key: 'user_name', message: 'Name?', schema: name })
    return answer.action === 'accept' ? 'Hello ' + answer.content.name : answer.action
  },
})
export const three = defineTool({
  async handler(_, { elicit, sample, listRoots }) {
    const [who, said, roots] = await Promise.all([
      elicit({ message: 'Name?', schema: name }), sample({ messages: 'Greet', maxTokens: 5, systemPrompt: 'Be kind' }), listRoots({ key: 'folders' }),
    ])
    return { who: who.content?.name, said: said.content, roots }
  },
})
export const rounds = defineTool({
  input: z.object({ times: z.int() }),
  async handler({ times }, ctx) {
    const names: unknown[] = []
    for (let n = 0; n < times; n++) {
      ctx.progress(n + 1)
      ctx.log.info('round ' + n + ' of ' + ctx.requestId)
      names.push((await ctx.elicit({ message: 'Name ' + n, schema: name })).content?.name)
    }
    ctx.progress(1)
    return names.join(' ')
  },
})
export const raw = defineTool({
  async handler(_, ctx) {
    const schema = { type: 'object', properties: { n: { type: 'integer' }, s: { type: 'string', enum: ['a', 'b'] } }, required: ['n'] }
    return await ctx.elicit({ key: 'k', message: 'Raw', schema })
  },
})
export const visit = defineTool({ handler: async (_, ctx) => (await ctx.elicit({ mode: 'url', key: 'page', message: 'Go', url: 'https://example.com' })).action })
export const fallback = defineTool({
  async handler(_, ctx) {
    try { await ctx.sample({ messages: 'x', maxTokens: 1 }); return 'sampled' }
    catch (error) { if (error instanceof InputUnsupportedError) return 'without: ' + JSON.stringify(error.requiredCapabilities); throw error }
  },
})
export const sameKey = defineTool({ handler: (_, ctx) => Promise.all([1, 2].map(() => ctx.elicit({ key: 'k', message: 'm', schema: name }))) })
export const race = defineTool({ handler: (_, ctx) => Promise.race([ctx.elicit({ key: 'k', message: 'm', schema: name }), later(ctx)]) })
const later = (ctx: Context) => new Promise((resolve) => setTimeout(() => { ctx.log.info('late'); resolve('late') }, 50))
export const waits = defineTool({
  handler: (_, ctx) => new Promise((resolve) => ctx.signal.addEventListener('abort', () => { console.log('aborted: ' + ctx.signal.reason.message); resolve('') })),
})
export const careless = defineTool({ handler(_, ctx) { void ctx.elicit({ message: 'm', schema: name }); return 'done' } })
export const watched = defineTool({
  async handler(_, ctx) {
    ctx.signal.addEventListener('abort', () => console.log('aborted: ' + ctx.signal.reason.message))
    await ctx.elicit({ message: 'm', schema: name })
  },
})
export const stateless = defineTool({
  handler(_, ctx) {
    if (ctx.requestState === undefined) return inputRequired({ inputRequests: { who: elicit({ message: 'Name?', schema: name }) }, requestState: 'round 1' })
    return ctx.requestState + ' ' + JSON.stringify(ctx.inputResponses)
  },
})
export const statelessAll = defineTool({ handler: () => inputRequired({ inputRequests: { a: sample({ messages: 'x', maxTokens: 1 }), b: listRoots() } }) })
export const stateOnly = defineTool({ handler: (_, ctx) => ctx.requestState ?? inputRequired({ requestState: '' }) })
export const askingPrompt = definePrompt({ description: 'd', handler: async (_, ctx) => 'For ' + (await ctx.elicit({ key: 'who', message: 'm', schema: name })).content?.name })
export const askingResource = defineResource({ uri: 'ask://me', handler: async (_, ctx) => 'For ' + (await ctx.elicit({ key: 'who', message: 'm', schema: name })).content?.name })
`,
}

const ALL: CallOptions = { capabilities: { elicitation: {}, sampling: {}, roots: {} } }
const accept = (content: object) => ({ action: 'accept', content })

let worker: TestWorker
let remove = async () => {}

beforeAll(async () => {
  const folder = await makeFolder(FILES)
  remove = folder.remove
  worker = new TestWorker()
  const { problems } = await worker.load(folder.dir, { limits: { resultBytesMax: 1e6, parkedCallsMax: 3 } })
  expect(problems).toEqual([])
}, 60_000)
afterAll(async () => {
  await worker.stop()
  await remove()
})

const call = (name: string, args: object = {}, options: CallOptions = ALL) => worker.callTool(name, args, options)
const retry = (name: string, { requestState }: Record<string, unknown>, inputResponses: unknown, options: CallOptions = ALL, args: object = {}) =>
  worker.callTool(name, args, { ...options, retry: { ...(requestState !== undefined && { requestState }), inputResponses } })
const textOf = (result: Record<string, unknown>) => (result.content as { text: string }[])[0]?.text

describe('a handler that waits for input', () => {
  it('is parked: the call is answered with its question, the retry resumes it', async () => {
    const asked = await call('greet')
    expect(asked).toEqual({
      resultType: 'input_required',
      inputRequests: {
        user_name: {
          method: 'elicitation/create',
          params: {
            mode: 'form',
            message: 'Name?',
            requestedSchema: { type: 'object', properties: { name: { type: 'string', minLength: 2 } }, required: ['name'] },
          },
        },
      },
      requestState: expect.stringMatching(/^parked:\d+$/),
    })
    expect(textOf(await retry('greet', asked, { user_name: accept({ name: 'Ada' }), unknown_key: { action: 'accept' } }))).toBe('Hello Ada')
    await expect(retry('greet', asked, { user_name: accept({ name: 'Ada' }) })).rejects.toMatchObject({
      rpc: { code: -32602, data: { code: 'parked_call_gone' } },
    })
  })

  it.each(['decline', 'cancel'])('learns that the user chose to %s', async (action) => {
    expect(textOf(await retry('greet', await call('greet'), { user_name: { action } }))).toBe(action)
  })

  it('asks side by side in one round, under keys of its own choice or made up', async () => {
    const asked = await call('three')
    expect(Object.keys(asked.inputRequests as object).sort()).toEqual(['elicitation-1', 'folders', 'sampling-1'])
    expect(asked.inputRequests).toMatchObject({
      folders: { method: 'roots/list' },
      'sampling-1': {
        method: 'sampling/createMessage',
        params: { messages: [{ role: 'user', content: { type: 'text', text: 'Greet' } }], maxTokens: 5, systemPrompt: 'Be kind' },
      },
    })
    const said = { role: 'assistant', content: { type: 'text', text: 'Hi' }, model: 'm' }
    const some = await retry('three', asked, { 'elicitation-1': accept({ name: 'Ada' }), 'sampling-1': said })
    expect(Object.keys(some.inputRequests as object)).toEqual(['folders'])
    const done = await retry('three', some, { folders: { roots: [{ uri: 'file:///a' }] } })
    expect(done.structuredContent).toEqual({ who: 'Ada', said: { type: 'text', text: 'Hi' }, roots: [{ uri: 'file:///a' }] })
  })

  it('may ask again and again; what it says then belongs to the request of the time', async () => {
    const options = { ...ALL, meta: { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'info' } }
    const first = worker.send('tools/call', { name: 'rounds', arguments: { times: 2 } }, options)
    const one = (await first.reply).result as Record<string, unknown>
    const second = worker.send(
      'tools/call',
      { name: 'rounds', arguments: { times: 2 }, requestState: one.requestState, inputResponses: { 'elicitation-1': accept({ name: 'Ada' }) } },
      options,
    )
    const two = (await second.reply).result as Record<string, unknown>
    expect(Object.keys(two.inputRequests as object)).toEqual(['elicitation-2'])
    expect(textOf(await retry('rounds', two, { 'elicitation-2': accept({ name: 'Bob' }) }, options, { times: 2 }))).toBe('Ada Bob')
    const progress = worker.notifications
      .filter(({ method }) => method === 'notifications/progress')
      .map(({ params }) => [params.progressToken, params.progress])
    expect(progress).toEqual([
      [first.id, 1],
      [second.id, 2],
      [second.id + 1, 1],
    ])
    const messages = worker.notifications
      .filter(({ method }) => method === 'notifications/message')
      .map(({ params }) => (params._meta as Record<string, unknown>)['io.tooldock/callId'])
    expect(messages).toEqual([first.id, second.id])
  })

  it.each([
    ['missing', {}],
    ['under a wrong key', { other: accept({ name: 'Ada' }) }],
    ['a number', { user_name: 5 }],
    ['an unknown action', { user_name: { action: 'maybe' } }],
    ['without content', { user_name: { action: 'accept' } }],
    ['content that breaks the schema', { user_name: accept({ name: 'A' }) }],
  ])('is asked again when the answer is %s', async (_name, responses) => {
    const asked = await call('greet')
    const again = await retry('greet', asked, responses)
    expect(again).toMatchObject({ resultType: 'input_required', inputRequests: asked.inputRequests })
    expect(textOf(await retry('greet', again, { user_name: accept({ name: 'Ada' }) }))).toBe('Hello Ada')
  })

  it('refuses answers that are no object at all', async () => {
    await expect(retry('greet', {}, null)).rejects.toMatchObject({ rpc: { code: -32602 } })
  })

  it('takes answers that come with the first request', async () => {
    expect(textOf(await retry('greet', {}, { user_name: accept({ name: 'Ada' }), extra: 1 }))).toBe('Hello Ada')
  })

  it('passes a raw form on as written and checks the answer against it', async () => {
    const asked = await call('raw')
    expect(asked.inputRequests).toMatchObject({ k: { params: { requestedSchema: { properties: { s: { enum: ['a', 'b'] } }, required: ['n'] } } } })
    const again = await retry('raw', await retry('raw', asked, { k: accept({ n: 1.5 }) }), { k: accept({ n: 1, s: 'c' }) })
    expect(again.resultType).toBe('input_required')
    expect((await retry('raw', again, { k: accept({ n: 1, s: 'a' }) })).structuredContent).toEqual(accept({ n: 1, s: 'a' }))
  })

  it('works for prompts and resources', async () => {
    for (const [method, params, text] of [
      ['prompts/get', { name: 'askingPrompt' }, /For Ada/],
      ['resources/read', { uri: 'ask://me' }, /For Ada/],
    ] as const) {
      const asked = (await worker.send(method, params, ALL).reply).result as Record<string, unknown>
      expect(asked.resultType).toBe('input_required')
      const done = await worker.send(method, { ...params, requestState: asked.requestState, inputResponses: { who: accept({ name: 'Ada' }) } }, ALL).reply
      expect(JSON.stringify(done.result)).toMatch(text)
    }
  })
})

describe('capabilities', () => {
  it('that the client did not declare are named in the error', async () => {
    await expect(call('greet', {}, {})).rejects.toMatchObject({ rpc: { code: -32021, data: { requiredCapabilities: { elicitation: {} } } } })
    await expect(call('greet', {}, { capabilities: { elicitation: { url: {} } } })).rejects.toMatchObject({ rpc: { code: -32021 } })
    await expect(call('visit')).rejects.toMatchObject({ rpc: { code: -32021, data: { requiredCapabilities: { elicitation: { url: {} } } } } })
    await expect(call('statelessAll', {}, { capabilities: { sampling: {} } })).rejects.toMatchObject({ rpc: { data: { requiredCapabilities: { roots: {} } } } })
  })

  it('for pages are their own', async () => {
    const options = { capabilities: { elicitation: { url: {} } } }
    const asked = await call('visit', {}, options)
    expect(asked.inputRequests).toEqual({ page: { method: 'elicitation/create', params: { mode: 'url', message: 'Go', url: 'https://example.com' } } })
    expect(textOf(await retry('visit', asked, { page: { action: 'accept' } }, options))).toBe('accept')
  })

  it('that are missing can be caught', async () => {
    expect(textOf(await call('fallback', {}, {}))).toBe('without: {"sampling":{}}')
  })
})

describe('bounds', () => {
  it('of number: one call too many fails, the others go on, an abandoned one makes room', async () => {
    const [first, ...others] = await Promise.all([call('greet'), call('greet'), call('greet')])
    expect(await call('greet')).toMatchObject({ isError: true, _meta: { [ERROR_META]: { code: 'too_many_parked_calls' } } })
    worker.notify('notifications/cancelled', { requestState: first?.requestState })
    others.push(await call('greet'))
    for (const asked of others) expect(textOf(await retry('greet', asked, { user_name: accept({ name: 'Ada' }) }))).toBe('Hello Ada')
  })

  it('of time: the handler is aborted and its state refused', async () => {
    const asked = await call('watched', {}, { ...ALL, parkMs: 50 })
    await worker.printed('aborted: No input came within 0.05 s.')
    await expect(retry('watched', asked, { 'elicitation-1': accept({ name: 'Ada' }) })).rejects.toMatchObject({ rpc: { data: { code: 'parked_call_gone' } } })
  })

  it('of the caller: cancelling a running or a parked call aborts its handler', async () => {
    const asked = await call('watched')
    worker.notify('notifications/cancelled', { requestState: asked.requestState, reason: 'tab closed' })
    await worker.printed('aborted: The call was cancelled: tab closed')
    const { id } = worker.send('tools/call', { name: 'waits' }, ALL)
    worker.notify('notifications/cancelled', { requestId: id })
    await worker.printed('aborted: The call was cancelled.')
    expect(worker.lines.filter((line) => line.startsWith(`{"jsonrpc":"2.0","id":${id},`))).toEqual([])
  })

  it('of keys: two questions at once need different ones', async () => {
    expect(textOf(await call('sameKey'))).toContain('Two questions are asked under the key "k" at once')
  })
})

describe('a call', () => {
  it('that ends while it is parked answers its retry', async () => {
    const asked = await call('race')
    expect(asked.resultType).toBe('input_required')
    await worker.notified(({ method, params }) => method === 'tooldock/log' && params.message === 'late')
    expect(textOf(await retry('race', asked, {}))).toBe('late')
  })

  it('that ends without waiting for its question is complete', async () => {
    expect(textOf(await call('careless'))).toBe('done')
  })

  it('cannot be resumed as another one', async () => {
    const asked = await call('greet')
    await expect(retry('three', asked, { user_name: accept({ name: 'Ada' }) })).rejects.toMatchObject({
      rpc: { code: -32602, data: { code: 'invalid_request_state' } },
    })
    expect(textOf(await retry('greet', asked, { user_name: accept({ name: 'Ada' }) }))).toBe('Hello Ada')
  })
})

describe('inputRequired()', () => {
  it('runs the handler again with the answers and its state', async () => {
    const asked = await call('stateless')
    expect(asked).toMatchObject({ resultType: 'input_required', inputRequests: { who: { method: 'elicitation/create' } }, requestState: 'own:round 1' })
    expect(textOf(await retry('stateless', asked, { who: accept({ name: 'Ada' }) }))).toBe('round 1 {"who":{"action":"accept","content":{"name":"Ada"}}}')
  })

  it('may carry questions without state, or state without questions', async () => {
    expect(await call('statelessAll')).not.toHaveProperty('requestState')
    expect(await call('stateOnly')).toEqual({ resultType: 'input_required', requestState: 'own:' })
    expect(await retry('stateOnly', { requestState: 'own:' }, {})).toMatchObject({ content: [{ text: '' }] })
  })
})
