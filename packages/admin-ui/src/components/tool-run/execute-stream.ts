import { client } from '../../api/generated/client.gen.ts'
import { deleteExecuteId, postExecuteIdAnswer } from '../../api/generated/sdk.gen.ts'
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
export async function answerRun(id: string, inputResponses: Record<string, Record<string, unknown> | null>): Promise<void> {
  await postExecuteIdAnswer({ path: { id }, body: { inputResponses }, throwOnError: true })
}

/** @throws {ApiError} when there is no such call (any more) */
export async function cancelRun(id: string): Promise<void> {
  await deleteExecuteId({ path: { id }, throwOnError: true })
}
