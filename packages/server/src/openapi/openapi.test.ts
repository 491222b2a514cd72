import { once } from 'node:events'
import { connect } from 'node:net'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { ToolEntry } from '@tooldock/worker/protocol'
import pino from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import type { Catalog, PublishedNamespace } from '../catalog/snapshot.ts'
import { createViews } from '../catalog/view.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { createEdge, type Edge } from '../http/edge.ts'
import { TEST_EDGE } from '../http/test-edge.ts'
import type { CallRecord } from '../telemetry/call-record.ts'
import type { RunningCall, Upstream, UpstreamCall, UpstreamResult } from '../upstream/upstream.ts'
import { createOpenapi, type OpenapiDeps } from './openapi-frontend.ts'

const TOKEN = 'token-of-the-test'
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` }
const TOOLS: ToolEntry[] = [
  {
    file: 'add.ts',
    name: 'add',
    title: 'Add',
    description: 'Add two numbers.',
    inputSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
    },
    outputSchema: { type: 'object', properties: { sum: { type: 'number' } }, required: ['sum'] },
  },
  { file: 'say.ts', name: 'say', inputSchema: { type: 'object' } },
  {
    file: 'tree.ts',
    name: 'tree',
    inputSchema: {
      type: 'object',
      properties: { root: { $ref: '#/$defs/node' }, again: { $ref: '#/properties/root' } },
      $defs: { node: { type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/node' } } } } },
    },
  },
]

/** An upstream that runs functions: what a worker answers, without the process. */
class FunctionUpstream implements Upstream {
  readonly calls: UpstreamCall[] = []
  readonly cancelled: string[] = []
  readonly abandoned: string[] = []
  answer: (call: UpstreamCall) => UpstreamResult | Promise<UpstreamResult> = () => complete({ content: [] })

  call(call: UpstreamCall): RunningCall {
    this.calls.push(call)
    const { promise, reject } = Promise.withResolvers<never>()
    return {
      result: Promise.race([promise, (async () => this.answer(call))()]),
      cancel: (reason) => {
        this.cancelled.push(reason)
        reject(new ToolDockError('cancelled', reason))
      },
    }
  }

  abandon(requestState: string): void {
    this.abandoned.push(requestState)
  }
}

function complete(result: Record<string, unknown>): UpstreamResult {
  return { kind: 'complete', isError: result.isError === true, json: JSON.stringify({ resultType: 'complete', ...result }) }
}

function publish(name: string, tools: readonly ToolEntry[], upstream: Upstream): PublishedNamespace {
  return {
    name,
    kind: 'native',
    generation: 'g1',
    tools,
    resources: [],
    resourceTemplates: [],
    prompts: [],
    completions: false,
    toolsByName: new Map(tools.map((tool) => [tool.name, tool])),
    promptsByName: new Map(),
    upstream,
  }
}

const opened: Edge[] = []

async function start(config: Partial<OpenapiDeps['config']> = {}) {
  const upstream = new FunctionUpstream()
  const records: CallRecord[] = []
  const lines: Record<string, unknown>[] = []
  const catalog: { -readonly [K in keyof Catalog]: Catalog[K] } = {
    current: { version: 1, namespaces: new Map([['shared', publish('shared', TOOLS, upstream)]]) },
    subscribe: () => () => undefined,
  }
  const openapi = createOpenapi({
    config: { jsonDepthMax: 64, publicUrl: undefined, trustProxy: [], sslCertPath: undefined, ...config },
    views: createViews(catalog, 10),
    recorder: { record: (call) => void records.push(call) },
    version: '1.2.3',
  })
  const edge = createEdge(TEST_EDGE, {
    token: TOKEN,
    frontends: [openapi],
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
  })
  opened.push(edge)
  await edge.listen()
  const base = edge.addresses[0]?.url ?? ''
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${base}${path}`, { headers: { ...AUTHORIZED, ...headers } })
  const post = (path: string, body?: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    fetch(`${base}${path}`, { method: 'POST', headers: { ...AUTHORIZED, ...headers }, ...(body === undefined ? {} : { body: Buffer.from(body) }) })
  return { base, upstream, records, lines, catalog, get, post }
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((edge) => edge.close(0)))
})

