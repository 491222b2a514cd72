/**
 * The "client" that the official suite starts, as `main.ts <url of its server>`: puts a running gateway between itself and that
 * server, and does the steps of the scenario as a raw client of the gateway. No SDK, which would hide what the gateway
 * did wrong: it drops bad tools and fills in defaults itself. The suite judges by what its server saw.
 */
import { encodeHeaderValue, LegacySession, type Message, type ModernOptions, modern, type Reply, readEvents } from '../../system/mcp-http.ts'
import { until } from '../../system/until.ts'
import type { DriverOptions } from '../suite.ts'

const { gateway, namespace, era } = JSON.parse(process.env.TOOLDOCK_DRIVER ?? '') as DriverOptions
const SCENARIO = process.env.MCP_CONFORMANCE_SCENARIO ?? ''
const CONTEXT = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}') as {
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: Message }[]
}
const PATH = `/${namespace}/mcp`
const CAPABILITIES = { elicitation: { form: {} }, sampling: {}, roots: {} }
const ROUNDS_MAX = 8

interface Client {
  request(method: string, params?: Message): Promise<Message>
}

// --- The gateway -------------------------------------------------------------------------------------------------

async function api(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Message> {
  const response = await fetch(`${gateway.url}/api/servers${path}`, {
    method,
    headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as Message
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer
}

async function addServer(url: string): Promise<void> {
  await api('POST', '', { namespace, kind: 'remote', url })
  await until('the server to run', async () => {
    const { state, reason } = await api('GET', `/${namespace}`)
    if (state === 'failed') throw new Error(`the server failed: ${reason}`)
    return state === 'running'
  })
}

// --- A client of either era --------------------------------------------------------------------------------------

/** What a user accepts who changes nothing: defaults must arrive, and come back, as they were written. */
function answerTo({ method, params }: Message): Message {
  if (method === 'roots/list') return { roots: [] }
  if (method === 'sampling/createMessage') return { role: 'assistant', content: { type: 'text', text: 'ok' }, model: 'none', stopReason: 'endTurn' }
  const properties = Object.entries((params?.requestedSchema?.properties ?? {}) as Record<string, Message>)
  const content = properties.map(([name, schema]) => [name, schema.default ?? (schema.type === 'boolean' ? true : undefined)])
  return { action: 'accept', content: Object.fromEntries(content.filter(([, value]) => value !== undefined)) }
}

function modernClient(): Client {
  const schemas = new Map<string, Message>()
  const options = (method: string, params: Message): ModernOptions => {
    const properties = Object.entries((method === 'tools/call' ? (schemas.get(params.name)?.properties ?? {}) : {}) as Record<string, Message>)
    const headers = properties.flatMap(([name, { 'x-mcp-header': header }]) => {
      const value = params.arguments?.[name]
      return header === undefined || value === undefined || value === null ? [] : [[`Mcp-Param-${header}`, encodeHeaderValue(String(value))] as const]
    })
    return { capabilities: CAPABILITIES, headers: Object.fromEntries(headers) }
  }
  return {
    async request(method, params = {}) {
      let answers: Message = {}
      for (let round = 0; round < ROUNDS_MAX; round++) {
        const { result, error } = await modern(gateway, PATH, method, { ...params, ...answers }, options(method, params))
        if (method === 'tools/list') for (const tool of result.tools) schemas.set(tool.name, tool.inputSchema)
        if (result?.resultType !== 'input_required') return result ?? { error }
        const questions = Object.entries((result.inputRequests ?? {}) as Record<string, Message>)
        answers = { inputResponses: Object.fromEntries(questions.map(([key, question]) => [key, answerTo(question)])) }
        if (result.requestState !== undefined) answers.requestState = result.requestState
      }
      throw new Error(`${method} asks without end`)
    },
  }
}

async function legacyClient(): Promise<Client> {
  const session = await LegacySession.open(gateway, PATH, { capabilities: CAPABILITIES })
  const onMessage = (message: Message) => {
    if (message.id !== undefined) void session.respond(message.id, answerTo(message))
  }
  return {
    async request(method, params = {}) {
      const reply = await session.request(method, params, { onMessage })
      return reply.result ?? (reply.error === undefined ? await resumed(session, reply) : { error: reply.error })
    },
  }
}

/** The stream ended before the response: revisions before 2026-07-28 go on with another. */
async function resumed(session: LegacySession, { lastEventId }: Reply): Promise<Message> {
  if (lastEventId === undefined) throw new Error('the stream ended without a response, and cannot be resumed')
  const response = await session.listen({ lastEventId })
  for await (const { data } of readEvents(response.body as ReadableStream<Uint8Array>)) {
    const message = (data === '' ? {} : JSON.parse(data)) as Message
    if (message.result !== undefined) return message.result
  }
  throw new Error('the resumed stream ended without a response')
}

// --- Steps -------------------------------------------------------------------------------------------------------

const VALUES: Readonly<Record<string, unknown>> = { number: 5, integer: 5, boolean: true, array: [], object: {}, null: null }

async function callEach(client: Client): Promise<void> {
  const { tools } = await client.request('tools/list')
  for (const { name, inputSchema } of tools) {
    const properties = Object.entries((inputSchema.properties ?? {}) as Record<string, Message>)
    const args = Object.fromEntries(properties.map(([key, { type }]) => [key, type in VALUES ? VALUES[type] : 'x']))
    await client.request('tools/call', { name, arguments: args })
  }
}

const STEPS: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  async 'http-standard-headers'(client) {
    await callEach(client)
    for (const { uri } of (await client.request('resources/list')).resources) await client.request('resources/read', { uri })
    for (const { name } of (await client.request('prompts/list')).prompts) await client.request('prompts/get', { name })
  },
  async 'http-custom-headers'(client) {
    await client.request('tools/list')
    for (const call of CONTEXT.toolCalls ?? []) await client.request('tools/call', { ...call })
  },
  'json-schema-ref-no-deref': (client) => client.request('tools/list'),
  async 'json-schema-2020-12-preservation'(client) {
    const { tools } = await client.request('tools/list')
    const schema = tools.find(({ name }: Message) => name === 'json_schema_2020_12_tool').inputSchema
    await client.request('tools/call', { name: 'json_schema_echo', arguments: { schema } })
  },
  async 'sep-2322-client-request-state'(client) {
    await client.request('tools/list')
    const call = (name: string) => client.request('tools/call', { name, arguments: {} })
    await Promise.all([call('test_mrtr_echo_state'), call('test_mrtr_unrelated')])
    for (const name of ['test_mrtr_no_state', 'test_mrtr_no_result_type']) await call(name)
  },
}

await addServer(process.argv.at(-1) ?? '')
try {
  await (STEPS[SCENARIO] ?? callEach)(era === 'modern' ? modernClient() : await legacyClient())
} finally {
  // A stream that is left open keeps the suite's server, and so the suite, from ending.
  await api('DELETE', `/${namespace}`)
}
