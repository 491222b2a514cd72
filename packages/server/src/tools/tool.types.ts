import type { JsonSchema } from '@tooldock/worker/protocol'
import type { ToolOverride } from '../catalog/overridden-tool.ts'
import type { PublishedNamespace } from '../catalog/snapshot.ts'

/** What an administrator decided about one tool; a tool without a setting is enabled and shown as its owner wrote it. */
export interface ToolSetting {
  /** A tool that is not enabled does not exist for callers. */
  readonly enabled: boolean
  readonly override: ToolOverride | null
}

/** What is missing stays. */
export type ToolPatch = Partial<ToolSetting>

/** Calls of the last 24 hours. */
export interface ToolUsage {
  readonly calls: number
  readonly errors: number
  /** Null: there was no call. */
  readonly p95Ms: number | null
}

/** The usage of every tool that was called, by {@link toolKey}. */
export type ReadUsage = () => Promise<ReadonlyMap<string, ToolUsage>>

export const toolKey = (namespace: string, tool: string): string => `${namespace} ${tool}`

/** Where a tool is written, or what shows it. */
export interface ToolOrigin {
  readonly file?: string
  readonly server?: string
  readonly bundle?: string
}

/** A tool as callers see it when it is enabled, and what there is to know about it. */
export interface ToolOverview {
  readonly namespace: string
  readonly kind: PublishedNamespace['kind']
  readonly name: string
  /** Its name among all namespaces; null: it is shown there under another, as tools of bundles are. */
  readonly combinedName: string | null
  readonly title?: string
  readonly description?: string
  readonly inputSchema: JsonSchema
  readonly outputSchema?: JsonSchema
  readonly annotations?: Readonly<Record<string, unknown>>
  readonly icons?: readonly unknown[]
  readonly enabled: boolean
  readonly override: ToolOverride | null
  /** What its owner wrote, where the override says something else. */
  readonly original?: ToolOverride
  readonly origin: ToolOrigin
  readonly usage: ToolUsage
}

export interface ToolQuery {
  readonly namespace?: string
  /** Words that all stand in its names, title or description. */
  readonly search?: string
  readonly limit: number
  readonly cursor?: string
}

export interface ToolPage {
  readonly tools: readonly ToolOverview[]
  readonly nextCursor: string | null
  /** Tools that match, on all pages. */
  readonly total: number
}

/** Arguments worth keeping, under a name. */
export interface ToolExample {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly updatedAt: string
}

/** Does this tool exist for the caller? */
export type Sees = (namespace: string, tool: string) => boolean

export interface ToolService {
  /** @throws {ToolDockError} `invalid_params` for a cursor that this list did not give */
  list(query: ToolQuery, sees: Sees): Promise<ToolPage>
  /** @throws {ToolDockError} `namespace_not_found`, `tool_not_found` */
  get(namespace: string, tool: string): Promise<ToolOverview>
  /** Stores the setting and publishes the namespace by it. @throws {ToolDockError} `namespace_not_found`, `tool_not_found`, `conflict` at the bound */
  change(namespace: string, tool: string, patch: ToolPatch): Promise<ToolOverview>
  /** By name. @throws {ToolDockError} `namespace_not_found`, `tool_not_found` */
  examples(namespace: string, tool: string): Promise<readonly ToolExample[]>
  /** @throws {ToolDockError} `not_found` */
  example(namespace: string, tool: string, name: string): Promise<ToolExample>
  /** Replaces the one of this name. @throws {ToolDockError} `namespace_not_found`, `tool_not_found`, `conflict` at the bound */
  saveExample(namespace: string, tool: string, name: string, args: Readonly<Record<string, unknown>>): Promise<ToolExample>
  /** @throws {ToolDockError} `not_found` */
  removeExample(namespace: string, tool: string, name: string): Promise<void>
  /** Forgets everything about the tools of a namespace that is gone for good. */
  forget(namespace: string): Promise<void>
}
