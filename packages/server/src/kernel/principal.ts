/** Who is calling. `id` is stable and safe to log; it is never a secret. */
export interface Principal {
  readonly kind: 'token' | 'anonymous'
  readonly id: string
  readonly name: string
}

/** `AUTH_DISABLED=true`: everyone who can reach the loopback address. */
export const ANONYMOUS: Principal = { kind: 'anonymous', id: 'anonymous', name: 'anonymous' }
/** The holder of `BEARER_TOKEN`. */
export const TOKEN_HOLDER: Principal = { kind: 'token', id: 'token', name: 'token' }