interface Operation {
  readonly operationId: string
  readonly requestBody: { readonly content: { readonly 'application/json': { readonly schema: Record<string, unknown> } } }
  readonly responses: Record<string, { readonly content?: { readonly 'application/json': { readonly schema: unknown } } }>
}
interface Document {
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Record<string, { readonly post: Operation }>
  readonly components: { readonly schemas: Record<string, unknown> }
}

/** Every reference of a document must lead somewhere. */
function checkReferences(root: unknown, at: unknown = root): void {
  if (typeof at !== 'object' || at === null) return
  for (const [key, value] of Object.entries(at)) {
    if (key !== '$ref' || typeof value !== 'string' || !value.startsWith('#')) checkReferences(root, value)
    else {
      const target = value
        .slice(2)
        .split('/')
        .reduce<unknown>((from, step) => (from as Record<string, unknown>)?.[step], root)
      expect(target, value).toBeTypeOf('object')
    }
  }
}

describe('the document', () => {
  it('is valid OpenAPI 3.1 with one typed operation for each tool', async () => {
    const { get } = await start()
    for (const path of ['/shared/openapi/openapi.json', '/openapi/openapi.json']) {
      const document = (await (await get(path)).json()) as Document
      const { valid, errors } = await new Validator().validate(structuredClone(document) as never)
      expect(errors).toBeUndefined()
      expect(valid).toBe(true)
      checkReferences(document)
    }
    const document = (await (await get('/shared/openapi/openapi.json')).json()) as Document
    expect(Object.keys(document.paths)).toEqual(['/tools/add', '/tools/say', '/tools/tree'])
    expect(document.servers).toEqual([{ url: '/shared/openapi' }])
    const add = document.paths['/tools/add']?.post
    expect(add).toMatchObject({ operationId: 'add', summary: 'Add', description: 'Add two numbers.' })
    expect(add?.requestBody.content['application/json'].schema).toEqual({
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
    })
    expect(add?.responses[200]?.content?.['application/json'].schema).toMatchObject({ required: ['sum'] })
    expect(Object.keys(add?.responses ?? {})).toEqual(['200', '400', '401', '403', '404', '413', '415', '422', '429', '502', '503', '504'])
  })

  it('makes the definitions of a tool components, so that its references resolve', async () => {
    const { get } = await start()
    const { paths, components } = (await (await get('/shared/openapi/openapi.json')).json()) as Document
    expect(paths['/tools/tree']?.post.requestBody.content['application/json'].schema).toEqual({ $ref: '#/components/schemas/tree.input' })
    expect(components.schemas['tree.input']).toMatchObject({
      properties: { root: { $ref: '#/components/schemas/tree.input.node' }, again: { $ref: '#/components/schemas/tree.input/properties/root' } },
    })
    expect(components.schemas['tree.input.node']).toMatchObject({ properties: { children: { items: { $ref: '#/components/schemas/tree.input.node' } } } })
  })

  it('names tools of all namespaces by combined names', async () => {
    const { get } = await start()
    const document = (await (await get('/openapi/openapi.json')).json()) as Document
    expect(document.paths['/tools/shared__add']?.post.operationId).toBe('shared__add')
    expect(document.servers).toEqual([{ url: '/openapi' }])
  })

  it('shows a new snapshot at once and answers 304 as long as nothing changed', async () => {
    const { get, catalog, upstream } = await start()
    const first = await get('/shared/openapi/openapi.json')
    const etag = first.headers.get('etag') ?? ''
    expect((await get('/shared/openapi/openapi.json', { 'if-none-match': etag })).status).toBe(304)
    catalog.current = { version: 2, namespaces: new Map([['shared', publish('shared', TOOLS.slice(0, 1), upstream)]]) }
    const second = await get('/shared/openapi/openapi.json', { 'if-none-match': etag })
    expect(second.status).toBe(200)
    expect(Object.keys(((await second.json()) as Document).paths)).toEqual(['/tools/add'])
  })

  it('believes forwarded headers of trusted proxies only', async () => {
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'tools.example.com', 'x-forwarded-prefix': '/dock' }
    const serverOf = async (config: Partial<OpenapiDeps['config']>, headers: Record<string, string>) =>
      ((await (await (await start(config)).get('/shared/openapi/openapi.json', headers)).json()) as Document).servers[0]?.url
    expect(await serverOf({ trustProxy: ['127.0.0.0/8'] }, forwarded)).toBe('https://tools.example.com/dock/shared/openapi')
    expect(await serverOf({ trustProxy: ['10.0.0.0/8', '::1'] }, forwarded)).toBe('/shared/openapi')
    expect(await serverOf({}, forwarded)).toBe('/shared/openapi')
    expect(await serverOf({ trustProxy: ['127.0.0.1'] }, { 'x-forwarded-host': 'a b"' })).toBe('/shared/openapi')
    expect(await serverOf({ publicUrl: 'https://fixed.example/x/' }, forwarded)).toBe('https://fixed.example/x/shared/openapi')
  })
})

