import type { Elicited, ElicitForm, ElicitResult, ElicitUrl, Root, SampleOptions, SampleResult } from './input.ts'
import type { Schema } from './schema.ts'

export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical' | 'alert' | 'emergency'

/** Each line goes to the namespace's log, and to the caller when it asked for lines of this level. */
export type Log = { readonly [Level in LogLevel]: (message: unknown) => void }

export interface Principal {
  readonly kind: string
  readonly id: string
  readonly name: string
}

/** What every handler may use beside its arguments. */
export interface Context {
  /** Aborted when the caller cancels, the call times out, or the input it waits for never came. */
  readonly signal: AbortSignal
  readonly log: Log
  /** Values of `env` in tooldock.json and of the namespace's settings. */
  readonly env: Readonly<Record<string, string>>
  /** A folder this namespace may write to; undefined unless the permission `write` was accepted. */
  readonly dataDir: string | undefined
  /** The id under which this request appears in every log. */
  readonly requestId: string
  /** Headers to send along with requests of your own (`fetch(url, { headers: ctx.traceHeaders })`), which then join the caller's trace; empty: there is none. */
  readonly traceHeaders: Readonly<Record<string, string>>
  readonly principal: Principal
  /** Tells a caller that wants to know how far the work is; `progress` must grow with every call. */
  progress(progress: number, total?: number, message?: string): void
  /** Asks the user to fill in a form. The handler waits, also across requests. Rejects with InputUnsupportedError or InputAbandonedError. */
  elicit<const S extends Schema>(ask: ElicitForm<S>): Promise<Elicited<S>>
  /** Asks the user to visit a page. */
  elicit(ask: ElicitUrl): Promise<ElicitResult<undefined>>
  /** Asks the client's language model. */
  sample(ask: SampleOptions): Promise<SampleResult>
  /** Asks which folders the client works on. */
  listRoots(options?: { readonly key?: string }): Promise<readonly Root[]>
  /** Answers to `inputRequired()`, by key, as the client sent them; undefined on a first request. */
  readonly inputResponses: Readonly<Record<string, unknown>> | undefined
  /** The state given to `inputRequired()`; undefined on a first request. */
  readonly requestState: string | undefined
  /** What the caller can do, as MCP declares it (`elicitation`, `sampling`, `roots`). */
  readonly clientCapabilities: Readonly<Record<string, unknown>>
  notifyResourceUpdated(uri: string): void
  notifyToolsChanged(): void
  notifyPromptsChanged(): void
  notifyResourcesChanged(): void
  /** Ends the caller's event stream early, so that it polls for the result (where its protocol can). */
  closeStream(): void
}

/** What completion functions may use. */
export interface CompletionContext {
  /** Arguments the user has filled in already. */
  readonly arguments: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly dataDir: string | undefined
}
export type Complete = (value: string, ctx: CompletionContext) => readonly string[] | Promise<readonly string[]>
