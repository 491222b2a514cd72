import type { Manifest } from '@tooldock/worker/manifest'
import type { BundleService, BundleStatus } from '../../bundles/bundle.types.ts'
import type { PublishedNamespace } from '../../catalog/snapshot.ts'
import type { NamespaceStatus } from '../../namespaces/namespace-service.types.ts'
import type { ServerService, ServerStatus } from '../../servers/server-service.types.ts'

/** A namespace of any kind as lists show it. What only folders have is null, empty or 0 for the others. */
export interface NamespaceOverview extends Omit<NamespaceStatus, 'kind' | 'state' | 'worker' | 'problems'> {
  /** `own`: ToolDock itself, as tools. */
  readonly kind: 'native' | 'server' | 'bundle' | 'own'
  /** Of a folder `published` or `unpublished`; of a server and a bundle what their own lists say. */
  readonly state: string
  /** Why it is in this state; null when there is nothing to say. */
  readonly reason: string | null
  readonly title: string | null
  readonly description: string | null
  /** Absolute, as whoever asks reaches this gateway. */
  readonly endpoints: { readonly mcp: string; readonly sse: string; readonly openapi: string; readonly docs: string }
  /** When what it publishes, or its configuration, last changed. */
  readonly changedAt: string | null
  readonly problems: readonly {
    readonly file?: string
    readonly line?: number
    readonly column?: number
    readonly code: string
    readonly message: string
  }[]
  readonly worker: NamespaceStatus['worker'] | null
  readonly drafts: number
}

/** With what its `tooldock.json` says; null for what is no folder, and for those who may not change it. */
export interface NamespaceDetail extends NamespaceOverview {
  readonly manifest: {
    readonly title: string | null
    readonly description: string | null
    readonly instructions: string | null
    readonly env: Readonly<Record<string, string>>
    readonly limits: Readonly<Record<string, number>>
    readonly permissions: readonly string[]
    readonly keepWarm: boolean
  } | null
}

export interface OverviewSources {
  readonly native: readonly NamespaceStatus[]
  readonly servers: ReturnType<ServerService['list']>
  readonly bundles: ReturnType<BundleService['list']>
  /** ToolDock's own, when it is turned on. */
  readonly own: PublishedNamespace | undefined
  readonly drafts: ReadonlyMap<string, number>
  readonly baseUrl: string
}

/** Every namespace, by name. */
export function overviewOf({ native, servers, bundles, own, drafts, baseUrl }: OverviewSources): readonly NamespaceOverview[] {
  return [
    ...native.map((status) => ofFolder(status, drafts.get(status.name) ?? 0, baseUrl)),
    ...servers.map((server) => ofServer(server, baseUrl)),
    ...bundles.map((bundle) => ofBundle(bundle, baseUrl)),
    ...(own === undefined ? [] : [ofOwn(own, baseUrl)]),
  ].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function ofFolder(status: NamespaceStatus, drafts: number, baseUrl: string): NamespaceOverview {
  const [first] = status.problems
  const reason = status.state === 'unpublished' && first !== undefined ? first.message : null
  return { ...status, reason, endpoints: endpointsOf(status.name, baseUrl), changedAt: status.publishedAt, drafts }
}

const NO_FOLDER = {
  worker: null,
  generation: null,
  publishedAt: null,
  unpublishedChanges: false,
  drafts: 0,
  requestedPermissions: [],
  acceptedPermissions: [],
} as const

function ofServer({ namespace: name, state, reason, title, server, since, tools, resources, prompts }: ServerStatus, baseUrl: string): NamespaceOverview {
  const { description } = server?.info ?? {}
  return {
    ...NO_FOLDER,
    ...{ name, kind: 'server', state, reason, title, tools, resources, prompts },
    description: typeof description === 'string' ? description : null,
    endpoints: endpointsOf(name, baseUrl),
    changedAt: since,
    problems: state === 'failed' && reason !== null ? [{ code: 'server_failed', message: reason }] : [],
  }
}

function ofBundle({ namespace: name, state, problems, tools, resources, prompts, config, updatedAt }: BundleStatus, baseUrl: string): NamespaceOverview {
  return {
    ...NO_FOLDER,
    ...{ name, kind: 'bundle', state, tools, resources, prompts },
    reason: problems[0]?.message ?? null,
    title: config.title ?? null,
    description: config.description ?? null,
    endpoints: endpointsOf(name, baseUrl),
    changedAt: updatedAt,
    problems: problems.map(({ code, message }) => ({ code, message })),
  }
}

function ofOwn({ name, title, description, tools }: PublishedNamespace, baseUrl: string): NamespaceOverview {
  return {
    ...NO_FOLDER,
    ...{ name, kind: 'own', state: 'published', reason: null, title: title ?? null, description: description ?? null },
    ...{ tools: tools.length, resources: 0, prompts: 0, changedAt: null, problems: [] },
    endpoints: endpointsOf(name, baseUrl),
  }
}

function endpointsOf(name: string, baseUrl: string): NamespaceOverview['endpoints'] {
  const at = `${baseUrl}/${name}`
  return { mcp: `${at}/mcp`, sse: `${at}/sse`, openapi: `${at}/openapi/openapi.json`, docs: `${at}/openapi/docs` }
}

export function manifestOf(manifest: Manifest): NonNullable<NamespaceDetail['manifest']> {
  const { title = null, description = null, instructions = null, env, limits, permissions, keepWarm } = manifest
  const given = Object.entries(limits).filter((limit): limit is [string, number] => limit[1] !== undefined)
  return { title, description, instructions, env, limits: Object.fromEntries(given), permissions, keepWarm }
}