describe('a call', () => {
  it('answers the structured result when there is one, else the content', async () => {
    const { upstream, post, records } = await start()
    upstream.answer = ({ params }) => {
      const { a, b } = params.arguments as { a: number; b: number }
      return complete({ content: [{ type: 'text', text: 'x' }], structuredContent: { sum: a + b } })
    }
    const structured = await post('/shared/openapi/tools/add', '{"a":1,"b":2}')
    expect([structured.status, await structured.json()]).toEqual([200, { sum: 3 }])
    upstream.answer = () => complete({ content: [{ type: 'text', text: 'hello "structuredContent"' }] })
    expect(await (await post('/shared/openapi/tools/say')).json()).toEqual({ content: [{ type: 'text', text: 'hello "structuredContent"' }] })
    upstream.answer = () => complete({ content: [], _meta: { vendor: 1 } })
    expect(await (await post('/openapi/tools/shared__say', '{}')).json()).toEqual({ content: [] })
    expect(upstream.calls.map(({ params, clientCapabilities, onNotification }) => [params.name, params.arguments, clientCapabilities, onNotification])).toEqual(
      [
        ['add', { a: 1, b: 2 }, {}, undefined],
        ['say', {}, {}, undefined],
        ['say', {}, {}, undefined],
      ],
    )
    expect(records[0]).toMatchObject({ namespace: 'shared', name: 'add', protocol: 'rest', era: 'none', outcome: 'ok', principal: 'token' })
  })

  it('refuses what is not a JSON object, with the right status', async () => {
    const { post } = await start()
    const codeOf = async (pending: Promise<Response>) => {
      const answer = await pending
      const { error } = (await answer.json()) as { error: { code: string; requestId: string } }
      expect(error.requestId).toBe(answer.headers.get('x-request-id'))
      return [answer.status, error.code]
    }
    expect(await codeOf(post('/shared/openapi/tools/say', '{"a":', { 'content-type': 'application/json; charset=utf-8' }))).toEqual([400, 'parse_error'])
    expect(await codeOf(post('/shared/openapi/tools/say', '['.repeat(200)))).toEqual([400, 'json_too_deep'])
    expect(await codeOf(post('/shared/openapi/tools/say', '[]'))).toEqual([422, 'invalid_arguments'])
    expect(await codeOf(post('/shared/openapi/tools/say', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }))).toEqual([
      415,
      'unsupported_media_type',
    ])
    expect(await codeOf(post('/shared/openapi/tools/say', '{}', {}))).toEqual([415, 'unsupported_media_type'])
    expect(await codeOf(post('/shared/openapi/tools/none', '{}'))).toEqual([404, 'tool_not_found'])
    expect(await codeOf(post('/absent/openapi/tools/say', '{}'))).toEqual([404, 'namespace_not_found'])
    expect(await codeOf(post('/shared/openapi/tools/say', '{}', { authorization: 'Bearer wrong', 'content-type': 'application/json' }))).toEqual([
      401,
      'unauthorized',
    ])
  })

  it('answers a failure of the tool as 422 in its words, never as a 5xx, and what could not be sent as 502', async () => {
    const { upstream, post, records } = await start()
    const failure = (text: string, meta?: Record<string, unknown>) =>
      complete({ isError: true, content: [{ type: 'text', text }], ...(meta === undefined ? {} : { _meta: { 'io.tooldock/error': meta } }) })
    const cases: [UpstreamResult, number, Record<string, unknown>][] = [
      [failure('no such city'), 422, { code: 'tool_error', message: 'no such city' }],
      [failure('broken', { code: 'tool_error' }), 422, { code: 'tool_error', message: 'broken' }],
      [
        failure('a must be a number', { code: 'invalid_arguments', details: { fields: [{ path: '/a' }] } }),
        422,
        { code: 'invalid_arguments', details: { fields: [{ path: '/a' }] } },
      ],
      [failure('too big', { code: 'result_too_large' }), 502, { code: 'result_too_large' }],
      [failure('made up', { code: 'internal_error' }), 422, { code: 'tool_error' }],
    ]
    for (const [result, status, error] of cases) {
      upstream.answer = () => result
      const answer = await post('/shared/openapi/tools/say', '{}')
      expect([answer.status, await answer.json()]).toMatchObject([status, { error }])
    }
    expect(records.map(({ outcome }) => outcome)).toEqual(['tool_error', 'tool_error', 'invalid_arguments', 'result_too_large', 'tool_error'])
  })

  it('answers what the gateway itself refuses with the statuses of the catalogue', async () => {
    const { upstream, post } = await start()
    for (const [code, status] of [
      ['too_many_calls', 429],
      ['worker_crashed', 502],
      ['worker_start_failed', 503],
      ['tool_timeout', 504],
    ] as const) {
      upstream.answer = () => Promise.reject(new ToolDockError(code, 'as it is'))
      const answer = await post('/shared/openapi/tools/say', '{}')
      expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code, message: 'as it is' } }])
    }
  })

  it('says that a tool which asks for input cannot be used here, and ends the call that waits', async () => {
    const { upstream, post } = await start()
    upstream.answer = () => ({ kind: 'input_required', inputRequests: {}, requestState: 'parked:1' })
    const answer = await post('/shared/openapi/tools/say', '{}')
    expect([answer.status, await answer.json()]).toMatchObject([422, { error: { code: 'input_unsupported' } }])
    expect(upstream.abandoned).toEqual(['parked:1'])
  })

  it('is cancelled when the client goes away', async () => {
    const { base, upstream, records, lines } = await start()
    const asked = Promise.withResolvers<void>()
    upstream.answer = () => {
      asked.resolve()
      return new Promise(() => undefined)
    }
    const socket = connect(Number(new URL(base).port), '127.0.0.1')
    socket.write(`POST /shared/openapi/tools/say HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 0\r\n\r\n`)
    await asked.promise
    socket.destroy()
    await once(socket, 'close')
    await expect.poll(() => upstream.cancelled).toHaveLength(1)
    await expect.poll(() => records.map(({ outcome }) => outcome)).toEqual(['cancelled'])
    await expect.poll(() => lines).toMatchObject([{ path: '/shared/openapi/tools/say', status: 499 }])
  })
})

