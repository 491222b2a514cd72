import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { Config } from '../../config/settings.ts'
import { fromFullDisk } from '../../errors/disk-full.ts'
import { ToolDockError } from '../../errors/tooldock-error.ts'
import { BoundedQueue } from '../../kernel/bounded-queue.ts'
import type { EventBus } from '../../telemetry/event-bus.ts'
import type { Job, JobRunner, JobSpec } from './job.types.ts'

export interface JobRunnerDeps {
  readonly config: Pick<Config, 'jobsAtOnceMax' | 'jobsPendingMax' | 'jobsKept' | 'jobLinesMax'>
  readonly events: Pick<EventBus, 'publish'>
  /** Told of a failure that is a fault of ours. */
  readonly onFault: (job: Job, error: unknown) => void
}

interface Tracked {
  job: Job
  readonly lines: string[]
  /** `line` with its text, `end` with the job. */
  readonly output: EventEmitter<{ line: [string]; end: [Job] }>
  readonly cancelling: AbortController
  readonly ended: Promise<void>
}

/** The longest a timer can be. */
const WAIT_MS_MAX = 2 ** 31 - 1

export function createJobRunner({ config, events, onFault }: JobRunnerDeps): JobRunner {
  /** Oldest first. */
  const jobs = new Map<string, Tracked>()
  let isClosed = false
  const queue = new BoundedQueue({
    concurrency: config.jobsAtOnceMax,
    pendingMax: config.jobsPendingMax,
    // Those before end by bounds of their own.
    waitMs: WAIT_MS_MAX,
    refusal: (reason) =>
      reason === 'closed'
        ? new ToolDockError('shutting_down', 'ToolDock is stopping.')
        : new ToolDockError('conflict', 'As many jobs as JOBS_PENDING_MAX already run or wait.'),
  })

  const tracked = (id: string): Tracked => {
    const found = jobs.get(id)
    if (found === undefined) throw new ToolDockError('not_found', 'There is no such job, or it is no longer kept.')
    return found
  }
  const find = (kind: string, subject: string): Job | undefined =>
    [...jobs.values()].map(({ job }) => job).findLast((job) => job.kind === kind && job.subject === subject)

  function begin({ kind, subject, by, run }: JobSpec): Tracked {
    const cancelling = new AbortController()
    const { promise: ended, resolve: onEnded } = Promise.withResolvers<void>()
    const startedAt = new Date().toISOString()
    const begun: Tracked = {
      job: { id: randomUUID(), kind, subject, by, state: 'running', startedAt, endedAt: null, message: null, progress: null, result: null, error: null },
      lines: [],
      output: new EventEmitter(),
      cancelling,
      ended,
    }
    begun.output.setMaxListeners(0)
    const { signal } = cancelling
    const say = (line: string): void => {
      if (begun.job.state !== 'running') return
      begun.lines.push(line)
      if (begun.lines.length > config.jobLinesMax) begun.lines.shift()
      begun.job = { ...begun.job, message: line }
      events.publish({ type: 'job.progress', id: begun.job.id, kind, subject, message: line, progress: null })
      begun.output.emit('line', line)
    }
    const end = (outcome: Pick<Job, 'state' | 'message' | 'result' | 'error'>): void => {
      begun.job = { ...begun.job, ...outcome, endedAt: new Date().toISOString() }
      const { id, state, message } = begun.job
      events.publish({ type: 'job.finished', id, kind, subject, state, message })
      begun.output.emit('end', begun.job)
      onEnded()
      forgetOldest()
    }
    let isWaiting = true
    const turn = queue.run(async () => {
      isWaiting = false
      signal.throwIfAborted()
      return run({ signal, say })
    })
    // What still waits is cancelled at once; when its turn comes it does nothing.
    const cancelledEarly = new Promise<never>((_, reject) => signal.addEventListener('abort', () => isWaiting && reject(signal.reason), { once: true }))
    Promise.race([turn, cancelledEarly]).then(
      ({ message, result }) => end({ state: 'done', message, result, error: null }),
      (thrown: unknown) => {
        const error = fromFullDisk(thrown)
        if (signal.aborted) return end({ state: 'cancelled', message: 'It was cancelled; nothing was changed.', result: null, error: null })
        if (!(error instanceof ToolDockError)) onFault(begun.job, error)
        end({ state: 'failed', result: null, ...failureOf(error) })
      },
    )
    return begun
  }

  function forgetOldest(): void {
    const over = [...jobs.values()].filter(({ job }) => job.state !== 'running').slice(0, -config.jobsKept)
    for (const { job } of over) jobs.delete(job.id)
  }

  return {
    start(spec) {
      if (isClosed) throw new ToolDockError('shutting_down', 'ToolDock is stopping.')
      if (find(spec.kind, spec.subject)?.state === 'running') throw new ToolDockError('conflict', `A job "${spec.kind}" of "${spec.subject}" is under way.`)
      if (queue.pending >= config.jobsPendingMax) throw new ToolDockError('conflict', 'As many jobs as JOBS_PENDING_MAX already run or wait.')
      const begun = begin(spec)
      jobs.set(begun.job.id, begun)
      return begun.job
    },
    list: () => [...jobs.values()].map(({ job }) => job).reverse(),
    get: (id) => tracked(id).job,
    find,
    follow(id, onLine, onEnd) {
      const { job, lines, output } = tracked(id)
      for (const line of lines) onLine(line)
      if (job.state !== 'running') {
        onEnd(job)
        return () => {}
      }
      output.on('line', onLine)
      output.once('end', onEnd)
      return () => {
        output.off('line', onLine)
        output.off('end', onEnd)
      }
    },
    async cancel(id) {
      const found = tracked(id)
      found.cancelling.abort(new ToolDockError('cancelled', 'The job was cancelled.'))
      await found.ended
      return found.job
    },
    async close() {
      isClosed = true
      const closing = queue.close()
      const all = [...jobs.values()]
      for (const { cancelling } of all) cancelling.abort(new ToolDockError('shutting_down', 'ToolDock is stopping.'))
      await Promise.all([closing, ...all.map(({ ended }) => ended)])
    },
  }
}

function failureOf(error: unknown): Pick<Job, 'message' | 'error'> {
  if (!(error instanceof ToolDockError)) return { message: 'A fault of ToolDock; the log has it.', error: { code: 'internal_error' } }
  const { code, message, details } = error
  return { message, error: details === undefined ? { code } : { code, details } }
}
