import { hash, randomBytes } from 'node:crypto'

const CODE_BYTES = 24
/** How long a link to sign in is valid. */
const CODE_MINUTES = 5
/** Links that are valid at once; the oldest is forgotten. */
const CODES_MAX = 100

/** Codes that sign a browser in as the administrator, once and soon. In memory alone: a restart forgets them. */
export interface SignInCodes {
  create(): string
  /** True for a code that is valid, and only once. */
  redeem(code: string): boolean
}

export function createSignInCodes(now: () => number): SignInCodes {
  const expiresMs = new Map<string, number>()
  return {
    create() {
      const code = randomBytes(CODE_BYTES).toString('base64url')
      expiresMs.set(digest(code), now() + CODE_MINUTES * 60_000)
      const [oldest] = expiresMs.keys()
      if (expiresMs.size > CODES_MAX && oldest !== undefined) expiresMs.delete(oldest)
      return code
    },
    redeem(code) {
      const id = digest(code)
      const untilMs = expiresMs.get(id)
      expiresMs.delete(id)
      return untilMs !== undefined && now() < untilMs
    },
  }
}

const digest = (code: string): string => hash('sha256', code, 'base64url')
