import type { PromptEntry, ResourceEntry, ResourceTemplateEntry, ToolEntry } from '@tooldock/worker/protocol'
import type { Visibility } from '../kernel/principal.ts'
import type { PublishedNamespace } from './snapshot.ts'

/** What one address shows of a snapshot: a namespace with its own names, or all of them with prefixed ones. */
export interface View {
  /** Null: all namespaces. */
  readonly namespace: string | null
  readonly title: string
  readonly instructions: string | undefined
  readonly namespaces: readonly PublishedNamespace[]
  /** Names and URIs as this view shows them; sorted, but for those of one server, which are in its order. Prefixed entries carry no `file`. */
  readonly tools: readonly ToolEntry[]
  readonly resources: readonly ResourceEntry[]
  readonly resourceTemplates: readonly ResourceTemplateEntry[]
  readonly prompts: readonly PromptEntry[]
  readonly completions: boolean
  /** `name` as this view shows it, or (single namespace) as v1's users wrote it: `default__x`, `{ns}__x`. */
  findTool(name: string): { readonly namespace: PublishedNamespace; readonly entry: ToolEntry } | undefined
  findPrompt(name: string): { readonly namespace: PublishedNamespace; readonly entry: PromptEntry } | undefined
  /** The namespace and its own URI for a URI of this view. Does not check that the resource exists. */
  findResource(uri: string): { readonly namespace: PublishedNamespace; readonly uri: string } | undefined
  /** How a URI of `namespace` reads in this view. */
  uriOf(namespace: string, uri: string): string
}

export interface Views {
  /**
   * @param sees what exists for who asks; undefined: everything
   * @throws namespace_not_found, also for a namespace that does not exist for who asks
   */
  of(namespace: string, sees?: Visibility): View
  all(sees?: Visibility): View
  /** The view as a client of this era with these capabilities, or in this session, sees it; the same one but for servers whose lists depend on them. */
  forClient(view: View, capabilities: Readonly<Record<string, unknown>>, era: 'modern' | 'legacy', session?: string): View | Promise<View>
}
