const NAME = 'tooldock_session'
const VALUE = /(?:^|;\s*)tooldock_session=([A-Za-z0-9_-]{20,200})(?:;|$)/
/** Scripts cannot read it, other sites cannot make a browser send it, and only the admin API receives it. */
const ATTRIBUTES = 'Path=/api; HttpOnly; SameSite=Strict'

/** The value of `Set-Cookie`. */
export function signInCookie(cookie: string, seconds: number, isSecure: boolean): string {
  return `${NAME}=${cookie}; ${ATTRIBUTES}; Max-Age=${Math.floor(seconds)}${isSecure ? '; Secure' : ''}`
}

export function clearedCookie(isSecure: boolean): string {
  return signInCookie('', 0, isSecure)
}

/** Reads it from the header `Cookie`. */
export function readSignInCookie(header: string | undefined): string | undefined {
  return header === undefined ? undefined : VALUE.exec(header)?.[1]
}
