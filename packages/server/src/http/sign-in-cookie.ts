const NAME = 'tooldock_session'
const VALUE = /(?:^|;\s*)tooldock_session=([A-Za-z0-9_-]{20,200})(?:;|$)/

/**
 * The value of `Set-Cookie`. Scripts cannot read it, other sites cannot make a browser send it, and only the admin API
 * receives it: `baseUrl` is where the browser reaches the gateway, which may be below a path of a proxy.
 */
export function signInCookie(cookie: string, seconds: number, baseUrl: string): string {
  const { protocol, pathname } = new URL(baseUrl)
  const path = `${pathname.replace(/\/$/, '')}/api`
  return `${NAME}=${cookie}; Path=${path}; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(seconds)}${protocol === 'https:' ? '; Secure' : ''}`
}

export function clearedCookie(baseUrl: string): string {
  return signInCookie('', 0, baseUrl)
}

/** Reads it from the header `Cookie`. */
export function readSignInCookie(header: string | undefined): string | undefined {
  return header === undefined ? undefined : VALUE.exec(header)?.[1]
}
