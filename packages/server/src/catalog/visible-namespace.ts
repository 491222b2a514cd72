import type { Principal } from '../kernel/principal.ts'
import { canSee } from '../kernel/principal.ts'
import { capabilitiesAcrossEras, requestWithoutExtensions } from '../upstream/across-eras.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { appsOf } from './renamed-uris.ts'
import type { PublishedNamespace } from './snapshot.ts'

/** What of a namespace exists for somebody: the namespace itself, a part, or undefined. */
export type See = (namespace: PublishedNamespace) => PublishedNamespace | undefined

/** Answers with the same part for the same namespace, so that what is made for it can be kept. */
export function createSee(sees: NonNullable<Principal['sees']>): See {
  const parts = new WeakMap<PublishedNamespace, PublishedNamespace>()
  return (namespace) => {
    if (!canSee({ sees }, namespace.name)) return undefined
    const names = sees.tools?.get(namespace.name)
    if (names === undefined) return namespace
    let part = parts.get(namespace)
    if (part === undefined) parts.set(namespace, (part = onlyTools(namespace, names)))
    return part
  }
}

function onlyTools(namespace: PublishedNamespace, names: ReadonlySet<string>): PublishedNamespace {
  const { variantFor, server, extensions: _hidden, ...rest } = namespace
  const tools = namespace.tools.filter(({ name }) => names.has(name))
  const part: PublishedNamespace = {
    ...rest,
    tools,
    toolsByName: new Map(tools.map((tool) => [tool.name, tool])),
    resources: [],
    resourceTemplates: [],
    prompts: [],
    promptsByName: new Map(),
    completions: false,
    readableUris: new Set(tools.flatMap(appsOf)),
    upstream: callsOnly(namespace.upstream),
    ...(server === undefined ? {} : { server: { info: server.info, era: server.era, capabilities: capabilitiesAcrossEras(server.capabilities) } }),
    ...(variantFor === undefined ? {} : { variantFor: async (...asked) => onlyToolsOnce(await variantFor(...asked)) }),
  }
  const variants = new WeakMap<PublishedNamespace, PublishedNamespace>([[namespace, part]])
  const onlyToolsOnce = (variant: PublishedNamespace): PublishedNamespace => {
    let known = variants.get(variant)
    if (known === undefined) variants.set(variant, (known = onlyTools(variant, names)))
    return known
  }
  return part
}

/** Neither extensions, whose methods MCP does not define, nor resources to watch: what they would show cannot be known here. */
function callsOnly(upstream: Upstream): Upstream {
  return {
    call: (call) => upstream.call(requestWithoutExtensions(call)),
    abandon: (requestState) => upstream.abandon(requestState),
    endSession: (session) => upstream.endSession?.(session),
  }
}
