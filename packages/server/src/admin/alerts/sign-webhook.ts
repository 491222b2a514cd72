import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'

/** The headers of Standard Webhooks: HMAC-SHA256 over id, time and body, so that none of them can be another. */
export function signWebhook(secret: string, id: string, atSeconds: number, body: string): Record<string, string> {
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${atSeconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(atSeconds), 'webhook-signature': `v1,${signature}` }
}

/** `whsec_` says that base64 follows; any other text is the key itself. */
const keyOf = (secret: string): Buffer => (secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret))