describe('lists and pages', () => {
  it('lists tools with their schemas, and counts them', async () => {
    const { get } = await start()
    expect(await (await get('/shared/openapi/tools')).json()).toMatchObject({
      namespace: 'shared',
      tools: [{ name: 'add', inputSchema: { type: 'object' } }, { name: 'say' }, { name: 'tree' }],
    })
    expect(await (await get('/openapi/tools')).json()).toMatchObject({ namespace: null, tools: [{ name: 'shared__add' }, {}, {}] })
    expect(await (await get('/shared/openapi/health')).json()).toMatchObject({ status: 'healthy', tools: { total: 3 } })
  })

  it('needs a token for every list and document, and none for the page, which holds no data', async () => {
    const { base } = await start()
    for (const path of ['/shared/openapi/openapi.json', '/openapi/openapi.json', '/shared/openapi/tools', '/openapi/tools', '/shared/openapi/health'])
      expect((await fetch(`${base}${path}`)).status).toBe(401)
    for (const path of ['/shared/openapi/docs', '/openapi/docs', '/shared/openapi/docs/']) {
      const page = await fetch(`${base}${path}`)
      expect(page.status).toBe(200)
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
      const html = await page.text()
      const linked = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css|svg))"/g)].map(([, link]) => link ?? '')
      expect(linked.length).toBeGreaterThanOrEqual(3)
      for (const link of linked) expect((await fetch(new URL(link, page.url))).status, link).toBe(200)
    }
  })
})
