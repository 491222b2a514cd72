import type { FastifyReply, FastifyRequest } from 'fastify'
import type { View } from '../../catalog/view.types.ts'
import { toJsonRpcError } from '../../errors/to-jsonrpc.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { bodyBytes } from '../../http/json-body.ts'
import { HEADERLESS_VERSION, isLegacyVersion, isModernVersion, LEGACY_VERSIONS } from '../../kernel/protocol-version.ts'
import { readAccept } from '../accept.ts'
import { errorText, idOf, isObject, type Message, type Request, resultText, toMessage } from '../json-rpc.ts'
import type { StreamSlots } from '../stream-slots.ts'
import type { LegacyContext, LegacyMethods } from './methods.ts'
import { PostExchange } from './post-exchange.ts'
import type { Session } from './session.ts'
import type { Sessions } from './sessions.ts'

/** Streamable HTTP of the revisions 2025-03-26 … 2025-11-25: POST, GET and DELETE on one address. */
export function createLegacyEndpoint(methods: LegacyMethods, sessions: Sessions, slots: StreamSlots, batchMax: number) {
  async function post(body: unknown, view: View, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const version = headerVersion(request)
    const session = sessionOf(request, view)
    if (session !== undefined) reply.header('mcp-session-id', session.id)
    const accepted = readAccept(request.headers.accept)
    if (!accepted.json && !accepted.events) throw new ToolDockError('not_acceptable', 'Accept must allow application/json or text/event-stream.')
    const messages = Array.isArray(body) ? readBatch(body, session?.version ?? version) : [toMessage(body)]
    const requests = messages.filter((message): message is Request => message.kind === 'request')
    const first = requests.find(({ method }) => method === 'initialize')
    if (first !== undefined) {
      if (messages.length > 1) throw new ToolDockError('invalid_request', 'initialize must not be part of a batch.')
      return initialize(first, view, request, reply)
    }
    for (const message of messages) accept(message, session, view)
    if (requests.length === 0) return reply.code(202).send()

    const exchange = new PostExchange(request, reply, accepted, session, slots, requests.length, Array.isArray(body))
    const { principal, requestId } = request
    const context: LegacyContext = { view, session, principal, requestId, http: request, requestBytes: bodyBytes(request), outlet: exchange }
    await Promise.all(requests.map(async (message) => exchange.answer(await methods.answer(message, context))))
    return reply
  }

  function accept(message: Message, session: Session | undefined, view: View): void {
    if (message.kind === 'notification') methods.notice(message, session, view)
    if (message.kind === 'response') session?.answer(message)
  }

  async function initialize(message: Request, view: View, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { protocolVersion, capabilities, clientInfo } = message.params
    // A client that asks for a revision we do not speak is offered the newest one that has this handshake.
    const session = sessions.open(view.namespace ?? '', request.principal, isLegacyVersion(protocolVersion) ? protocolVersion : LEGACY_VERSIONS[0])
    session.clientCapabilities = isObject(capabilities) ? capabilities : {}
    session.clientInfo = isObject(clientInfo) ? clientInfo : undefined
    const text = resultText(message.id, await methods.initializeResult(view, session))
    reply.header('mcp-session-id', session.id)
    if (readAccept(request.headers.accept).json) return reply.type('application/json').send(text)
    const stream = slots.open(request, reply.raw, reply.getHeaders() as Record<string, string>, () => {})
    reply.hijack()
    stream.send(text)
    stream.end()
    return reply
  }

  function get(view: View, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (request.headers.accept === undefined || !readAccept(request.headers.accept).events)
      throw new ToolDockError('not_acceptable', 'A GET here opens an event stream: accept text/event-stream. MCP clients send their requests by POST.')
    const session = sessionOf(request, view)
    if (session === undefined) throw new ToolDockError('invalid_request', 'The header Mcp-Session-Id is missing: send initialize by POST first.')
    const lastEventId = request.headers['last-event-id']
    const resumed = typeof lastEventId === 'string' ? session.findStream(lastEventId) : undefined
    const carrier = slots.open(request, reply.raw, { ...(reply.getHeaders() as Record<string, string>), 'mcp-session-id': session.id }, () => {})
    reply.hijack()
    if (resumed === undefined) session.openStandalone().attach(carrier)
    else resumed.stream.attach(carrier, resumed.sequence)
    return reply
  }

  function remove(view: View, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const session = sessionOf(request, view)
    if (session === undefined) throw new ToolDockError('invalid_request', 'The header Mcp-Session-Id is missing: it names the session to end.')
    sessions.remove(session, 'The client ended the session.')
    return reply.code(200).send()
  }

  function sessionOf(request: FastifyRequest, view: View): Session | undefined {
    const id = request.headers['mcp-session-id']
    return typeof id === 'string' ? sessions.get(id, view.namespace ?? '', request.principal.id) : undefined
  }

  /** @throws batch_too_large, invalid_request */
  function readBatch(body: readonly unknown[], version: string): Message[] {
    if (version !== '2025-03-26')
      throw new ToolDockError('invalid_request', `JSON-RPC batches exist in 2025-03-26 only, not in ${version}: send each message by itself.`)
    if (body.length === 0) throw new ToolDockError('invalid_request', 'The batch is empty.')
    if (body.length > batchMax) throw new ToolDockError('batch_too_large', `The batch holds ${body.length} messages, more than BATCH_MAX (${batchMax}).`)
    return body.map(toMessage)
  }

  return { post, get, remove }
}

/** @throws unsupported_protocol_version when the header names a revision that does not exist */
function headerVersion(request: FastifyRequest): string {
  const version = request.headers['mcp-protocol-version']
  if (version === undefined) return HEADERLESS_VERSION
  if (!isLegacyVersion(version) && !isModernVersion(version))
    throw new ToolDockError('unsupported_protocol_version', `The protocol version "${String(version)}" is not supported.`, {
      supported: LEGACY_VERSIONS,
      requested: version,
    })
  return version as string
}

/** A POST that is refused as a whole, with the id when the body shows one. */
export function refusalText(body: unknown, error: unknown, requestId: string): string {
  return errorText(idOf(body), toJsonRpcError(error, requestId))
}
