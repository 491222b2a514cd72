import { queryOptions } from '@tanstack/react-query'
import { createContext, use } from 'react'
import { ApiError, toApiError } from './api-error.ts'
import { BASE_URL } from './base-url.ts'
import { client } from './generated/client.gen.ts'

/** Who is signed in; the proof of it is a cookie that no script can read. */
export interface Session {
  readonly principal: { readonly id: string; readonly name: string; readonly role: 'caller' | 'author' | 'admin' }
  /** Sent back with whatever changes something; null where no cookie signs in. */
  readonly csrfToken: string | null
  readonly expiresAt: string | null
  /** The gateway asks nobody who they are. */
  readonly authDisabled: boolean
}

/** What signs in: the token or a key, or the code of a single-use link. */
export type Credential = { readonly token: string } | { readonly code: string }

const SAFE_METHODS = ['GET', 'HEAD']

/**
 * The session of this tab: signs in and out, puts the CSRF token on what changes something, and tells of the end of the
 * session, be it a 401 here or a sign-out in another tab.
 */
export interface SessionKeeper {
  /** @throws {ApiError} with status 401 when nobody is signed in */
  load(): Promise<Session>
  /** @throws {ApiError} saying what is wrong with the credential */
  signIn(credential: Credential): Promise<Session>
  signOut(): Promise<void>
  /** `expired`: the gateway no longer knows this session. `signed-out`: another tab signed out. `signed-in`: another tab signed in. */
  subscribe(listener: (change: SessionChange) => void): () => void
}
export type SessionChange = 'expired' | 'signed-out' | 'signed-in'

export function createSessionKeeper(): SessionKeeper {
  const listeners = new Set<(change: SessionChange) => void>()
  const tabs = new BroadcastChannel(`tooldock-session ${BASE_URL}`)
  let current: Session | undefined
  const tell = (change: SessionChange): void => {
    if (change !== 'signed-in') current = undefined
    for (const listener of listeners) listener(change)
  }
  tabs.addEventListener('message', ({ data }: MessageEvent<SessionChange>) => tell(data))

  client.setConfig({ baseUrl: BASE_URL.replace(/\/$/, ''), credentials: 'same-origin' })
  client.interceptors.request.use((request) => {
    if (!SAFE_METHODS.includes(request.method) && current?.csrfToken) request.headers.set('x-csrf-token', current.csrfToken)
    return request
  })
  client.interceptors.error.use((error, response) => {
    // Without a session there is nothing that could end: the sign-in page shows what is wrong.
    if (response?.status === 401 && current !== undefined) tell('expired')
    return toApiError(error, response)
  })

  const keep = (session: Session): Session => (current = session)
  return {
    load: async () => keep(await requestSession('GET')),
    signIn: async (credential) => {
      const session = keep(await requestSession('POST', credential))
      tabs.postMessage('signed-in' satisfies SessionChange)
      return session
    },
    signOut: async () => {
      await client.delete({ url: '/api/session', throwOnError: true })
      tabs.postMessage('signed-out' satisfies SessionChange)
      tell('signed-out')
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

async function requestSession(method: 'GET' | 'POST', body?: Credential): Promise<Session> {
  const { data } = await client.request<Session, unknown, true>({
    url: '/api/session',
    method,
    ...(body === undefined ? {} : { body }),
    throwOnError: true,
  })
  return data as Session
}

export const sessionQuery = (keeper: SessionKeeper) =>
  queryOptions({ queryKey: ['session'], queryFn: keeper.load, staleTime: Number.POSITIVE_INFINITY, retry: false })

export const isUnauthorized = (error: unknown): boolean => error instanceof ApiError && error.status === 401

export const SessionContext = createContext<SessionKeeper | null>(null)

export function useSessionKeeper(): SessionKeeper {
  const keeper = use(SessionContext)
  if (keeper === null) throw new Error('useSessionKeeper is for components inside of SessionContext')
  return keeper
}
