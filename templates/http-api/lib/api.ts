import type { Context } from 'tooldock'

/** Asks the API of `API_URL`; `API_TOKEN` is sent when it is set (write `${secret:NAME}` in tooldock.json). */
export async function getJson(path: string, { env, signal }: Pick<Context, 'env' | 'signal'>): Promise<unknown> {
  const { API_URL = '', API_TOKEN } = env
  const response = await fetch(new URL(path, API_URL), {
    headers: { accept: 'application/json', ...(API_TOKEN === undefined ? {} : { authorization: `Bearer ${API_TOKEN}` }) },
    signal,
  })
  // The message reaches the model: say what went wrong and what would help.
  if (!response.ok) throw new Error(`The API answered ${response.status} ${response.statusText} to ${path}.`)
  return response.json()
}
