import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Config } from '../config/settings.ts'
import { type Principal, TOKEN_HOLDER } from '../kernel/principal.ts'
import type { SignInStore } from '../store/store.ts'
import type { ApiKeys } from './api-key.types.ts'

const COOKIE_BYTES = 32
/** How soon a sign-in that is over ends what is open for it. */
const EXPIRY_CHECK_MS = 1000

/** A browser that is signed in. */
export interface SignIn {
  /** Safe to keep and to log: it says nothing of the cookie. */
  readonly id: string
  readonly principal: Principal
  /** What a change must carry beside the cookie, which browsers send by themselves. */
  readonly csrfToken: string
  readonly expiresAt: string
}

/** Browsers that are signed in. All are held in memory; in the database, so that they outlive a restart, only as hashes. */
export interface SignIns {
  /** `cookie` is kept nowhere. @throws store_unavailable */
  begin(principal: Principal): Promise<{ readonly cookie: string; readonly signIn: SignIn }>
  /** Undefined: it is unknown, its time is over, or its principal is gone. */
  find(cookie: string): SignIn | undefined
  /** @throws store_unavailable */
  end(id: string): Promise<void>
  /** Told the id of each sign-in that is over. Returns the unsubscribe function. Listeners must not throw. */
  onEnd(listener: (id: string) => void): () => void
  close(): void
}

export interface SignInsDeps {
  readonly store: SignInStore
  readonly config: Pick<Config, 'signInMinutes' | 'signInsMax'>
  readonly keys: Pick<ApiKeys, 'principalOf'>
  /** The administrator's token. With another one every sign-in is over: the hashes were made with it. */
  readonly token: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

interface Held {
  readonly principal: string
  readonly expiresMs: number
}

/** Reads what is stored. @throws store_unavailable */
export async function openSignIns({ store, config, keys, token, now }: SignInsDeps): Promise<SignIns> {
  // In the order in which they end.
  const held = new Map<string, Held>()
  const listeners = new Set<(id: string) => void>()
  for (const { hash: id, principal, expiresAt } of await store.list()) held.set(id, { principal, expiresMs: Date.parse(expiresAt) })

  const digest = (cookie: string): string => hash('sha256', `sign-in\0${token}\0${cookie}`, 'base64url')
  const principalOf = (id: string): Principal | undefined => (id === TOKEN_HOLDER.id ? TOKEN_HOLDER : keys.principalOf(id))
  const toSignIn = (cookie: string, id: string, principal: Principal, expiresMs: number): SignIn => ({
    id,
    principal,
    csrfToken: hash('sha256', `csrf\0${cookie}`, 'base64url'),
    expiresAt: new Date(expiresMs).toISOString(),
  })

  const forget = (ids: readonly string[]): void => {
    for (const id of ids) if (held.delete(id)) for (const listener of listeners) listener(id)
  }
  const timer = setInterval(() => forget([...held].filter(([, { expiresMs }]) => expiresMs <= now()).map(([id]) => id)), EXPIRY_CHECK_MS)
  timer.unref()

  return {
    async begin(principal) {
      const surplus = [...held.keys()].slice(0, Math.max(0, held.size + 1 - config.signInsMax))
      await store.remove(surplus)
      await store.removeBefore(new Date(now()).toISOString())
      forget(surplus)
      const cookie = randomBytes(COOKIE_BYTES).toString('base64url')
      const signIn = toSignIn(cookie, digest(cookie), principal, now() + config.signInMinutes * 60_000)
      await store.add({ hash: signIn.id, principal: principal.id, expiresAt: signIn.expiresAt })
      held.set(signIn.id, { principal: principal.id, expiresMs: Date.parse(signIn.expiresAt) })
      return { cookie, signIn }
    },
    find(cookie) {
      const id = digest(cookie)
      const found = held.get(id)
      if (found === undefined || found.expiresMs <= now()) return undefined
      const principal = principalOf(found.principal)
      return principal && toSignIn(cookie, id, principal, found.expiresMs)
    },
    async end(id) {
      await store.remove([id])
      forget([id])
    },
    onEnd(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => clearInterval(timer),
  }
}

/** In constant time. */
export function isCsrfToken(presented: string, { csrfToken }: SignIn): boolean {
  const expected = Buffer.from(csrfToken)
  const actual = Buffer.from(presented)
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}
