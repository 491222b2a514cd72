import { META } from '../kernel/protocol-version.ts'
import type { Channel, ChannelExchange, ChannelMessage } from './channel.ts'
import { isObject, type Json } from './json-lines.ts'
import type { ConnectionEvent } from './mcp-connection.types.ts'
import { standardHeaders } from './tool-headers.ts'

/** Before a lost stream is opened again: doubled with each failure. In milliseconds. */
const REOPEN_MS = 500
const REOPEN_MAX_MS = 30_000
export const LISTEN = 'subscriptions/listen'
export const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'

export interface ListenStreamDeps {
  readonly channel: Channel
  /** Of the server: which lists can be listened to. */
  readonly capabilities: Json
  readonly paramsOf: (params: Json) => Json
  /** What the stream brings. */
  readonly onMessage: (message: ChannelMessage) => void
  /** The stream was lost and is open again: what changed in between is not known. */
  readonly onReopened: () => void
  readonly onEvent: (event: ConnectionEvent) => void
}

/**
 * The one `subscriptions/listen` of a connection (2026-07-28, basic/patterns/subscriptions). A changed filter opens a new
 * stream and ends the old one when the new one is acknowledged, so that nothing is missed; a lost one is opened again.
 */
export function createListenStream({ channel, capabilities, paramsOf, onMessage, onReopened, onEvent }: ListenStreamDeps) {
  const uris = new Set<string>()
  let active: ChannelExchange | undefined
  let opening: ChannelExchange | undefined
  let isChangePending = false
  let wasLost = false
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  function filter(): Json {
    const changes = (capability: string) => isObject(capabilities[capability]) && capabilities[capability].listChanged === true
    return {
      ...(changes('tools') ? { toolsListChanged: true } : {}),
      ...(changes('prompts') ? { promptsListChanged: true } : {}),
      ...(changes('resources') ? { resourcesListChanged: true } : {}),
      ...(uris.size > 0 ? { resourceSubscriptions: [...uris] } : {}),
    }
  }

  function open(): void {
    isChangePending = false
    if (isClosed) return
    if (opening !== undefined) end(opening)
    const notifications = filter()
    if (Object.keys(notifications).length === 0) {
      opening = undefined
      if (active !== undefined) end(active)
      active = undefined
      return
    }
    const params = paramsOf({ notifications })
    const exchange = channel.request({
      method: LISTEN,
      params,
      ...(channel.kind === 'http' ? { headers: standardHeaders(LISTEN, params), onMessage: (message: ChannelMessage) => hearOn(exchange, message) } : {}),
    })
    opening = exchange
    exchange.answer.then(
      (answer) => (answer.kind === 'error' ? refused(exchange, answer.message) : lost(exchange)),
      () => lost(exchange),
    )
  }

  function hearOn(exchange: ChannelExchange, message: ChannelMessage): void {
    // Whatever comes first acknowledges: not every server writes what it must.
    acknowledged(exchange)
    if (exchange === active && message.method !== ACKNOWLEDGED) onMessage(message)
  }

  function acknowledged(exchange: ChannelExchange): void {
    if (exchange !== opening) return
    opening = undefined
    failures = 0
    if (active !== undefined) end(active)
    active = exchange
    if (wasLost) onReopened()
    wasLost = false
  }

  const end = (exchange: ChannelExchange): void => endListening(channel, exchange)

  function refused(exchange: ChannelExchange, reason: string): void {
    if (exchange !== opening) return
    opening = undefined
    onEvent({ type: 'log', level: 'warning', data: `The server refuses to announce changes: ${reason}` })
  }

  function lost(exchange: ChannelExchange): void {
    if (isClosed || (exchange !== active && exchange !== opening)) return
    if (exchange === active) active = undefined
    else opening = undefined
    wasLost = true
    if (opening !== undefined || timer !== undefined) return
    timer = setTimeout(
      () => {
        timer = undefined
        open()
      },
      Math.min(REOPEN_MS * 2 ** failures++, REOPEN_MAX_MS),
    )
  }

  function change(): void {
    // While a lost stream waits to be opened again it will be with the filter of then.
    if (isChangePending || timer !== undefined) return
    isChangePending = true
    queueMicrotask(open)
  }

  return {
    open,
    /** stdio: takes what is for this stream; false when it is for another. */
    hear(message: ChannelMessage): boolean {
      if (message.method === 'notifications/cancelled') {
        const ended = [active, opening].find((exchange) => exchange?.id === message.params.requestId)
        if (ended !== undefined) lost(ended)
        return ended !== undefined
      }
      const id = subscriptionIdOf(message)
      const exchange = [opening, active].find((candidate) => candidate !== undefined && candidate.id === id)
      if (exchange !== undefined) hearOn(exchange, message)
      return exchange !== undefined
    },
    watch(uri: string): void {
      uris.add(uri)
      change()
    },
    unwatch(uri: string): void {
      uris.delete(uri)
      change()
    },
    close(): void {
      isClosed = true
      clearTimeout(timer)
      for (const exchange of [opening, active]) if (exchange !== undefined) end(exchange)
      opening = active = undefined
    },
  }
}

/** HTTP: the end of the stream tells the server. stdio: a notification does. */
export function endListening(channel: Channel, exchange: ChannelExchange): void {
  exchange.cancel()
  if (channel.kind === 'stdio') channel.notify('notifications/cancelled', { requestId: exchange.id }).catch(() => {}) // closed: ended anyway
}

/** stdio: the stream that a message is for. */
export function subscriptionIdOf({ params: { _meta } }: ChannelMessage): unknown {
  return isObject(_meta) ? _meta[META.subscriptionId] : undefined
}
