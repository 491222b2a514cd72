import type { Annotations, BlobResourceContents, Content, Icon, TextResourceContents } from './content.ts'
import type { Complete, Context } from './context.ts'
import type { InputRequired } from './input.ts'
import type { Args, Awaitable, InputOf, Schema } from './schema.ts'

/** Marks definitions. A registered symbol, so that two copies of this package in one process still know each other's. */
export const KIND = Symbol.for('tooldock.kind')
/** The stack of the `define…` call: load problems name its file, line and column. */
export const DEFINED_AT = Symbol.for('tooldock.definedAt')

interface Defined<K extends 'tool' | 'resource' | 'prompt'> {
  readonly [KIND]: K
  readonly [DEFINED_AT]: string
}

interface Described {
  /** Default: the name of the export. */
  readonly name?: string
  readonly title?: string
  readonly icons?: readonly Icon[]
  readonly _meta?: Readonly<Record<string, unknown>>
}

export interface ToolAnnotations {
  readonly title?: string
  readonly readOnlyHint?: boolean
  readonly destructiveHint?: boolean
  readonly idempotentHint?: boolean
  readonly openWorldHint?: boolean
}

/** A whole MCP result, for what a plain value cannot say. */
export interface ToolResult {
  readonly content: readonly Content[]
  readonly structuredContent?: unknown
  readonly isError?: boolean
  readonly _meta?: Readonly<Record<string, unknown>>
}

/** With an output schema: data that matches it. Without: text, data, content, or nothing. */
export type ToolReturn<O> = [O] extends [undefined] ? unknown : InputOf<O> | ToolResult | InputRequired

export interface ToolSpec<I extends Schema | undefined, O extends Schema | undefined> extends Described {
  readonly description?: string
  /** Must describe an object. Absent: the tool takes no arguments. */
  readonly input?: I
  /** What the tool answers; checked, and shown to clients as its output schema. */
  readonly output?: O
  readonly annotations?: ToolAnnotations
  /** Overrides the namespace's timeout. */
  readonly timeoutSeconds?: number
  handler(args: Args<I>, ctx: Context): Awaitable<ToolReturn<O>>
}
export type ToolDefinition<I extends Schema | undefined = Schema | undefined, O extends Schema | undefined = Schema | undefined> = ToolSpec<I, O> &
  Defined<'tool'>

/** Text, bytes, or data (sent as its JSON); undefined: there is no such resource. */
export type ResourceReturn =
  | string
  | Uint8Array
  | {
      readonly contents: readonly (Omit<TextResourceContents, 'uri'> | Omit<BlobResourceContents, 'uri'>)[]
      readonly _meta?: Readonly<Record<string, unknown>>
    }
  | InputRequired
  | object
  | null
  | undefined

interface ResourceCommon extends Described {
  readonly description?: string
  readonly mimeType?: string
  readonly annotations?: Annotations
}
export interface StaticResourceSpec extends ResourceCommon {
  readonly uri: string
  /** bytes */
  readonly size?: number
  handler(request: { readonly uri: string }, ctx: Context): Awaitable<ResourceReturn>
}

type NamesIn<List extends string> = List extends `${infer Head},${infer Tail}` ? NamesIn<Head> | NamesIn<Tail> : List extends `${infer Name}*` ? Name : List
type Operator = '+' | '#' | '.' | '/' | '?' | '&'
type Expression<E extends string> = E extends `${Operator}${infer List}` ? NamesIn<List> : NamesIn<E>
type Optional<E extends string> = E extends `${'?' | '&'}${infer List}` ? NamesIn<List> : never
type Expressions<T extends string> = T extends `${string}{${infer E}}${infer Rest}` ? E | Expressions<Rest> : never
/** Variables of an RFC 6570 template by name; those of a query may be absent. */
export type Variables<T extends string> = string extends T
  ? Record<string, string>
  : { [Name in Exclude<Expression<Expressions<T>>, Optional<Expressions<T>>>]: string } & { [Name in Optional<Expressions<T>>]?: string }

export interface TemplateResourceSpec<T extends string> extends ResourceCommon {
  /** RFC 6570: `{id}`, `{+path}`, `{/segment}`, `{?query,more}`. */
  readonly uriTemplate: T
  /** Resources of this template to list; called when the folder is published. */
  list?(): Awaitable<
    readonly { readonly uri: string; readonly name: string; readonly title?: string; readonly description?: string; readonly mimeType?: string }[]
  >
  readonly complete?: { readonly [Name in keyof Variables<T>]?: Complete }
  handler(request: { readonly uri: string; readonly variables: Variables<T> }, ctx: Context): Awaitable<ResourceReturn>
}
export type StaticResourceDefinition = StaticResourceSpec & Defined<'resource'>
export type TemplateResourceDefinition<T extends string = string> = TemplateResourceSpec<T> & Defined<'resource'>

export interface PromptMessage {
  readonly role: 'user' | 'assistant'
  readonly content: Content
}
/** Text or content: one message of the user. */
export type PromptReturn =
  | string
  | Content
  | readonly PromptMessage[]
  | { readonly description?: string; readonly messages: readonly PromptMessage[]; readonly _meta?: Readonly<Record<string, unknown>> }
  | InputRequired
export interface PromptSpec<I extends Schema | undefined> extends Described {
  readonly description: string
  /** Arguments. Clients send text: use coercion for anything else. */
  readonly input?: I
  readonly complete?: { readonly [Name in keyof Args<I>]?: Complete }
  handler(args: Args<I>, ctx: Context): Awaitable<PromptReturn>
}
export type PromptDefinition<I extends Schema | undefined = Schema | undefined> = PromptSpec<I> & Defined<'prompt'>

function defined<K extends 'tool' | 'resource' | 'prompt', Spec extends object>(kind: K, spec: Spec): Spec & Defined<K> {
  return Object.freeze({ ...spec, [KIND]: kind, [DEFINED_AT]: new Error('defined here').stack ?? '' })
}

/** A tool that a model may call. Export it: that is all it takes to publish it. */
export function defineTool<const I extends Schema | undefined = undefined, const O extends Schema | undefined = undefined>(
  spec: ToolSpec<I, O>,
): ToolDefinition<I, O> {
  return defined('tool', spec)
}

/** Something to read, at one address (`uri`) or at all that match a template (`uriTemplate`). */
export function defineResource(spec: StaticResourceSpec): StaticResourceDefinition
export function defineResource<const T extends string>(spec: TemplateResourceSpec<T>): TemplateResourceDefinition<T>
export function defineResource(spec: object): object {
  return defined('resource', spec)
}

/** A message, or several, that a user may start from. */
export function definePrompt<const I extends Schema | undefined = undefined>(spec: PromptSpec<I>): PromptDefinition<I> {
  return defined('prompt', spec)
}
