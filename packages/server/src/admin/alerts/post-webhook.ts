import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Config } from '../../config/settings.ts'
import { createCheckedLookup } from '../../servers/safety/remote-address.ts'
import type { AlertDelivery } from './alert.types.ts'

export type PostWebhookConfig = Pick<Config, 'httpProxy' | 'httpsProxy' | 'noProxy' | 'alertTimeoutSeconds'>

export interface PostWebhook {
  /** One attempt; never rejects. Redirects are not followed. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<AlertDelivery>
  close(): void
}

const SOCKETS_MAX = 2

/** POST to an address that an administrator chose: private ones are allowed, the metadata services of clouds are not. */
export function createPostWebhook({ httpProxy, httpsProxy, noProxy, alertTimeoutSeconds }: PostWebhookConfig): PostWebhook {
  const proxyEnv = {
    ...(httpProxy === undefined ? {} : { HTTP_PROXY: httpProxy }),
    ...(httpsProxy === undefined ? {} : { HTTPS_PROXY: httpsProxy }),
    ...(noProxy === undefined ? {} : { NO_PROXY: noProxy }),
  }
  const options = { maxSockets: SOCKETS_MAX, proxyEnv, lookup: createCheckedLookup(true) }
  const http = new HttpAgent(options)
  const https = new HttpsAgent(options)

  async function attempt(url: string, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<number> {
    const sent = { method: 'POST', signal, headers: { 'content-type': 'application/json', 'user-agent': 'tooldock', ...headers } }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = url.startsWith('https:') ? httpsRequest(url, { ...sent, agent: https }, resolve) : httpRequest(url, { ...sent, agent: http }, resolve)
      request.on('error', reject)
      request.end(body)
    })
    // Nothing of an answer is read: the status says it all.
    response.destroy()
    return response.statusCode ?? 0
  }

  return {
    async post(url, headers, body) {
      const startedMs = performance.now()
      const signal = AbortSignal.timeout(alertTimeoutSeconds * 1000)
      const ended = (status: number | null, error: string | null): AlertDelivery => ({
        delivered: error === null,
        status,
        durationMs: Math.round(performance.now() - startedMs),
        error,
      })
      try {
        const status = await attempt(url, headers, body, signal)
        return ended(status, status >= 200 && status < 300 ? null : `it answered HTTP ${status}`)
      } catch (error) {
        if (signal.aborted) return ended(null, `it did not answer within ${alertTimeoutSeconds} s`)
        return ended(null, `it cannot be reached (${(error as NodeJS.ErrnoException).code ?? 'the connection failed'})`)
      }
    },
    close() {
      http.destroy()
      https.destroy()
    },
  }
}
