import type { CatalogEvent } from '../../catalog/snapshot.ts'
import type { View } from '../../catalog/view.types.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { canSee, type Principal } from '../../kernel/principal.ts'
import { META } from '../../kernel/protocol-version.ts'
import type { UpstreamClient } from '../../upstream/upstream.ts'
import type { EventStream } from '../event-stream.ts'
import { isObject, notificationText, type Params, type RequestId, resultText } from '../json-rpc.ts'

interface Filter {
  readonly toolsListChanged?: true
  readonly promptsListChanged?: true
  readonly resourcesListChanged?: true
  readonly resourceSubscriptions?: readonly string[]
}

export interface Subscription {
  readonly id: RequestId
  readonly view: View
  readonly principal: Principal
  readonly client: UpstreamClient
  readonly filter: Filter
  readonly stream: EventStream
}

/** A subscription as who opened it holds it. */
export interface OpenSubscription {
  tell(method: string, params: Record<string, unknown>): void
  end(): void
  /** Without a word: its stream is closed. */
  forget(): void
}

/** URIs one `subscriptions/listen` may name. */
const RESOURCE_SUBSCRIPTIONS_MAX = 1000

/** The open `subscriptions/listen` streams (2026-07-28, basic/patterns/subscriptions). */
export function createSubscriptions() {
  const open = new Set<Subscription>()
  const tell = (subscription: Subscription, method: string, params: Record<string, unknown>) =>
    subscription.stream.send(
      notificationText(method, { ...params, _meta: { ...(params._meta as object | undefined), [META.subscriptionId]: subscription.id } }),
    )
  /** With a result, so that the client knows the end was meant ("Graceful Closure"). */
  const end = ({ id, stream }: Subscription): void => {
    stream.send(resultText(id, JSON.stringify({ resultType: 'complete', _meta: { [META.subscriptionId]: id } })))
    stream.end()
  }

  return {
    get size() {
      return open.size
    },

    /** Acknowledges first: nothing may be sent on the subscription before. `honoured`: what a server agreed to beside the filter. */
    add(subscription: Subscription, honoured: Params): OpenSubscription {
      tell(subscription, 'notifications/subscriptions/acknowledged', { notifications: { ...honoured, ...subscription.filter } })
      open.add(subscription)
      return {
        tell: (method, params) => tell(subscription, method, params),
        end: () => end(subscription),
        forget: () => void open.delete(subscription),
      }
    },

    publish(event: CatalogEvent): void {
      // Nobody who listens has asked for it.
      if (event.type === 'said') return
      for (const subscription of open) {
        const { view, principal, client, filter } = subscription
        if (view.namespace === null ? event.isBundle : view.namespace !== event.namespace) continue
        if (!canSee(principal, event.namespace)) continue
        if (event.type === 'resourceUpdated') {
          const uri = view.uriOf(event.namespace, event.uri)
          if (filter.resourceSubscriptions?.includes(uri) && (event.isFor?.(client) ?? true)) tell(subscription, 'notifications/resources/updated', { uri })
          continue
        }
        if (filter.toolsListChanged && event.lists.has('tools')) tell(subscription, 'notifications/tools/list_changed', {})
        if (filter.promptsListChanged && event.lists.has('prompts')) tell(subscription, 'notifications/prompts/list_changed', {})
        if (filter.resourcesListChanged && event.lists.has('resources')) tell(subscription, 'notifications/resources/list_changed', {})
      }
    },

    close(): void {
      for (const subscription of [...open]) end(subscription)
      open.clear()
    },
  }
}
export type Subscriptions = ReturnType<typeof createSubscriptions>

/** The part of a requested filter that is honoured. @throws invalid_params */
export function readFilter(params: Params): Filter {
  const { notifications } = params
  if (!isObject(notifications)) throw new ToolDockError('invalid_params', '"notifications" must be an object that says what to listen for.')
  const uris = notifications.resourceSubscriptions
  if (uris !== undefined && !(Array.isArray(uris) && uris.every((uri) => typeof uri === 'string')))
    throw new ToolDockError('invalid_params', '"notifications.resourceSubscriptions" must be an array of URIs.')
  if (uris !== undefined && uris.length > RESOURCE_SUBSCRIPTIONS_MAX)
    throw new ToolDockError('invalid_params', `"notifications.resourceSubscriptions" may hold ${RESOURCE_SUBSCRIPTIONS_MAX} URIs at most.`)
  return {
    ...(notifications.toolsListChanged === true ? { toolsListChanged: true } : {}),
    ...(notifications.promptsListChanged === true ? { promptsListChanged: true } : {}),
    ...(notifications.resourcesListChanged === true ? { resourcesListChanged: true } : {}),
    ...(uris === undefined ? {} : { resourceSubscriptions: uris as string[] }),
  }
}

const DEFINED: ReadonlySet<string> = new Set(['toolsListChanged', 'promptsListChanged', 'resourcesListChanged', 'resourceSubscriptions'])

/** The part of a requested filter that MCP does not define, for a server to understand. Undefined: there is none. */
export function readExtensionFilter({ notifications }: Params): Params | undefined {
  const members = isObject(notifications) ? Object.entries(notifications).filter(([name]) => !DEFINED.has(name)) : []
  return members.length === 0 ? undefined : Object.fromEntries(members)
}
