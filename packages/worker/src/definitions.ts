import type { Complete, Context } from '../../sdk/src/context.ts'
import { DEFINED_AT, KIND } from '../../sdk/src/define.ts'
import type { Catalogue } from './protocol.ts'
import type { CompiledSchema } from './schema-check.ts'
import type { UriTemplate } from './uri-template.ts'

/** What an author exported, before anything is known about it but its kind. */
export interface Exported {
  readonly kind: 'tool' | 'resource' | 'prompt'
  readonly spec: Readonly<Record<string, unknown>>
  readonly exportName: string
  readonly file: string
  readonly stack: string
}

export function readExport(value: unknown, exportName: string, file: string): Exported | undefined {
  if (typeof value !== 'object' || value === null || !(KIND in value)) return undefined
  const spec = value as Readonly<Record<PropertyKey, unknown>>
  return { kind: spec[KIND] as Exported['kind'], spec, exportName, file, stack: String(spec[DEFINED_AT]) }
}

export interface Tool {
  readonly name: string
  readonly input: CompiledSchema
  readonly output: CompiledSchema | undefined
  handler(args: unknown, ctx: Context): unknown
}
export interface Prompt {
  readonly name: string
  readonly description: string
  readonly input: CompiledSchema
  readonly complete: Readonly<Record<string, Complete>>
  handler(args: unknown, ctx: Context): unknown
}
export interface StaticResource {
  readonly uri: string
  readonly mimeType: string | undefined
  handler(request: { readonly uri: string }, ctx: Context): unknown
}
export interface TemplateResource {
  readonly uriTemplate: string
  readonly mimeType: string | undefined
  readonly template: UriTemplate
  readonly complete: Readonly<Record<string, Complete>>
  handler(request: { readonly uri: string; readonly variables: Record<string, string> }, ctx: Context): unknown
}

/** A folder that was loaded: what it lists, and what runs. */
export interface Definitions {
  readonly catalogue: Catalogue
  readonly tools: ReadonlyMap<string, Tool>
  readonly prompts: ReadonlyMap<string, Prompt>
  readonly resources: ReadonlyMap<string, StaticResource>
  readonly templates: readonly TemplateResource[]
}
