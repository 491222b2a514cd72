/** Work that goes on when whoever began it has left. Times are ISO 8601 UTC. */
export interface Job {
  readonly id: string
  /** What is done, such as `dependencies`. */
  readonly kind: string
  /** What it is done to: the name of a namespace. */
  readonly subject: string
  /** Running from the beginning, also while it waits for its turn. */
  readonly state: 'running' | 'done' | 'failed' | 'cancelled'
  readonly by: string
  readonly startedAt: string
  readonly endedAt: string | null
  /** The newest line of its output while it runs; then what came of it, or why it failed, in a sentence. */
  readonly message: string | null
  /** From 0 to 1; null when it cannot be known. */
  readonly progress: number | null
  /** What it answered when it is done. */
  readonly result: unknown
  /** Why it failed, as an answer of the API would say it. */
  readonly error: { readonly code: string; readonly details?: unknown } | null
}

/** What a job is given to work with. */
export interface JobContext {
  /** Aborted when it is cancelled or ToolDock stops. */
  readonly signal: AbortSignal
  /** A line of output. */
  readonly say: (line: string) => void
}

export interface JobSpec {
  readonly kind: string
  readonly subject: string
  readonly by: string
  /** Answers what it did, in a sentence, and what it found. */
  readonly run: (context: JobContext) => Promise<{ readonly message: string; readonly result: unknown }>
}

export interface JobRunner {
  /** Begins it, or has it wait for its turn. @throws {ToolDockError} `conflict`: one of this kind and subject runs, or as many wait as may; `shutting_down` */
  start(spec: JobSpec): Job
  /** Newest first. */
  list(): readonly Job[]
  /** @throws {ToolDockError} `not_found` */
  get(id: string): Job
  /** The newest of this kind and subject. */
  find(kind: string, subject: string): Job | undefined
  /** What was printed and is still kept, then each line as it comes, then the job as it ended. Returns how to leave. @throws {ToolDockError} `not_found` */
  follow(id: string, onLine: (line: string) => void, onEnd: (job: Job) => void): () => void
  /** Resolves when everything it began has ended. @throws {ToolDockError} `not_found` */
  cancel(id: string): Promise<Job>
  /** Cancels everything. */
  close(): Promise<void>
}
