import { META, MODERN_VERSIONS } from '@tooldock/server/kernel/protocol-version'
import { EventReader } from '@tooldock/server/upstream/event-reader'
import { paramHeaderValues, readParamHeaders, toHeaderValue } from '@tooldock/server/upstream/param-headers'
import { type Api, ApiError, apiPath } from './api.ts'

const [VERSION] = MODERN_VERSIONS
const EVENT_BYTES_MAX = 256 * 1024 * 1024
/** A tool that asks and asks is not answered for ever. */
const ROUNDS_MAX = 100

export type JsonObject = Readonly<Record<string, unknown>>

/** A question of a tool to the person who calls it. */
export interface InputRequest {
  readonly method: string
  readonly params: JsonObject
}

export interface ToolCall {
  readonly namespace: string
  readonly tool: string
  readonly args: JsonObject
  /** What the arguments are written in headers by. */
  readonly inputSchema: JsonObject
  readonly version: string
  readonly onNotification: (method: string, params: JsonObject) => void
  /** Answers a question by what MCP calls an ElicitResult. */
  readonly onQuestion: (request: InputRequest) => Promise<JsonObject>
}

export interface ToolResult {
  readonly content?: readonly JsonObject[]
  readonly structuredContent?: unknown
  readonly isError?: boolean
}

interface Answer {
  readonly result?: ToolResult & {
    readonly resultType?: string
    readonly inputRequests?: Readonly<Record<string, InputRequest>>
    readonly requestState?: string
  }
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code?: string } }
}

/** `tools/call` by MCP 2026-07-28: each round of questions is a request of its own (basic/patterns/mrtr). @throws {ApiError} */
export async function callTool(api: Api, call: ToolCall): Promise<ToolResult> {
  let input: JsonObject = {}
  for (let id = 1; id <= ROUNDS_MAX; id++) {
    const { result, error } = await request(api, call, id, input)
    if (result === undefined)
      throw new ApiError(error?.message ?? 'The gateway answered nothing.', { status: 200, code: error?.data?.code ?? String(error?.code) })
    if (result.resultType !== 'input_required') return result
    const responses: Record<string, JsonObject> = {}
    for (const [key, question] of Object.entries(result.inputRequests ?? {})) responses[key] = await call.onQuestion(question)
    input = { inputResponses: responses, ...(result.requestState === undefined ? {} : { requestState: result.requestState }) }
  }
  throw new ApiError(`The tool asked more than ${ROUNDS_MAX} times.`, { status: 200, code: 'too_many_rounds' })
}

async function request(api: Api, { namespace, tool, args, inputSchema, version, onNotification }: ToolCall, id: number, input: JsonObject): Promise<Answer> {
  const _meta = {
    [META.protocolVersion]: VERSION,
    [META.clientInfo]: { name: 'tooldock-cli', version },
    [META.clientCapabilities]: { elicitation: { form: {}, url: {} } },
    [META.logLevel]: 'info',
    progressToken: id,
  }
  const response = await api.open({
    method: 'POST',
    path: apiPath`/${namespace}/mcp`,
    headers: {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': 'tools/call',
      'mcp-name': toHeaderValue(tool),
      ...paramHeaderValues(readParamHeaders(inputSchema) ?? [], args),
    },
    body: { jsonrpc: '2.0', id, method: 'tools/call', params: { name: tool, arguments: args, ...input, _meta } },
  })
  let answer: Answer | undefined
  const take = (text: string): void => {
    const message = JSON.parse(text) as Answer & { readonly method?: string; readonly params?: JsonObject }
    if (message.method === undefined) answer = message
    else onNotification(message.method, message.params ?? {})
  }
  if (response.headers['content-type']?.startsWith('text/event-stream')) {
    const events = new EventReader(EVENT_BYTES_MAX, ({ data }) => take(data))
    for await (const chunk of response) events.read(chunk as Buffer)
  } else take(Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString())
  return answer ?? {}
}
