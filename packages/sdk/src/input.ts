import type { Content } from './content.ts'
import type { JsonSchema, OutputOf, Schema } from './schema.ts'

/** A form: one level of text, number, boolean and choice fields. */
export interface ElicitForm<S extends Schema = Schema> {
  readonly message: string
  /** Fields to fill in. A raw JSON Schema reaches the client exactly as written. */
  readonly schema: S
  /** Names this question in the call; made up when absent. Questions asked side by side need different keys. */
  readonly key?: string
}
/** A page the user should visit; nothing but the action comes back. */
export interface ElicitUrl {
  readonly mode: 'url'
  readonly message: string
  readonly url: string
  readonly key?: string
}

export type ElicitResult<T = Record<string, unknown>> =
  | { readonly action: 'accept'; readonly content: T }
  | { readonly action: 'decline' | 'cancel'; readonly content?: undefined }

/** The user's answer to a form, typed by its schema. */
export type Elicited<S> = ElicitResult<OutputOf<S>>

/** Parameters of `sampling/createMessage` (MCP 2026-07-28, client/sampling). */
export interface SampleOptions {
  /** A prompt, or a whole conversation. */
  readonly messages: string | readonly SamplingMessage[]
  readonly maxTokens: number
  readonly systemPrompt?: string
  readonly temperature?: number
  readonly stopSequences?: readonly string[]
  readonly modelPreferences?: {
    readonly hints?: readonly { readonly name?: string }[]
    readonly costPriority?: number
    readonly speedPriority?: number
    readonly intelligencePriority?: number
  }
  readonly includeContext?: 'none' | 'thisServer' | 'allServers'
  readonly tools?: readonly unknown[]
  readonly toolChoice?: { readonly mode?: 'auto' | 'required' | 'none' }
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly key?: string
}
export type SamplingContent = Content | { readonly type: 'tool_use' | 'tool_result'; readonly [key: string]: unknown }
export interface SamplingMessage {
  readonly role: 'user' | 'assistant'
  readonly content: SamplingContent | readonly SamplingContent[]
}
export interface SampleResult {
  readonly role: 'user' | 'assistant'
  readonly content: SamplingContent | readonly SamplingContent[]
  readonly model: string
  readonly stopReason?: string
}

export interface Root {
  readonly uri: string
  readonly name?: string
}

/** A question in the terms of MCP 2026-07-28 (basic/patterns/mrtr). */
export interface InputRequest {
  readonly method: 'elicitation/create' | 'sampling/createMessage' | 'roots/list'
  readonly params?: Readonly<Record<string, unknown>>
}

const INPUT_REQUIRED = Symbol.for('tooldock.inputRequired')

export interface InputRequired {
  readonly [INPUT_REQUIRED]: true
  readonly inputRequests: Readonly<Record<string, InputRequest>>
  readonly requestState?: string
}

/**
 * Returned by a handler: "ask the caller this, then call me again". The handler then runs anew, with the answers in
 * `ctx.inputResponses` and the state in `ctx.requestState`; nothing is kept in memory in between. State is sealed by
 * the gateway: callers can neither read nor change it.
 */
export function inputRequired(needed: { readonly inputRequests?: Readonly<Record<string, InputRequest>>; readonly requestState?: string }): InputRequired {
  return { [INPUT_REQUIRED]: true, inputRequests: needed.inputRequests ?? {}, ...(needed.requestState !== undefined && { requestState: needed.requestState }) }
}

export const isInputRequired = (value: unknown): value is InputRequired => typeof value === 'object' && value !== null && INPUT_REQUIRED in value

/** The JSON Schema of a form. A form allows only a subset (MCP, client/elicitation), so what a library adds beyond it is left out. */
export function formSchema(schema: Schema): JsonSchema {
  if (!('~standard' in schema)) return schema
  const { type, properties, required } = (schema as { '~standard': { jsonSchema: { input(options: object): JsonSchema } } })['~standard'].jsonSchema.input({
    target: 'draft-2020-12',
  })
  const fields = Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([name, { pattern: _, ...field }]) => [name, field])
  return { type, properties: Object.fromEntries(fields), ...(required !== undefined && { required }) }
}

export function elicit(ask: ElicitForm | ElicitUrl): InputRequest {
  if ('mode' in ask) return { method: 'elicitation/create', params: { mode: 'url', message: ask.message, url: ask.url } }
  return { method: 'elicitation/create', params: { mode: 'form', message: ask.message, requestedSchema: formSchema(ask.schema) } }
}

export function sample({ messages, key: _, ...options }: SampleOptions): InputRequest {
  const conversation = typeof messages === 'string' ? [{ role: 'user', content: { type: 'text', text: messages } }] : messages
  return { method: 'sampling/createMessage', params: { messages: conversation, ...options } }
}

export const listRoots = (): InputRequest => ({ method: 'roots/list' })
