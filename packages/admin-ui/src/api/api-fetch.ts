import { client } from './generated/client.gen.ts'

export interface ApiFetchOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal?: AbortSignal | null
}

/**
 * The raw answer to one request of the admin API, with the session and its CSRF token: for answers that are read as they
 * come. Everything else is asked for with the generated functions.
 * @param path such as `/api/execute`
 * @throws {ApiError}
 */
export async function apiFetch(path: string, { method = 'GET', body, signal }: ApiFetchOptions = {}): Promise<Response> {
  const { data, response } = await client.request({ url: path, method, body, signal: signal ?? null, parseAs: 'stream', throwOnError: true })
  return new Response(data as ReadableStream<Uint8Array> | null, response)
}
