/** Standard Schema (https://standardschema.dev), as much of it as is used here: zod 4.2+, ArkType and others implement it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    /** Standard JSON Schema: the part that lets a schema be shown to clients. */
    readonly jsonSchema: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
      readonly output: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
    }
  }
}

export type StandardResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly StandardIssue[] }

export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** A JSON Schema document (2020-12 unless `$schema` says draft-07), used exactly as written. */
export type JsonSchema = { readonly [keyword: string]: unknown }

export type Schema = StandardSchema | JsonSchema

interface Typed<Input, Output> {
  readonly '~standard': { readonly types?: { readonly input: Input; readonly output: Output } | undefined }
}

/** What a value is before the schema has read it. */
export type InputOf<S> = S extends Typed<infer Input, unknown> ? Input : unknown

/** What a value is after the schema has read it (defaults filled in, transformed). */
export type OutputOf<S> = S extends Typed<unknown, infer Output> ? Output : Record<string, unknown>

/** Arguments as a handler receives them. */
export type Args<S> = [S] extends [undefined] ? Record<string, never> : OutputOf<S>

export type Awaitable<T> = T | Promise<T>
