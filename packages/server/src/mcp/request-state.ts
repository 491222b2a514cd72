import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { ToolDockError } from '../errors/tooldock-error.ts'
import type { Params } from './json-rpc.ts'

/** What a `requestState` is bound to: it is refused for any other caller, address, method or arguments. */
export interface Binding {
  readonly principal: string
  readonly address: string
  readonly method: string
  readonly params: Params
}

const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * Seals the state of an upstream before a client sees it (2026-07-28, basic/patterns/mrtr, server requirements 4 and 5):
 * AES-256-GCM, so that it can be neither read nor changed; it expires; and the binding is authenticated with it without
 * being sent. The key lives in the store, so a state outlives a restart.
 */
export function createRequestStateSealer(key: Buffer, ttlMs: number) {
  return {
    seal(state: string, binding: Binding, nowMs: number): string {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(digest(binding))
      const text = `${(nowMs + ttlMs).toString(36)} ${state}`
      return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url')
    },
    /** @throws invalid_request_state; one message for all causes but expiry, so that nothing can be probed */
    open(sealed: unknown, binding: Binding, nowMs: number): string {
      const refuse = (cause?: unknown) => new ToolDockError('invalid_request_state', 'requestState is not valid for this request.', undefined, { cause })
      if (typeof sealed !== 'string') throw refuse()
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < IV_BYTES + TAG_BYTES) throw refuse()
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES)).setAAD(digest(binding)).setAuthTag(bytes.subarray(-TAG_BYTES))
      let text: string
      try {
        text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8')
      } catch (error) {
        throw refuse(error)
      }
      const space = text.indexOf(' ')
      if (Number.parseInt(text.slice(0, space), 36) < nowMs)
        throw new ToolDockError('invalid_request_state', 'requestState has expired: send the request again without it.')
      return text.slice(space + 1)
    },
  }
}
export type RequestStateSealer = ReturnType<typeof createRequestStateSealer>

function digest({ principal, address, method, params }: Binding): Buffer {
  const { _meta, inputResponses, requestState, ...own } = params
  return createHash('sha256')
    .update(canonicalJson([principal, address, method, own]))
    .digest()
}

/** JSON with sorted members: a client may write the retry's arguments in another order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}
