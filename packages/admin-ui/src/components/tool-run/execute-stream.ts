import { ApiError } from '../../api/api-error.ts'
import { apiFetch } from '../../api/api-fetch.ts'
import { eventData } from './event-data.ts'
import type { ExecuteEvent, ExecuteRequest } from './execute-event.ts'

/**
 * Makes a call and yields what happens, `finished` last. Leaving the loop early ends the call.
 * Not by the generated client: its streams connect again by themselves, which would make the call a second time.
 * @throws {ApiError} when the gateway refuses the request or the connection breaks
 */
export async function* executeStream(request: ExecuteRequest, signal: AbortSignal): AsyncGenerator<ExecuteEvent> {
  const response = await apiFetch('/api/execute', { method: 'POST', body: request, signal })
  if (response.body === null) throw new ApiError('The gateway answered without a stream.', { code: 'no_stream', status: response.status })
  for await (const data of eventData(response.body)) yield JSON.parse(data) as ExecuteEvent
}

/** @throws {ApiError} */
export async function answerRun(id: string, inputResponses: Readonly<Record<string, unknown>>): Promise<void> {
  await apiFetch(`/api/execute/${encodeURIComponent(id)}/answer`, { method: 'POST', body: { inputResponses } })
}

/** @throws {ApiError} */
export async function cancelRun(id: string): Promise<void> {
  await apiFetch(`/api/execute/${encodeURIComponent(id)}`, { method: 'DELETE' })
}
