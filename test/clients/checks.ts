import { expect } from 'vitest'
import type { Gateway } from '../system/gateway.ts'
import { until } from '../system/until.ts'
import type { Answers, TestClient, Wire } from './test-client.ts'

/** Small enough that every list of the namespace but the templates has several pages. */
export const PAGE_SIZE = 2

/** What the table is about: a namespace that offers the tools, prompts and resources of the folder `namespace` here. */
export interface Served {
  readonly gateway: Gateway
  readonly namespace: string
  /** As clients learn it when they connect. */
  readonly serverName: string
  /** Adds or takes away the tool `later`. */
  setLater(client: TestClient, there: boolean): Promise<void>
}

export interface CheckContext extends Served {
  /** What the client answers; a check replaces it. */
  readonly answers: Answers
  /** Connects once more, with the same client. */
  connect(): Promise<TestClient>
}
export type Check = (client: TestClient, context: CheckContext) => Promise<void>

const NOTE = 'memo://note'

const text = (result: Wire): string => result.content.map((item: Wire) => item.text).join('')

/** Calls a part of a client that its column declares to be there. */
function need<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('this client lacks what the check needs: say so in the table')
  return part
}

const accept = (answer: string) => ({ action: 'accept', content: { answer } })
const MODEL_ANSWER = { role: 'assistant', content: { type: 'text', text: 'hello' }, model: 'test-model' }
const ROOTS = { roots: [{ uri: 'file:///home/me/project', name: 'project' }] }

