import { timingSafeEqual } from 'node:crypto'
import { BEARER_TOKEN_BYTES_MAX } from '../config/load-config.ts'
import { ANONYMOUS, type Principal, TOKEN_HOLDER } from '../kernel/principal.ts'

/** Who the `Authorization` header says is calling; null: nobody we know. */
export type Authenticate = (authorization: string | undefined) => Principal | null

/** Everybody is the same anonymous caller; the edge then accepts local hosts and origins only. */
export const authenticateAnybody: Authenticate = () => ANONYMOUS

/** Who holds a token or key; null: nobody. */
export type FindHolder = (token: string) => Principal | null

/** @param findKey who holds an API key */
export function createAuthenticator(token: string, findKey: (key: string) => Principal | undefined): Authenticate {
  const findHolder = createFindHolder(token, findKey)
  return (authorization) => {
    const presented = bearerToken(authorization)
    return presented === undefined ? null : findHolder(presented)
  }
}

/**
 * Compares the administrator's token in constant time: both stand in buffers of one size, filled up with zeros, so that
 * neither the length of the true one nor a prefix of it can be measured.
 * @param token of at most {@link BEARER_TOKEN_BYTES_MAX} bytes
 */
export function createFindHolder(token: string, findKey: (key: string) => Principal | undefined): FindHolder {
  const expected = Buffer.alloc(BEARER_TOKEN_BYTES_MAX)
  expected.write(token, 'utf8')
  const presented = Buffer.alloc(BEARER_TOKEN_BYTES_MAX)
  let filled = 0
  return (text) => {
    // A header is Latin-1 text; a token of other letters arrives as the bytes of its UTF-8.
    if (text.length > BEARER_TOKEN_BYTES_MAX) return null
    const holder = findKey(text)
    if (holder !== undefined) return holder
    presented.fill(0, text.length, Math.max(filled, text.length))
    filled = presented.write(text, 'latin1')
    return timingSafeEqual(presented, expected) ? TOKEN_HOLDER : null
  }
}

/** RFC 6750 section 2.1; the scheme is case-insensitive (RFC 9110 section 11.1). */
function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const match = /^bearer +([^ ]+) *$/i.exec(authorization)
  return match?.[1]
}

/** Both ends of a connection. */
export interface Ends {
  readonly remoteAddress?: string | undefined
  readonly localAddress?: string | undefined
}

const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/i

/** Who asks by way of the gateway itself: credentials that it lent its own requests count from its own address alone. */
export function createOwnAuthenticator(findOwn: (token: string) => Principal | undefined): (authorization: string | undefined, ends: Ends) => Principal | null {
  return (authorization, { remoteAddress = '', localAddress }) => {
    const presented = bearerToken(authorization)
    if (presented === undefined || !(remoteAddress === localAddress || LOOPBACK.test(remoteAddress))) return null
    return findOwn(presented) ?? null
  }
}
