import type { Manifest } from '@tooldock/worker/manifest'
import type { LoadResult } from '@tooldock/worker/protocol'
import type { Upstream } from '../upstream/upstream.ts'

/** One frozen version of a folder and what its workers may do. Paths are absolute and real (no symlinks). */
export interface Generation {
  readonly namespace: string
  readonly id: string
  readonly dir: string
  /** The frozen `node_modules` this generation resolves, when it has dependencies. */
  readonly dependenciesDir?: string
  readonly manifest: Manifest
  /** Accepted permissions only. */
  readonly permissions: readonly string[]
  /** `DATA_DIR/state/{ns}`; made when `write` is accepted. */
  readonly stateDir: string
}

/** Secrets as workers meet them: put into their variables, and hidden in what they print. */
export interface WorkerSecrets {
  /** Replaces each `${secret:NAME}`. Rejects, naming it, when one does not exist. */
  resolveAll(namespace: string, texts: Readonly<Record<string, string>>): Promise<Record<string, string>>
  scrub(text: string): string
  /** For one stream of output: a secret is hidden also where a chunk cuts it. */
  createScrubber(): { scrub(chunk: Buffer): Buffer; end(): Buffer }
}

export type WorkerState = 'stopped' | 'starting' | 'running' | 'stopping' | 'failed'

/** What a worker announces on its own account. */
export type WorkerEvent =
  | { readonly type: 'listChanged'; readonly list: 'tools' | 'prompts' | 'resources' }
  | { readonly type: 'resourceUpdated'; readonly uri: string }
  | { readonly type: 'state'; readonly state: WorkerState; readonly reason?: string }

/**
 * The upstream of one generation: no process until the first call, one worker process then, a new one after a crash,
 * none after the idle time. At most one worker of a generation runs, plus those that still hold parked calls.
 */
export interface WorkerUpstream extends Upstream {
  readonly generation: Generation
  readonly state: WorkerState
  readonly pid: number | undefined
  readonly inFlight: number
  readonly parked: number
  /** Does a call parked here wait for the answer to this `requestState` (as this upstream gave it)? */
  holds(requestState: string): boolean
  /** Starts the worker when none runs and answers what it loaded. Rejects with `worker_start_failed`; a folder with problems resolves. */
  load(): Promise<LoadResult>
  /** Stops the worker when it has nothing to do; the next call starts one. */
  rest(): Promise<void>
  /** New calls are no longer expected; resolves when calls in flight and parked calls have ended and the worker has stopped. */
  drain(): Promise<void>
  /** Ends the worker now: calls in flight reject with `shutting_down` after `graceMs`. */
  stop(graceMs: number): Promise<void>
}