/** The rows of the table. Every client must pass each, unless its column says why it cannot. */
export const CHECKS = {
  'connects and learns who serves': async (client, { serverName }) => {
    expect(client.version()).toMatch(/^20\d\d-/)
    expect(client.serverName()).toBe(serverName)
  },

  'lists tools, prompts, resources and templates': async (client) => {
    const names = async (list: Parameters<TestClient['list']>[0]) => (await client.list(list)).map((entry) => entry.name)
    expect(await names('tools')).toEqual(expect.arrayContaining(['echo', 'weather', 'ask']))
    expect(await names('prompts')).toEqual(['greet', 'shout'])
    expect(await names('resources')).toEqual(expect.arrayContaining(['note', 'pixel']))
    expect((await client.list('resourceTemplates')).map((entry) => entry.uriTemplate)).toEqual(['memo://pages/{name}'])
  },

  'gets long lists in pages that add up to the whole': async (client) => {
    const pages = await need(client.pages)('tools')
    expect(pages.length).toBeGreaterThan(2)
    expect(pages.every((page) => page.length <= PAGE_SIZE)).toBe(true)
    expect(pages.flat().map(({ name }) => name)).toEqual((await client.list('tools')).map(({ name }) => name))
  },

  'sees the title, annotations and _meta of a tool as they were written': async (client) => {
    const tool = (await client.list('tools')).find(({ name }) => name === 'weather')
    expect(tool).toMatchObject({
      title: 'Weather report',
      annotations: { readOnlyHint: true, openWorldHint: false },
      _meta: { 'com.example/tool': { kept: true } },
    })
    expect(tool?.inputSchema).toMatchObject({ type: 'object', required: ['city'] })
    expect(tool?.outputSchema).toMatchObject({ type: 'object', required: ['city', 'degrees'] })
  },

  'gets structured content, annotated text and _meta of a result': async (client) => {
    const result = await client.call('weather', { city: 'Oslo' })
    expect(result.structuredContent).toEqual({ city: 'Oslo', degrees: 21.5 })
    expect(result.content).toEqual([{ type: 'text', text: '21.5 degrees in Oslo', annotations: { audience: ['user'], priority: 0.9 } }])
    expect(result._meta).toMatchObject({ 'com.example/result': 'kept' })
    expect(result.isError ?? false).toBe(false)
  },

  'sends arguments whose types are kept': async (client) => {
    const args = {
      integer: 7,
      large: 2 ** 53 - 1,
      fraction: 0.1,
      yes: true,
      nothing: null,
      text: 'Ünïcödé "quoted" 你好',
      list: [1, 'a', [false]],
      object: { nested: { deep: {} } },
    }
    expect(JSON.parse(text(await client.call('echo', args)))).toEqual(args)
  },

  "gets the author's message when a tool fails": async (client) => {
    const result = await client.call('fail', {})
    expect(result.isError).toBe(true)
    expect(text(result)).toContain('The printer is on fire')
    expect(text(result)).not.toMatch(/\.ts:\d+/)
  },

  'is told each argument that is wrong': async (client) => {
    const result = await client.call('typed', { count: 'many', color: 'blue', extra: 1 })
    expect(result.isError).toBe(true)
    expect(text(result)).toContain('count')
    expect(text(result)).toContain('color')
    expect(text(result)).toContain('extra')
  },

  'gets a result of 2 MB whole': async (client) => {
    expect(text(await client.call('big', { kilobytes: 2048 }))).toBe('x'.repeat(2 * 1024 * 1024))
  },

  'reads text, bytes and a template': async (client) => {
    expect((await client.read(NOTE)).contents).toEqual([expect.objectContaining({ uri: NOTE, mimeType: 'text/plain', text: 'remember the milk' })])
    expect((await client.read('memo://pixel')).contents[0].blob).toBe(Buffer.from([0, 1, 254, 255]).toString('base64'))
    expect(JSON.parse((await client.read('memo://pages/usage')).contents[0].text)).toEqual({ page: 'usage' })
  },

  'gets a prompt with arguments': async (client) => {
    const { messages } = await client.prompt('greet', { name: 'Ada', language: 'french' })
    expect(messages).toEqual([{ role: 'user', content: { type: 'text', text: 'Greet Ada in french.' } }])
  },

  'completes arguments of a prompt and of a template': async (client) => {
    const complete = need(client.complete)
    expect(await complete({ ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'language', value: 'e' } })).toEqual(['english', 'estonian'])
    expect(await complete({ ref: { type: 'ref/resource', uri: 'memo://pages/{name}' }, argument: { name: 'name', value: 'in' } })).toEqual(['intro', 'index'])
  },

  'sees every progress message, the last one too, before the result': async (client) => {
    const seen: Wire[] = []
    const result = await client.call('count', { to: 20 }, { onProgress: (progress) => seen.push(progress) })
    expect(seen.map(({ progress }) => progress)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(seen.at(-1)).toMatchObject({ total: 20, message: 'step 20' })
    expect(text(result)).toBe('counted to 20')
  },

  'gets log lines of the level it asked for and above': async (client) => {
    const lines: Wire[] = []
    need(client.onNotification)('notifications/message', (params) => lines.push(params))
    await need(client.setLogLevel)('info')
    await client.call('talk', {})
    await until('two log lines', () => lines.length >= 2)
    expect(lines.map(({ level, data }) => ({ level, data }))).toEqual([
      { level: 'info', data: { text: 'a fact' } },
      { level: 'warning', data: 'a worry' },
    ])
  },

  "cancels a call: the tool's signal fires": async (client) => {
    const counts = async () => (await client.call('waiting', {})).structuredContent as { running: number; cancelled: number }
    const before = await counts()
    const abort = new AbortController()
    const call = client.call('wait', {}, { signal: abort.signal }).catch((error: unknown) => error)
    await until('the call to run', async () => (await counts()).running === before.running + 1)
    abort.abort(new Error('the user gave up'))
    expect(await call).toBeInstanceOf(Error)
    await until("the tool's signal to fire", async () => (await counts()).cancelled === before.cancelled + 1)
  },

  'is told that the list of tools changed, and finds it so': async (client, { setLater }) => {
    // As clients do: whenever it is told, it lists again. One change may be announced more than once.
    let listed: ReturnType<TestClient['list']> = Promise.resolve([])
    need(client.onNotification)('notifications/tools/list_changed', () => {
      listed = client.list('tools')
      // The last announcement may come while the client is being closed: then nobody waits for its list.
      listed.catch(() => {})
    })
    const hasLater = async () => (await listed).some(({ name }) => name === 'later')
    await need(client.subscribe)(NOTE)
    await setLater(client, true)
    await until('the new tool to be announced', hasLater)
    expect(text(await client.call('later', {}))).toBe('late')
    await setLater(client, false)
    await until('its end to be announced', async () => !(await hasLater()))
  },

  'is told that a resource it subscribed to changed, and of no other': async (client) => {
    const updated: string[] = []
    need(client.onNotification)('notifications/resources/updated', ({ uri }) => updated.push(uri))
    await need(client.subscribe)(NOTE)
    await client.call('touch', { uri: 'memo://pixel' })
    await client.call('touch', { uri: NOTE })
    await until('resources/updated', () => updated.length > 0)
    expect(updated).toEqual([NOTE])
  },

  'answers what a tool asks its user': async (client, { answers }) => {
    let asked: Wire = {}
    answers.elicit = (params) => {
      asked = params
      return accept('forty-two')
    }
    expect(text(await client.call('ask', { question: 'How much?' }))).toBe('accept: forty-two')
    expect(asked).toMatchObject({ message: 'How much?', requestedSchema: { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] } })
    answers.elicit = () => ({ action: 'decline' })
    expect(text(await client.call('ask', { question: 'Really?' }))).toBe('decline: nothing')
  },

  'answers ten questions of ten calls at once, each its own': async (client, { answers }) => {
    answers.elicit = async ({ message }) => {
      await new Promise((done) => setTimeout(done, Math.random() * 50))
      return accept(`answer to ${message}`)
    }
    const questions = Array.from({ length: 10 }, (_, index) => `question ${index}`)
    const results = await Promise.all(questions.map((question) => client.call('ask', { question })))
    expect(results.map(text)).toEqual(questions.map((question) => `accept: answer to ${question}`))
  },

  'answers three kinds of question asked side by side': async (client, { answers }) => {
    Object.assign(answers, { elicit: () => accept('Ada'), sample: () => MODEL_ANSWER, roots: () => ROOTS })
    expect(JSON.parse(text(await client.call('ask_three', {})))).toEqual({ user: 'Ada', model: 'hello', roots: ['file:///home/me/project'] })
  },

  'answers a question about an answer': async (client, { answers }) => {
    const asked: string[] = []
    answers.elicit = ({ message }) => {
      asked.push(message)
      return accept(`answer ${asked.length}`)
    }
    expect(text(await client.call('ask_twice', {}))).toBe('answer 1, then answer 2')
    expect(asked).toEqual(['First?', 'Second, after answer 1?'])
  },

  'lets its model answer a tool': async (client, { answers }) => {
    let asked: Wire = {}
    answers.sample = (params) => {
      asked = params
      return MODEL_ANSWER
    }
    expect(text(await client.call('ask_model', {}))).toBe('test-model: hello')
    expect(asked).toMatchObject({ messages: [{ role: 'user', content: { type: 'text', text: 'Say hello' } }], maxTokens: 10 })
  },

  'tells a tool its folders': async (client, { answers }) => {
    answers.roots = () => ROOTS
    expect(text(await client.call('ask_roots', {}))).toBe('file:///home/me/project')
  },

  'makes fifty calls at once and gets each its own answer': async (client) => {
    const results = await Promise.all(Array.from({ length: 50 }, (_, index) => client.call('echo', { index })))
    expect(results.map((result) => JSON.parse(text(result)).index)).toEqual(Array.from({ length: 50 }, (_, index) => index))
  },

  'recovers from a session that has ended by opening another': async (client, { gateway, namespace, connect }) => {
    const headers = { 'mcp-session-id': need(client.sessionId?.()) }
    expect((await gateway.http(`/${namespace}/mcp`, { method: 'DELETE', headers })).status).toBeLessThan(300)
    await expect(client.call('echo', {})).rejects.toThrow(/404|session/i)
    const again = await connect()
    expect(text(await again.call('echo', { again: true }))).toBe('{"again":true}')
    await again.close()
  },
} satisfies Record<string, Check>

export type CheckName = keyof typeof CHECKS
