import type { Catalogue, PromptEntry, ResourceEntry, ResourceTemplateEntry, ToolEntry } from '@tooldock/worker/protocol'
import type { Upstream, UpstreamClient } from '../upstream/upstream.ts'

/** What is published now. Immutable: a change builds a new one and swaps it in by one assignment. */
export interface Snapshot {
  /** Grows by one with each change. */
  readonly version: number
  readonly namespaces: ReadonlyMap<string, PublishedNamespace>
}

/** One namespace as every frontend sees it. Lists of our own are sorted by name (resources by URI), those of a server are in its order. */
export interface PublishedNamespace {
  readonly name: string
  /** A bundle shows parts of the others; `own` is ToolDock itself. */
  readonly kind: 'native' | 'server' | 'bundle' | 'own'
  readonly title?: string
  readonly description?: string
  readonly instructions?: string
  /** What an external server says of itself; missing: the namespace is ours and can do everything. */
  readonly server?: {
    readonly info: Readonly<Record<string, unknown>>
    readonly capabilities: Readonly<Record<string, unknown>>
    /** That it was asked in; what the other era has no place for is not shown there. */
    readonly era: 'modern' | 'legacy'
    /** Of its list results, beside the entries and by their name: `_meta`, and what MCP does not define. */
    readonly listMembers?: Catalogue['listMembers']
  }
  /** Extensions of MCP 2026-07-28 that a namespace of ours offers; those of a server are among its capabilities. */
  readonly extensions?: Readonly<Record<string, unknown>>
  /** Records of its calls keep the arguments. */
  readonly logArguments?: boolean
  /** Id of the published generation; part of what a list is. */
  readonly generation: string
  readonly tools: readonly ToolEntry[]
  readonly resources: readonly ResourceEntry[]
  readonly resourceTemplates: readonly ResourceTemplateEntry[]
  readonly prompts: readonly PromptEntry[]
  readonly completions: boolean
  readonly toolsByName: ReadonlyMap<string, ToolEntry>
  readonly promptsByName: ReadonlyMap<string, PromptEntry>
  readonly upstream: Upstream
  /** A part of the namespace, for who may see some of its tools and nothing else: of its resources only these, their apps, can be read. */
  readonly readableUris?: ReadonlySet<string>
  /**
   * The namespace as a client of this era with these capabilities, or in this legacy session, sees it, when what a server lists depends on
   * them. Never slower than the server's list deadline; what is stored when the server does not run.
   */
  variantFor?(capabilities: Readonly<Record<string, unknown>>, era: 'modern' | 'legacy', session?: string): PublishedNamespace | Promise<PublishedNamespace>
}

/** Is this client served by the connection of the server that it was said on? */
export type IsFor = (client: UpstreamClient) => boolean

/** What changed between two snapshots, or what a tool announced. */
export type CatalogEvent = (
  | { readonly type: 'listChanged'; readonly namespace: string; readonly lists: ReadonlySet<'tools' | 'prompts' | 'resources'> }
  | { readonly type: 'resourceUpdated'; readonly namespace: string; readonly uri: string; readonly isFor?: IsFor }
  /** What a legacy server said to its client outside of any call. */
  | {
      readonly type: 'said'
      readonly namespace: string
      readonly method: string
      readonly params: Readonly<Record<string, unknown>>
      readonly isFor: IsFor
    }
) & {
  /** It is a bundle's: the namespaces it shows tell of the same, so clients of all namespaces hear it from those. */
  readonly isBundle?: true
}

export interface Catalog {
  /** Memory only; the path of a call reads it once per request. */
  readonly current: Snapshot
  /** Returns the unsubscribe function. Listeners must not throw. */
  subscribe(listener: (event: CatalogEvent) => void): () => void
}
