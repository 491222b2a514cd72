import { hash, timingSafeEqual } from 'node:crypto'
import { ANONYMOUS, type Principal, TOKEN_HOLDER } from '../kernel/principal.ts'

/** Who the `Authorization` header says is calling; null: nobody we know. */
export type Authenticate = (authorization: string | undefined) => Principal | null

/** Everybody is the same anonymous caller; the edge then accepts local hosts and origins only. */
export const authenticateAnybody: Authenticate = () => ANONYMOUS

/** Compares hashes in constant time, so that neither the length nor a prefix of the token can be measured. */
export function createTokenAuthenticator(token: string): Authenticate {
  const expected = hash('sha256', token, 'buffer')
  // Filled anew for each request: a text digest copied here costs half of what a new buffer does.
  const digest = Buffer.alloc(expected.length)
  return (authorization) => {
    const presented = bearerToken(authorization)
    if (presented === undefined) return null
    digest.write(hash('sha256', presented, 'latin1'), 'latin1')
    return timingSafeEqual(digest, expected) ? TOKEN_HOLDER : null
  }
}

/** RFC 6750 section 2.1; the scheme is case-insensitive (RFC 9110 section 11.1). */
function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const match = /^bearer +([^ ]+) *$/i.exec(authorization)
  return match?.[1]
}
