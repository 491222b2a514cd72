import { combinedUri, splitCombinedUri } from '../catalog/combined-name.ts'
import { withRenamedUris } from '../catalog/renamed-uris.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { ROOTS_CHANGED } from '../upstream/legacy-connection.ts'
import type { RunningCall, Upstream, UpstreamCall, UpstreamResult } from '../upstream/upstream.ts'
import type { Assembly } from './assemble.ts'
import type { Origin } from './bundle.types.ts'
import { createBundleSkills, type SkillServer } from './bundle-skills.ts'
import type { ResourceWatches } from './resource-watches.ts'
import { createDiscovery, type DiscoveryCall } from './search-tools.ts'
import { unwrapState, wrapState } from './wrapped-state.ts'

type Params = UpstreamCall['params']

export interface BundleUpstreamDeps {
  readonly namespace: string
  /** The namespaces it shows, and those of them that serve skills. */
  readonly members: readonly string[]
  readonly skillServers: readonly SkillServer[]
  readonly assembly: Assembly
  readonly discovery: 'list' | 'search'
  /** The upstream of a namespace now: it may have been reloaded since the bundle was put together. */
  readonly find: (namespace: string) => Upstream | undefined
  readonly watches: ResourceWatches
}

/** Where a call goes, in the names of the namespace that gets it. */
interface Target {
  readonly origin: Origin
  readonly params: Params
  readonly timeoutMs?: number
}

/** Passes each call on to the namespace that what it asks for comes from. */
export function createBundleUpstream({ namespace, members, skillServers, assembly, discovery, find, watches }: BundleUpstreamDeps): Upstream {
  const discover = discovery === 'search' ? createDiscovery([...assembly.tools.values()].map(({ shown }) => shown)) : undefined

  function call(call: UpstreamCall): RunningCall {
    try {
      const found = call.method === 'tools/call' && discover !== undefined ? discover(String(call.params.name), call.params.arguments) : undefined
      if (found?.kind === 'search') return { result: Promise.resolve({ kind: 'complete', isError: false, json: found.json }), cancel() {} }
      const target = locate(call, found === undefined ? call.params : calledParams(call.params, found))
      const running = upstreamOf(target.origin.namespace).call(forwarded(call, target))
      return { result: running.result.then((result) => renamed(result, target.origin)), cancel: (reason) => running.cancel(reason) }
    } catch (error) {
      return { result: Promise.reject(error), cancel() {} }
    }
  }

  function locate({ method }: UpstreamCall, params: Params): Target {
    switch (method) {
      case 'tools/call': {
        const found = assembly.tools.get(String(params.name))
        if (found === undefined) throw new ToolDockError('tool_not_found', `There is no tool "${String(params.name)}" in the bundle "${namespace}".`)
        const { timeoutSeconds } = found.shown
        return {
          origin: found.origin,
          params: { ...params, name: found.origin.name },
          ...(timeoutSeconds === undefined ? undefined : { timeoutMs: timeoutSeconds * 1000 }),
        }
      }
      case 'prompts/get': {
        const origin = locatePrompt(params.name)
        return { origin, params: { ...params, name: origin.name } }
      }
      case 'resources/read': {
        const origin = locateResource(params.uri)
        return { origin, params: { ...params, uri: origin.name } }
      }
      case 'completion/complete': {
        const ref = params.ref as { readonly type: string; readonly name?: unknown; readonly uri?: unknown }
        const origin = ref.type === 'ref/prompt' ? locatePrompt(ref.name) : locateResource(ref.uri)
        return { origin, params: { ...params, ref: { ...ref, [ref.type === 'ref/prompt' ? 'name' : 'uri']: origin.name } } }
      }
    }
  }

  function locatePrompt(name: unknown): Origin {
    const found = assembly.prompts.get(String(name))
    if (found === undefined) throw new ToolDockError('prompt_not_found', `There is no prompt "${String(name)}" in the bundle "${namespace}".`)
    return found.origin
  }

  function locateResource(uri: unknown): Origin {
    const found = resourceOrigin(String(uri))
    if (found === undefined) throw new ToolDockError('resource_not_found', `There is no resource "${String(uri)}" in the bundle "${namespace}".`, { uri })
    return found
  }

  function resourceOrigin(uri: string): Origin | undefined {
    const split = splitCombinedUri(uri)
    return split !== undefined && assembly.shows(split.namespace, split.uri) ? { namespace: split.namespace, name: split.uri } : undefined
  }

  function upstreamOf(member: string): Upstream {
    const upstream = find(member)
    if (upstream === undefined)
      throw new ToolDockError('namespace_unavailable', `The namespace "${member}", which the bundle "${namespace}" shows, is not published now.`)
    return upstream
  }

  return {
    call,
    subscribe(uri, client) {
      const origin = resourceOrigin(uri)
      return origin === undefined ? () => {} : watches.add(origin.namespace, origin.name, client)
    },
    ...(skillServers.length === 0 ? {} : { pass: createBundleSkills({ servers: skillServers, shows: assembly.shows, find }) }),
    notify(notification) {
      if (notification.method === ROOTS_CHANGED) for (const member of members) find(member)?.notify?.(notification)
    },
    // The sessions of a bundle's clients are the frontend's; it tells each namespace by itself when one has ended.
    abandon(requestState) {
      const { namespace: member, state } = unwrapState(requestState)
      find(member)?.abandon(state)
    },
  }
}

function calledParams(params: Params, { params: called }: DiscoveryCall & { readonly kind: 'call' }): Params {
  const { arguments: _own, ...rest } = params
  return { ...rest, ...called }
}

function forwarded(call: UpstreamCall, { origin, params, timeoutMs }: Target): UpstreamCall {
  const { requestState, ...own } = params
  return {
    ...call,
    params: requestState === undefined ? own : { ...own, requestState: ownState(origin, String(requestState)) },
    ...(timeoutMs === undefined ? undefined : { timeoutMs }),
  }
}

/** The bundle may have changed since it was asked: an answer goes to what asked, or nowhere. */
function ownState(origin: Origin, wrapped: string): string {
  const { namespace, name, state } = unwrapState(wrapped)
  if (namespace !== origin.namespace || name !== origin.name)
    throw new ToolDockError('parked_call_gone', 'The bundle has changed, and this name means something else now: start the call again.')
  return state
}

function renamed(result: UpstreamResult, origin: Origin): UpstreamResult {
  if (result.kind === 'complete') return { ...result, json: withRenamedUris(result.json, (uri) => combinedUri(origin.namespace, uri)) }
  return result.requestState === undefined ? result : { ...result, requestState: wrapState(origin, result.requestState) }
}
