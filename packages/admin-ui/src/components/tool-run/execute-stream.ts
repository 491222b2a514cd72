import { ApiError, toApiError } from '../../api/api-error.ts'
import { gatewayUrl } from '../../api/base-url.ts'
import { sessionKeeper } from '../../api/session.ts'
import { eventData } from './event-data.ts'
import type { ExecuteEvent, ExecuteRequest } from './execute-event.ts'

/**
 * Makes a call and yields what happens, `finished` last. Leaving the loop early ends the call.
 * Not by the generated client: its streams connect again by themselves, which would make the call a second time.
 * @throws {ApiError} when the gateway refuses the request or the connection breaks
 */
export async function* executeStream(request: ExecuteRequest, signal: AbortSignal): AsyncGenerator<ExecuteEvent> {
  const response = await post('api/execute', request, signal)
  if (response.body === null) throw new ApiError('The gateway answered without a stream.', { code: 'no_stream', status: response.status })
  for await (const data of eventData(response.body)) yield JSON.parse(data) as ExecuteEvent
}

/** @throws {ApiError} */
export async function answerRun(id: string, inputResponses: Readonly<Record<string, unknown>>): Promise<void> {
  await post(`api/execute/${encodeURIComponent(id)}/answer`, { inputResponses })
}

/** @throws {ApiError} */
export async function cancelRun(id: string): Promise<void> {
  await send(`api/execute/${encodeURIComponent(id)}`, { method: 'DELETE' })
}

function post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return send(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: signal ?? null })
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const headers = { ...init.headers, 'x-csrf-token': sessionKeeper.csrfToken() }
  const response = await fetch(gatewayUrl(path), { ...init, headers }).catch((thrown: unknown) => {
    throw toApiError(thrown, undefined)
  })
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => null)
  throw toApiError(body, response)
}
