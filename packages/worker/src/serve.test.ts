import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, type Reply, TestWorker } from '../test/start-worker.ts'
import { ERROR_META } from './protocol.ts'

const FILES = {
  'tools.ts': `import { audio, defineTool, embeddedResource, image, resourceLink, text } from 'tooldock'
import { z } from 'zod'
const returns = (value: unknown) => defineTool({ handler: () => value })
export const add = defineTool({
  title: 'Add', description: 'Adds', annotations: { readOnlyHint: true }, _meta: { own: 1 }, icons: [{ src: 'data:,' }], timeoutSeconds: 5,
  input: z.object({ a: z.number(), b: z.number().default(2) }), output: z.object({ sum: z.number() }), handler: ({ a, b }) => ({ sum: a + b }),
})
export const plainText = returns('hi')
export const nothing = returns(undefined)
export const nil = returns(null)
export const data = returns({ a: 1, gone: undefined, at: new Date(0) })
export const list = returns([1, 2])
export const number = returns(5)
export const block = returns(text('one'))
export const blocks = returns([
  text('one', { annotations: { priority: 1 } }), image(new Uint8Array([1, 2]), 'image/png'), audio('AQI=', 'audio/wav'),
  embeddedResource({ uri: 'a://b', blob: new Uint8Array([3]) }), resourceLink({ uri: 'a://b', name: 'b' }),
])
export const whole = returns({ content: [{ type: 'text', text: 'x' }], structuredContent: [1], _meta: { kept: true } })
export const ownError = returns({ content: [{ type: 'text', text: 'no luck' }], isError: true })
export const wrongType = returns({ content: [{ type: 'text', text: 'x' }, { type: 'video', data: '' }] })
export const wrongMember = returns({ content: [{ type: 'image', data: 5, mimeType: 'image/png' }] })
export const strangeMember = returns({ content: [], extra: 1 })
export const mixed = returns([text('x'), { type: 'image' }])
export const bigint = returns({ n: 1n })
export const circular = defineTool({ handler() { const a: Record<string, unknown> = {}; a.self = a; return a } })
export const fn = returns({ deep: [{ f: () => 1 }] })
export const nan = returns({ n: Number.NaN })
export const map = returns({ m: new Map([[1, 2]]) })
export const large = returns('é'.repeat(1000))
export const boom = defineTool({ handler() { throw new Error('It broke') } })
export const boomText = defineTool({ async handler() { throw 'only text' } })
export const mismatch = defineTool({ output: z.object({ n: z.number() }), handler: () => ({ n: 'x' }) as never })
export const anyOutput = defineTool({ output: z.array(z.int()), handler: () => [1, 2] })
export const ownContent = defineTool({ output: z.object({ content: z.array(z.string()) }), handler: () => ({ content: ['a'] }) })
export const wholeChecked = defineTool({ output: z.object({ n: z.number() }), handler: () => ({ content: [text('n')], structuredContent: { n: 1 } }) })
export const context = defineTool({ handler: (_, { env, dataDir, requestId, principal, clientCapabilities, inputResponses, requestState }) => ({ env, dataDir, requestId, principal, clientCapabilities, inputResponses, requestState }) })
`,
  'resources.ts': `import { defineResource, defineTool } from 'tooldock'
export const text = defineResource({ uri: 'test://text', title: 'T', mimeType: 'text/plain', size: 2, handler: () => 'hi' })
export const bytes = defineResource({ uri: 'test://bytes', mimeType: 'image/png', handler: () => new Uint8Array([1, 2]) })
export const json = defineResource({ uri: 'test://json', handler: () => ({ a: 1 }) })
export const several = defineResource({ uri: 'test://several', handler: () => ({ contents: [{ text: 'a' }, { uri: 'test://b', blob: 'AQI=' }], _meta: { kept: 1 } }) })
export const fixed = defineResource({ uri: 'test://item/special', handler: () => 'static' })
export const broken = defineResource({ uri: 'test://broken', handler() { throw new Error('cannot read') } })
export const item = defineResource({
  uriTemplate: 'test://item/{id}', mimeType: 'text/plain',
  list: async () => [{ uri: 'test://item/1', name: 'one', title: 'One' }],
  complete: { id: (value) => ['apple', 'apricot', 'pear'].filter((name) => name.startsWith(value)) },
  handler: ({ uri, variables }) => (variables.id === 'none' ? undefined : uri + ' ' + variables.id),
})
`,
  'prompts.ts': `import { definePrompt, text } from 'tooldock'
import { z } from 'zod'
export const simple = definePrompt({ description: 'Simple', handler: () => 'Hello' })
export const review = definePrompt({
  title: 'Review', description: 'Reviews', input: z.object({ language: z.string().meta({ title: 'Language' }).describe('Which'), lines: z.coerce.number().optional() }),
  complete: { language: async (value, ctx) => (ctx.arguments.lines ? ['with lines'] : Array.from({ length: 150 }, (_, n) => value + n)) },
  handler: ({ language, lines }) => ({ description: 'Changed', messages: [{ role: 'assistant', content: text(language + ':' + typeof lines) }], _meta: { kept: 1 } }),
})
export const wrong = definePrompt({ description: 'Wrong', handler: () => [{ role: 'system', content: text('x') }] as never })
export const fails = definePrompt({ description: 'Fails', handler() { throw new Error('no prompt') } })
`,
}

