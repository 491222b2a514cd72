import { META, MODERN_VERSIONS } from '../../kernel/protocol-version.ts'
import { toHeaderValue } from '../../upstream/param-headers.ts'
import { type Conversation, mcpOutcome, type Outcome } from './conversation.ts'
import { isJsonObject, type JsonObject, parseObject } from './json-object.ts'

const VERSION = MODERN_VERSIONS[0]
const CLIENT_INFO = { name: 'tooldock-playground', version: '1' }
const DECLINED = 'A question was declined. By MCP 2026-07-28 a client says so by not calling again: the call ended here.'

/** `tools/call` by MCP 2026-07-28: every round of input is a request of its own (basic/patterns/mrtr). */
export async function callModern({ request, wire, paramHeaders, ask, notice }: Conversation): Promise<Outcome> {
  const headers = {
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': VERSION,
    'mcp-method': 'tools/call',
    'mcp-name': toHeaderValue(request.tool),
    ...paramHeaders,
  }
  const _meta = {
    [META.protocolVersion]: VERSION,
    [META.clientInfo]: CLIENT_INFO,
    [META.clientCapabilities]: request.capabilities,
    [META.logLevel]: 'debug',
    progressToken: 1,
  }
  let input: JsonObject = {}
  for (let id = 1; ; id++) {
    let response: JsonObject | undefined
    const params = { name: request.tool, arguments: request.arguments, ...input, _meta }
    const answer = await wire.send(
      { method: 'POST', path: `/${encodeURIComponent(request.namespace)}/mcp`, headers, body: { jsonrpc: '2.0', id, method: 'tools/call', params } },
      (data) => {
        const message = parseObject(data)
        if (message?.method === undefined) response = message
        else notice(message)
      },
    )
    response ??= parseObject(answer.text)
    const result = response?.result
    if (!isJsonObject(result) || result.resultType !== 'input_required') return mcpOutcome(answer, response)
    const { requestState } = result
    const inputResponses = await ask(isJsonObject(result.inputRequests) ? (result.inputRequests as Parameters<typeof ask>[0]) : {})
    const declined = Object.keys(inputResponses).filter((key) => inputResponses[key] === null)
    // A refusal has no form here: the call is not made again (client/sampling, "Error Handling").
    if (declined.length > 0) return { answer, isError: true, error: { code: 'cancelled', message: DECLINED } }
    input = { inputResponses, ...(requestState === undefined ? {} : { requestState }) }
  }
}
