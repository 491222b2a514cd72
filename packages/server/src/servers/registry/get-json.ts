import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, get as httpsGet } from 'node:https'
import type { Config } from '../../config/settings.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'

export type GetJsonConfig = Pick<Config, 'httpProxy' | 'httpsProxy' | 'noProxy' | 'registryTimeoutSeconds' | 'registryBytesMax'>

export interface GetJson {
  /** Undefined: 404. @throws {ToolDockError} `registry_unavailable`, in words that name the host and never a password */
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<unknown>
  close(): void
}

const SOCKETS_MAX = 8

/** GET of JSON from a registry: bounded in time and bytes, through the proxies of the settings, without following redirects. */
export function createGetJson(config: GetJsonConfig): GetJson {
  const { httpProxy, httpsProxy, noProxy, registryTimeoutSeconds, registryBytesMax } = config
  const proxyEnv = {
    ...(httpProxy === undefined ? {} : { HTTP_PROXY: httpProxy }),
    ...(httpsProxy === undefined ? {} : { HTTPS_PROXY: httpsProxy }),
    ...(noProxy === undefined ? {} : { NO_PROXY: noProxy }),
  }
  const options = { keepAlive: true, maxSockets: SOCKETS_MAX, proxyEnv }
  const http = new HttpAgent(options)
  const https = new HttpsAgent(options)

  return {
    async get(url, headers = {}) {
      const { protocol, host } = new URL(url)
      const unavailable = (words: string, cause?: unknown): ToolDockError =>
        new ToolDockError('registry_unavailable', `The registry ${host} ${words}.`, undefined, { cause })
      const signal = AbortSignal.timeout(registryTimeoutSeconds * 1000)
      try {
        const sent = { signal, headers: { accept: 'application/json', 'user-agent': 'tooldock', ...headers } }
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          const request = protocol === 'https:' ? httpsGet(url, { ...sent, agent: https }, resolve) : httpGet(url, { ...sent, agent: http }, resolve)
          request.on('error', reject)
        })
        const { statusCode = 0 } = response
        if (statusCode !== 200) response.destroy()
        if (statusCode === 404) return undefined
        if (statusCode !== 200) throw unavailable(`answered ${statusCode}`)
        const text = await readText(response, registryBytesMax)
        if (text === undefined) throw unavailable(`answered more than ${registryBytesMax} bytes (REGISTRY_BYTES_MAX)`)
        return JSON.parse(text) as unknown
      } catch (error) {
        if (error instanceof ToolDockError) throw error
        if (signal.aborted) throw unavailable(`did not answer within ${registryTimeoutSeconds} s (REGISTRY_TIMEOUT_SECONDS)`, error)
        if (error instanceof SyntaxError) throw unavailable('answered something that is not JSON', error)
        throw unavailable(`cannot be reached: ${(error as NodeJS.ErrnoException).code ?? 'the connection failed'}`, error)
      }
    },
    close() {
      http.destroy()
      https.destroy()
    },
  }
}

/** Undefined: it is longer than `bytesMax`. */
async function readText(response: IncomingMessage, bytesMax: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Leaving the loop destroys the response.
    if (bytes > bytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