let worker: TestWorker
let remove = async () => {}

beforeAll(async () => {
  const folder = await makeFolder(FILES)
  remove = folder.remove
  worker = new TestWorker()
  const { problems } = await worker.load(folder.dir, { env: { COLOUR: 'red' }, dataDir: '/data/here', limits: { resultBytesMax: 1500, parkedCallsMax: 1 } })
  expect(problems).toEqual([])
}, 60_000)
afterAll(async () => {
  await worker.stop()
  await remove()
})

const errorOf = async (name: string, args?: unknown) => {
  const { isError, content, _meta } = (await worker.callTool(name, args)) as {
    isError: boolean
    content: { text: string }[]
    _meta: Record<string, { code: string; details?: unknown }>
  }
  expect(isError).toBe(true)
  return { text: content[0]?.text ?? '', ...(_meta[ERROR_META] as { code: string; details?: unknown }) }
}
const rpcError = async (method: string, params: Record<string, unknown>) => ((await worker.send(method, params).reply) as Reply).error
const result = async (method: string, params: Record<string, unknown>) => ((await worker.send(method, params).reply) as Reply).result
const textResult = (text: string) => ({ resultType: 'complete', content: [{ type: 'text', text }] })

describe('tools/call', () => {
  it('checks arguments, fills in defaults, and answers structured content with its text', async () => {
    expect(await worker.callTool('add', { a: 1 })).toEqual({ ...textResult('{"sum":3}'), structuredContent: { sum: 3 } })
  })

  it('names every wrong argument in words and as data', async () => {
    const { text, code, details } = await errorOf('add', { a: 'x', b: true })
    expect(text).toBe('Invalid arguments for add:\n- a: expected number, got "x"\n- b: expected number, got true')
    expect(code).toBe('invalid_arguments')
    expect(details).toEqual({
      fields: [
        { path: 'a', message: 'expected number, got "x"' },
        { path: 'b', message: 'expected number, got true' },
      ],
    })
    expect((await errorOf('nothing', { x: 1 })).text).toContain('- x: unknown argument; there are no arguments')
    expect((await errorOf('add', [])).text).toContain('expected an object, got []')
  })

  it('accepts text, nothing, data, content and whole results', async () => {
    expect(await worker.callTool('plainText')).toEqual(textResult('hi'))
    expect(await worker.callTool('nothing')).toEqual({ resultType: 'complete', content: [] })
    expect(await worker.callTool('nil')).toEqual({ resultType: 'complete', content: [] })
    expect(await worker.callTool('data')).toEqual({
      ...textResult('{"a":1,"at":"1970-01-01T00:00:00.000Z"}'),
      structuredContent: { a: 1, at: '1970-01-01T00:00:00.000Z' },
    })
    expect(await worker.callTool('list')).toEqual(textResult('[1,2]'))
    expect(await worker.callTool('number')).toEqual(textResult('5'))
    expect(await worker.callTool('block')).toEqual(textResult('one'))
    expect(await worker.callTool('whole')).toEqual({ ...textResult('x'), structuredContent: [1], _meta: { kept: true } })
    expect(await worker.callTool('blocks')).toEqual({
      resultType: 'complete',
      content: [
        { type: 'text', text: 'one', annotations: { priority: 1 } },
        { type: 'image', data: 'AQI=', mimeType: 'image/png' },
        { type: 'audio', data: 'AQI=', mimeType: 'audio/wav' },
        { type: 'resource', resource: { uri: 'a://b', blob: 'Aw==' } },
        { type: 'resource_link', uri: 'a://b', name: 'b' },
      ],
    })
  })

  it('allows any JSON as output, and data with a member `content` of its own', async () => {
    expect(await worker.callTool('anyOutput')).toEqual({ ...textResult('[1,2]'), structuredContent: [1, 2] })
    expect(await worker.callTool('ownContent')).toEqual({ ...textResult('{"content":["a"]}'), structuredContent: { content: ['a'] } })
    expect(await worker.callTool('wholeChecked')).toEqual({ ...textResult('n'), structuredContent: { n: 1 } })
  })

  it('writes resultType and isError first, so that large results can be passed on unread', async () => {
    await worker.callTool('ownError')
    expect(worker.lines.at(-1)).toMatch(/^\{"jsonrpc":"2\.0","id":\d+,"result":\{"resultType":"complete","isError":true,"content":/)
    await worker.callTool('data')
    expect(worker.lines.at(-1)).toContain('"result":{"resultType":"complete","content":')
  })

  it.each([
    ['wrongType', 'content[1] has the unknown type "video"'],
    ['wrongMember', 'content[0] needs `data` as text (base64)'],
    ['strangeMember', 'cannot have the member `extra`'],
    ['mixed', 'content[1] needs `data`'],
    ['bigint', 'BigInt'],
    ['circular', 'circular'],
    ['fn', '"deep[0].f" is a function'],
    ['nan', '"n" is NaN'],
    ['map', '"m" is a Map'],
    ['mismatch', '- n: expected number, got "x"'],
  ])('refuses what %s returns, in words', async (name, words) => {
    const { text, code } = await errorOf(name)
    expect(code).toBe('invalid_result')
    expect(text).toContain(words)
  })

  it('refuses a result over the limit, counted in bytes', async () => {
    const { text, code } = await errorOf('large')
    expect(code).toBe('result_too_large')
    expect(text).toMatch(/has 20\d\d bytes, more than the 1500/)
  })

  it('tells the message of what was thrown; the stack goes to the log alone', async () => {
    expect(await errorOf('boom')).toEqual({ text: 'It broke', code: 'tool_error' })
    expect(await errorOf('boomText')).toEqual({ text: 'only text', code: 'tool_error' })
    expect(await errorOf('ownError')).toEqual({ text: 'no luck', code: 'tool_error' })
    const { params } = await worker.notified(({ method, params }) => method === 'tooldock/log' && String(params.message).includes('It broke'))
    expect(params).toMatchObject({ level: 'error', requestId: expect.stringMatching(/^req-/) })
    expect(params.message).toMatch(/^tool boom: Error: It broke\n.*tools\.ts:\d+:\d+/)
  })

  it('gives handlers their context', async () => {
    const { structuredContent } = await worker.callTool('context', {}, { capabilities: { roots: {} } })
    expect(structuredContent).toEqual({
      env: { COLOUR: 'red' },
      dataDir: '/data/here',
      requestId: expect.stringMatching(/^req-\d+$/),
      principal: { kind: 'key', id: 'k1', name: 'tester' },
      clientCapabilities: { roots: {} },
    })
  })

  it('refuses unknown tools and methods as the protocol says', async () => {
    expect(await rpcError('tools/call', { name: 'none' })).toMatchObject({ code: -32602, message: 'Unknown tool: none' })
    expect(await rpcError('tools/none', {})).toMatchObject({ code: -32601 })
    expect(await result('ping', {})).toEqual({})
  })
})

describe('resources', () => {
  it('are text, bytes, data or several contents', async () => {
    expect(await result('resources/read', { uri: 'test://text' })).toEqual({
      resultType: 'complete',
      contents: [{ uri: 'test://text', mimeType: 'text/plain', text: 'hi' }],
    })
    expect(await result('resources/read', { uri: 'test://bytes' })).toMatchObject({ contents: [{ uri: 'test://bytes', mimeType: 'image/png', blob: 'AQI=' }] })
    expect(await result('resources/read', { uri: 'test://json' })).toMatchObject({ contents: [{ mimeType: 'application/json', text: '{"a":1}' }] })
    expect(await result('resources/read', { uri: 'test://several' })).toMatchObject({
      contents: [
        { uri: 'test://several', text: 'a' },
        { uri: 'test://b', blob: 'AQI=' },
      ],
      _meta: { kept: 1 },
    })
  })

  it('of a template get its variables; a static one goes first', async () => {
    expect(await result('resources/read', { uri: 'test://item/7' })).toMatchObject({ contents: [{ mimeType: 'text/plain', text: 'test://item/7 7' }] })
    expect(await result('resources/read', { uri: 'test://item/special' })).toMatchObject({ contents: [{ text: 'static' }] })
  })

  it('that do not exist are named; one that fails says why', async () => {
    expect(await rpcError('resources/read', { uri: 'test://unknown/x' })).toMatchObject({ code: -32602, data: { uri: 'test://unknown/x' } })
    expect(await rpcError('resources/read', { uri: 'test://item/none' })).toMatchObject({ code: -32602, data: { uri: 'test://item/none' } })
    expect(await rpcError('resources/read', { uri: 'test://broken' })).toMatchObject({ code: -32603, message: 'cannot read' })
  })
})

describe('prompts', () => {
  it('answer messages; text is one message of the user', async () => {
    expect(await result('prompts/get', { name: 'simple' })).toEqual({
      resultType: 'complete',
      description: 'Simple',
      messages: [{ role: 'user', content: { type: 'text', text: 'Hello' } }],
    })
    expect(await result('prompts/get', { name: 'review', arguments: { language: 'ts', lines: '3' } })).toEqual({
      resultType: 'complete',
      description: 'Changed',
      _meta: { kept: 1 },
      messages: [{ role: 'assistant', content: { type: 'text', text: 'ts:number' } }],
    })
  })

  it('refuse wrong arguments by name, and messages that are none', async () => {
    expect(await rpcError('prompts/get', { name: 'review', arguments: { lines: 'x' } })).toMatchObject({
      code: -32602,
      message: expect.stringContaining('- language: expected string, but it is missing'),
    })
    expect(await rpcError('prompts/get', { name: 'none' })).toMatchObject({ code: -32602, message: 'Unknown prompt: none' })
    expect(await rpcError('prompts/get', { name: 'wrong' })).toMatchObject({ code: -32603, message: expect.stringContaining('messages[0] needs the `role`') })
    expect(await rpcError('prompts/get', { name: 'fails' })).toMatchObject({ code: -32603, message: 'no prompt' })
  })
})

describe('completion/complete', () => {
  const complete = (ref: object, name: string, value: string, context?: object) =>
    result('completion/complete', { ref, argument: { name, value }, ...(context && { context }) })

  it('completes arguments of prompts, at most 100 at once, and variables of templates', async () => {
    expect(await complete({ type: 'ref/resource', uri: 'test://item/{id}' }, 'id', 'ap')).toEqual({
      resultType: 'complete',
      completion: { values: ['apple', 'apricot'], total: 2, hasMore: false },
    })
    const { completion } = (await complete({ type: 'ref/prompt', name: 'review' }, 'language', 'l')) as {
      completion: { values: string[]; total: number; hasMore: boolean }
    }
    expect(completion).toMatchObject({ total: 150, hasMore: true })
    expect(completion.values).toHaveLength(100)
    expect(await complete({ type: 'ref/prompt', name: 'review' }, 'language', 'l', { arguments: { lines: '1' } })).toMatchObject({
      completion: { values: ['with lines'] },
    })
  })

  it('has no values for what nobody completes, and refuses what does not exist', async () => {
    expect(await complete({ type: 'ref/prompt', name: 'simple' }, 'x', '')).toMatchObject({ completion: { values: [], total: 0 } })
    expect(await rpcError('completion/complete', { ref: { type: 'ref/prompt', name: 'none' }, argument: { name: 'a', value: '' } })).toMatchObject({
      code: -32602,
    })
  })
})

it('the catalogue lists what MCP lists, sorted', async () => {
  const folder = await makeFolder(FILES)
  const other = new TestWorker()
  const { catalogue } = await other.load(folder.dir)
  await other.stop()
  await folder.remove()
  expect(catalogue.tools.find(({ name }) => name === 'add')).toEqual({
    file: 'tools.ts',
    name: 'add',
    title: 'Add',
    description: 'Adds',
    icons: [{ src: 'data:,' }],
    _meta: { own: 1 },
    annotations: { readOnlyHint: true },
    timeoutSeconds: 5,
    inputSchema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number', default: 2 } }, required: ['a'], additionalProperties: false },
    outputSchema: { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'], additionalProperties: false },
  })
  expect(catalogue.prompts.find(({ name }) => name === 'review')).toEqual({
    file: 'prompts.ts',
    name: 'review',
    title: 'Review',
    description: 'Reviews',
    arguments: [
      { name: 'language', title: 'Language', description: 'Which', required: true },
      { name: 'lines', required: false },
    ],
  })
  expect(catalogue.resources.map(({ uri }) => uri)).toEqual([
    'test://broken',
    'test://bytes',
    'test://item/1',
    'test://item/special',
    'test://json',
    'test://several',
    'test://text',
  ])
  expect(catalogue.resources.find(({ uri }) => uri === 'test://text')).toEqual({
    file: 'resources.ts',
    name: 'text',
    title: 'T',
    uri: 'test://text',
    mimeType: 'text/plain',
    size: 2,
  })
  expect(catalogue.resourceTemplates).toEqual([{ file: 'resources.ts', name: 'item', uriTemplate: 'test://item/{id}', mimeType: 'text/plain' }])
  expect(catalogue.completions).toBe(true)
})
