import type { FastifyReply, FastifyRequest } from 'fastify'
import type { View } from '../../catalog/view.types.ts'
import type { UpstreamErrorDetails } from '../../errors/to-jsonrpc.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { Upstream, UpstreamClient } from '../../upstream/upstream.ts'
import { readAccept } from '../accept.ts'
import { passedMeta } from '../calls.ts'
import type { EventStream } from '../event-stream.ts'
import { isObject, type Params, type Request } from '../json-rpc.ts'
import type { Envelope } from './envelope.ts'
import { type OpenSubscription, readExtensionFilter, readFilter, type Subscriptions } from './subscriptions.ts'

/** One `subscriptions/listen` in its surroundings. */
export interface ListenContext {
  readonly message: Request
  readonly envelope: Envelope
  readonly view: View
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

type Listen = NonNullable<Upstream['listen']>

const METHOD_NOT_FOUND = -32601
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
/** What MCP defines is told by the catalogue, which knows the names that clients see. */
const DEFINED = /^notifications\/(?:(?:tools|prompts|resources)\/list_changed|resources\/updated)$/

/**
 * Answers `subscriptions/listen` (2026-07-28, basic/patterns/subscriptions). What MCP defines comes from the catalogue; what a
 * client wants to hear of extensions is asked of the one server behind the address, on a stream of this client's own there.
 */
export function createListening(subscriptions: Subscriptions, openStream: (request: FastifyRequest, reply: FastifyReply, onClose: () => void) => EventStream) {
  /** @throws not_acceptable, invalid_params, too_many_sessions, and what the server refuses */
  return function listen(context: ListenContext): FastifyReply | Promise<FastifyReply> {
    const { message, view, request, reply } = context
    if (!readAccept(request.headers.accept).events)
      throw new ToolDockError('not_acceptable', 'subscriptions/listen answers with an event stream: accept text/event-stream.')
    const extensions = readExtensionFilter(message.params)
    const upstream = extensions === undefined || view.namespace === null ? undefined : view.namespaces[0]?.upstream
    if (extensions !== undefined && upstream?.listen !== undefined) return listenThere(upstream.listen, extensions, context)
    begin(context, {})
    return reply
  }

  function begin({ message, envelope, view, request, reply }: ListenContext, honoured: Params): OpenSubscription & { readonly stream: EventStream } {
    const filter = readFilter(message.params)
    const client: UpstreamClient = { era: 'modern', clientCapabilities: envelope.clientCapabilities }
    let remove: (() => void) | undefined
    const stream = openStream(request, reply, () => remove?.())
    const ends = (filter.resourceSubscriptions ?? []).map((uri) => {
      const found = view.findResource(uri)
      return found?.namespace.upstream.subscribe?.(found.uri, client)
    })
    const subscription = subscriptions.add({ id: message.id, view, principal: request.principal, client, filter, stream }, honoured)
    remove = () => {
      subscription.forget()
      for (const end of ends) end?.()
    }
    if (!stream.open) remove()
    return { ...subscription, stream }
  }

  /** The stream here begins when the one there has, and ends with it. */
  async function listenThere(listenUpstream: Listen, extensions: Params, context: ListenContext): Promise<FastifyReply> {
    const { message, envelope, request, reply } = context
    readFilter(message.params)
    const begun = Promise.withResolvers<void>()
    let subscription: ReturnType<typeof begin> | undefined
    const beginWith = (honoured: Params): void => {
      try {
        subscription = begin(context, honoured)
        begun.resolve()
      } catch (error) {
        begun.reject(error)
        running.cancel('No stream could be opened for it.')
      }
    }
    const meta = passedMeta(message.params._meta)
    const running = listenUpstream({
      method: message.method,
      params: { notifications: extensions },
      requestId: request.requestId,
      principal: request.principal,
      era: 'modern',
      clientCapabilities: envelope.clientCapabilities,
      ...(envelope.clientInfo === undefined ? {} : { clientInfo: envelope.clientInfo }),
      ...(meta === undefined ? {} : { meta }),
      wantsProgress: false,
      onNotification(method, params) {
        if (method === ACKNOWLEDGED) beginWith(honouredOf(extensions, params.notifications))
        else if (!DEFINED.test(method)) subscription?.tell(method, params)
      },
    })
    reply.raw.once('close', () => running.cancel('The client closed the connection.'))
    running.result.then(
      () => {
        if (subscription === undefined) beginWith({})
        subscription?.end()
      },
      (error: unknown) => {
        if (subscription !== undefined) subscription.stream.end()
        else if (isRefusal(error)) begun.reject(error)
        else beginWith({})
      },
    )
    await begun.promise
    return reply
  }
}

const honouredOf = (asked: Params, notifications: unknown): Params =>
  isObject(notifications) ? Object.fromEntries(Object.entries(notifications).filter(([name]) => name in asked)) : {}

/** The server answered, and said no. One that does not run, or knows no such filters, honours none: the acknowledgment says so. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ToolDockError)) return true
  if (error.code === 'upstream_error') return (error.details as UpstreamErrorDetails).code !== METHOD_NOT_FOUND
  return error.code === 'missing_client_capability' || error.code === 'invalid_params' || error.code === 'cancelled'
}
