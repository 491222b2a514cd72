import type { FastifyReply, FastifyRequest } from 'fastify'
import type { View } from '../../catalog/view.types.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { bodyBytes } from '../../http/json-body.ts'
import { isLegacyVersion, LEGACY_VERSIONS } from '../../kernel/protocol-version.ts'
import { isObject, resultText, toMessage } from '../json-rpc.ts'
import type { StreamSlots } from '../stream-slots.ts'
import type { LegacyContext, LegacyMethods } from './methods.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/**
 * HTTP+SSE of 2024-11-05: a GET opens the stream that carries every message to the client and says in its first event
 * where to POST; the session lives as long as the stream.
 */
export function createSseEndpoint(methods: LegacyMethods, sessions: Sessions, slots: StreamSlots, basePath: (request: FastifyRequest) => string) {
  function open(view: View, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const session = sessions.open(view.namespace ?? '', request.principal, '2024-11-05')
    try {
      session.channel = slots.open(request, reply.raw, reply.getHeaders() as Record<string, string>, () =>
        sessions.remove(session, 'The client closed its event stream.'),
      )
    } catch (error) {
      sessions.remove(session, 'No stream could be opened.')
      throw error
    }
    reply.hijack()
    const path = view.namespace === null ? '/messages' : `/${view.namespace}/messages`
    session.channel.send(`${basePath(request)}${path}?sessionId=${session.id}`, undefined, 'endpoint')
    return reply
  }

  function post(body: unknown, view: View, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { sessionId } = request.query as { sessionId?: unknown }
    if (typeof sessionId !== 'string')
      throw new ToolDockError('invalid_request', 'The parameter sessionId is missing: open the event stream first, its first event has the address.')
    const session = sessions.get(sessionId, view.namespace ?? '', request.principal.id)
    const channel = session.channel
    if (channel === undefined) throw new ToolDockError('session_not_found', 'This session does not belong to an event stream.')
    const message = toMessage(body)
    if (message.kind === 'notification') methods.notice(message, session, view)
    else if (message.kind === 'response') session.answer(message)
    else if (message.method === 'initialize') {
      begin(session, message.params)
      void methods.initializeResult(view, session).then((result) => send(session, resultText(message.id, result)))
    } else {
      const context: LegacyContext = {
        view,
        session,
        principal: request.principal,
        requestId: request.requestId,
        http: request,
        requestBytes: bodyBytes(request),
        outlet: { streams: true, send: (text) => send(session, text) },
      }
      // Never rejects: whatever happens is an answer on the stream.
      void methods.answer(message, context).then((text) => {
        if (text !== undefined) send(session, text)
        sessions.settled(session)
      })
    }
    return reply.code(202).type('text/plain').send('Accepted')
  }

  return { open, post }
}

/** Clients of 2024-11-05 know events by name. */
const send = (session: Session, text: string): void => session.channel?.send(text, undefined, 'message')

function begin(session: Session, params: Readonly<Record<string, unknown>>): void {
  session.version = isLegacyVersion(params.protocolVersion) ? params.protocolVersion : LEGACY_VERSIONS[0]
  session.clientCapabilities = isObject(params.capabilities) ? params.capabilities : {}
  session.clientInfo = isObject(params.clientInfo) ? params.clientInfo : undefined
}
