import { randomUUID } from 'node:crypto'
import { combinedUri } from '../../catalog/combined-name.ts'
import type { CatalogEvent } from '../../catalog/snapshot.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { canSee, type Principal } from '../../kernel/principal.ts'
import type { LegacyVersion } from '../../kernel/protocol-version.ts'
import type { ChannelReply } from '../../upstream/channel.ts'
import { severityOf } from '../../upstream/open-call.ts'
import { refusalOf } from '../../upstream/question-caller.ts'
import { RefusedInput } from '../../upstream/upstream.ts'
import type { Params } from '../json-rpc.ts'
import { Session, type SessionOptions } from './session.ts'

/** JSON-RPC "Internal error": the client has not answered. */
const NO_ANSWER = -32603

export interface SessionsOptions extends SessionOptions {
  readonly sessionsMax: number
  readonly idleMs: number
  /** The session is gone: what upstreams keep for it alone can go too. */
  readonly onEnd: (session: Session) => void
}

/** The open sessions: bounded in number, bound to who opened them and where, ended when idle. */
export function createSessions(options: SessionsOptions) {
  const sessions = new Map<string, Session>()
  const remove = (session: Session, reason: string) => {
    sessions.delete(session.id)
    session.close(reason)
    options.onEnd(session)
  }
  // An open GET stream does not keep a session: clients leave them open for days. A running call does.
  const reap = () => {
    // Not the clock on the wall: set forward by an hour, it would end every session.
    const deadlineMs = performance.now() - options.idleMs
    for (const session of sessions.values()) if (session.lastUsedMs < deadlineMs && !session.busy) remove(session, 'The session was idle for too long.')
  }
  let draining = false
  const timer = setInterval(reap, Math.min(30_000, Math.max(50, options.idleMs / 4)))
  timer.unref()

  return {
    get size() {
      return sessions.size
    },

    /** @throws too_many_sessions */
    open(address: string, principal: Principal, version: LegacyVersion): Session {
      if (sessions.size >= options.sessionsMax)
        throw new ToolDockError('too_many_sessions', `As many sessions are open as SESSIONS_MAX allows (${options.sessionsMax}).`)
      const session = new Session(randomUUID(), address, principal, version, performance.now(), options)
      sessions.set(session.id, session)
      return session
    },

    /** @throws session_not_found, also for a session of somebody else or of another address */
    get(id: string, address: string, principal: string): Session {
      const session = sessions.get(id)
      if (session === undefined || session.address !== address || session.principal.id !== principal)
        throw new ToolDockError('session_not_found', 'There is no such session here: send initialize to open one.')
      session.lastUsedMs = performance.now()
      return session
    },

    remove,

    /** What a server asks outside of any call. Never rejects. */
    async ask(id: string, method: string, params: Params): Promise<ChannelReply> {
      const session = sessions.get(id)
      if (session === undefined) return { error: { code: NO_ANSWER, message: 'The session has ended.' } }
      const refusal = refusalOf(session.clientCapabilities, method, params)
      if (refusal !== undefined) return refusal
      const outlet = session.standaloneOutlet
      if (outlet === undefined)
        return { error: { code: NO_ANSWER, message: 'The client cannot be asked now: it listens to no stream but those of its calls.' } }
      return session.ask(outlet, method, params).then(
        (result) => ({ result }),
        (error: Error) => ({ error: error.cause instanceof RefusedInput ? error.cause.error : { code: NO_ANSWER, message: error.message } }),
      )
    },

    /** Ends those of a principal that is no more, or sees something else now. */
    removeOf(principal: string): void {
      for (const session of [...sessions.values()]) if (session.principal.id === principal) remove(session, 'The key of the session was revoked or changed.')
    },

    publish(event: CatalogEvent): void {
      for (const session of sessions.values()) {
        if (event.type === 'said') {
          if (canHear(session, event)) session.notify(event.method, event.params)
          continue
        }
        if (session.address === '' ? event.isBundle : session.address !== event.namespace) continue
        if (!canSee(session.principal, event.namespace)) continue
        if (event.type === 'resourceUpdated') {
          const uri = session.address === '' ? combinedUri(event.namespace, event.uri) : event.uri
          if (session.isSubscribed(uri) && (event.isFor?.(session.client) ?? true)) session.notify('notifications/resources/updated', { uri })
        } else for (const list of event.lists) session.notify(`notifications/${list}/list_changed`)
      }
    },

    /** Calls under way may finish; what would stay open by itself is ended. */
    drain(): void {
      draining = true
      for (const session of sessions.values()) session.endIdleStreams()
    },

    /** To be told when a call of the session has been answered. */
    settled(session: Session): void {
      if (draining) session.endIdleStreams()
    },

    close(): void {
      clearInterval(timer)
      for (const session of [...sessions.values()]) remove(session, 'ToolDock is stopping.')
    },
  }
}
export type Sessions = ReturnType<typeof createSessions>

/** Logs mean the same at every address; what extensions say is for those who see the whole server as it is. */
function canHear(session: Session, { namespace, method, params, isFor }: Extract<CatalogEvent, { type: 'said' }>): boolean {
  const { principal, address } = session
  if (!canSee(principal, namespace)) return false
  const wants =
    method === 'notifications/message'
      ? severityOf(params.level) >= severityOf(session.logLevel)
      : address === namespace && principal.sees?.tools?.get(namespace) === undefined
  return wants && isFor(session.client)
}
