import { client } from '../../api/generated/client.gen.ts'
import { eventData } from './event-data.ts'
import type { ExecuteEvent, ExecuteRequest } from './execute-event.ts'

/**
 * Makes a call and yields what happens, `finished` last. Leaving the loop early ends the call.
 * A plain request, not the client's own way to read streams: that connects again by itself, which would make the call a second time.
 * @throws {ApiError} when the gateway refuses the request or the connection breaks
 */
export async function* executeStream(request: ExecuteRequest, signal: AbortSignal): AsyncGenerator<ExecuteEvent> {
  const { data } = await client.post({ url: '/api/execute', body: request, parseAs: 'stream', signal, throwOnError: true })
  for await (const text of eventData(data as ReadableStream<Uint8Array<ArrayBuffer>>)) yield JSON.parse(text) as ExecuteEvent
}

/** @throws {ApiError} when the call no longer waits for this */
export async function answerRun(id: string, inputResponses: Readonly<Record<string, unknown>>): Promise<void> {
  await client.post({ url: '/api/execute/{id}/answer', path: { id }, body: { inputResponses }, throwOnError: true })
}

/** @throws {ApiError} when there is no such call (any more) */
export async function cancelRun(id: string): Promise<void> {
  await client.delete({ url: '/api/execute/{id}', path: { id }, throwOnError: true })
}
