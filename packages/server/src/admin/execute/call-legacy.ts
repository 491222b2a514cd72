import { LEGACY_VERSIONS } from '../../kernel/protocol-version.ts'
import { type Conversation, mcpOutcome, type Outcome } from './conversation.ts'
import { isJsonObject, type JsonObject, parseObject } from './json-object.ts'
import type { WireAnswer, WireRequest } from './wire.ts'

const VERSION = LEGACY_VERSIONS[0]
const CLIENT_INFO = { name: 'tooldock-playground', version: '1' }
const CALL_ID = 2
/** The session is ended also when the call was cancelled; for this long. */
const TIDY_MS = 5000
/** Of 2025-11-25, client/sampling: what a server is told of a question that nobody will answer. */
const DECLINED = { code: -1, message: 'The user declined.' }

/** `tools/call` by MCP 2025-11-25: a session, the call, and the server's questions answered on the way (basic/transports). */
export async function callLegacy(conversation: Conversation): Promise<Outcome> {
  const { request, wire } = conversation
  const path = `/${encodeURIComponent(request.namespace)}/mcp`
  const accept = { accept: 'application/json, text/event-stream' }
  const hello = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: VERSION, capabilities: request.capabilities, clientInfo: CLIENT_INFO },
  }
  const greeted = await wire.send({ method: 'POST', path, headers: accept, body: hello })
  const greeting = parseObject(greeted.text)
  if (greeting?.result === undefined) return mcpOutcome(greeted, greeting)
  const session = greeted.headers['mcp-session-id']
  const headers = { ...accept, 'mcp-protocol-version': VERSION, ...(session === undefined ? {} : { 'mcp-session-id': session }) }
  const post = (body: JsonObject, more: Partial<WireRequest> = {}, onEvent?: (data: string) => void): Promise<WireAnswer> =>
    wire.send({ method: 'POST', path, headers, body: { jsonrpc: '2.0', ...body }, ...more }, onEvent)
  let isAnswered = false
  try {
    await post({ method: 'notifications/initialized' })
    const outcome = await call(conversation, post)
    isAnswered = true
    return outcome
  } finally {
    await tidy(isAnswered, post, session)
  }

  async function tidy(isDone: boolean, send: typeof post, id: string | undefined): Promise<void> {
    const signal = AbortSignal.timeout(TIDY_MS)
    try {
      if (!isDone) await send({ method: 'notifications/cancelled', params: { requestId: CALL_ID, reason: 'The call was cancelled.' } }, { signal })
      if (id !== undefined) await wire.send({ method: 'DELETE', path, headers, signal })
    } catch {
      // The session ends by itself when it is idle; what the call came to is not changed by it.
    }
  }
}

async function call(
  { request, ask, notice }: Conversation,
  post: (body: JsonObject, more?: Partial<WireRequest>, onEvent?: (data: string) => void) => Promise<WireAnswer>,
): Promise<Outcome> {
  let response: JsonObject | undefined
  const params = { name: request.tool, arguments: request.arguments, _meta: { progressToken: 1 } }

  const answerQuestion = async ({ id, method, params: asked }: JsonObject): Promise<void> => {
    const key = String(id)
    const answers = await ask({ [key]: { method: String(method), ...(isJsonObject(asked) ? { params: asked } : {}) } })
    const result = answers[key] ?? null
    await post(result === null ? { id, error: DECLINED } : { id, result })
  }
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  // Looked at below; when the call has ended first, a late failure concerns nobody.
  failed.catch(() => {})

  const sent = post({ id: CALL_ID, method: 'tools/call', params }, {}, (data) => {
    const message = parseObject(data)
    if (message === undefined) return
    if (message.method === undefined) response = message
    else if (message.id !== undefined) answerQuestion(message).catch(fail)
    else notice(message)
  })
  const answer = await Promise.race([sent, failed])
  return mcpOutcome(answer, response ?? parseObject(answer.text))
}
