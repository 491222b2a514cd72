import type { Conversation, Outcome } from './conversation.ts'
import { isJsonObject } from './json-object.ts'

/** The tool as an operation of REST. */
export async function callRest({ request, wire }: Conversation): Promise<Outcome> {
  const path = `/${encodeURIComponent(request.namespace)}/openapi/tools/${encodeURIComponent(request.tool)}`
  const answer = await wire.send({ method: 'POST', path, headers: { accept: 'application/json' }, body: request.arguments })
  const body = parse(answer.text)
  if (answer.status < 400) return { answer, result: body, isError: false }
  const error = isJsonObject(body) && isJsonObject(body.error) ? body.error : {}
  const { code = answer.status, message = answer.text.slice(0, 1000), details } = error
  return { answer, isError: true, error: { code: String(code), message: String(message), ...(details === undefined ? {} : { data: details }) } }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text // whatever answered was not a tool
  }
}
