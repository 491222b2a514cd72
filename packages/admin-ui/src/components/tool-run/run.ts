import type { ExecuteEvent, ExecuteRequest, Finish, InputRequest, LogMessage, Progress, WireMessage } from './execute-event.ts'

/** One call made from this page, from its beginning to whatever is known of it now. */
export interface Run {
  readonly key: string
  readonly request: ExecuteRequest
  /** `waiting`: the tool asked for something. `lost`: the stream ended before the call did. */
  readonly state: 'starting' | 'running' | 'waiting' | 'cancelling' | 'finished' | 'lost'
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** For cancelling and answering; null until the gateway said it. */
  readonly id: string | null
  readonly requestId: string | null
  readonly timeline: readonly TimelineEntry[]
  /** Entries left out of the middle of a timeline that grew too long. */
  readonly omitted: number
  readonly progress: Progress | null
  /** The latest lines the tool logged. */
  readonly logs: readonly LogMessage[]
  /** What is still to be answered. */
  readonly questions: Readonly<Record<string, InputRequest>>
  readonly finish: Finish | null
  /** Why there is no finish: the gateway refused or could not be reached. */
  readonly failure: { readonly message: string; readonly requestId?: string | undefined } | null
}

/** A message of the wire. Its number stays with it and tells it from the others even when the middle is left out. */
export type TimelineEntry = { readonly number: number } & WireMessage

/** A timeline keeps its first half and its latest half of this many entries. */
export const timelineEntriesMax = 1000
const logLinesMax = 200

export function startRun(key: string, request: ExecuteRequest, startedAt: number): Run {
  return {
    key,
    request,
    state: 'starting',
    startedAt,
    id: null,
    requestId: null,
    timeline: [],
    omitted: 0,
    progress: null,
    logs: [],
    questions: {},
    finish: null,
    failure: null,
  }
}

export function advanceRun(run: Run, event: ExecuteEvent): Run {
  switch (event.type) {
    case 'started':
      return { ...run, state: run.state === 'cancelling' ? run.state : 'running', id: event.id, requestId: event.requestId }
    case 'progress':
      return { ...run, progress: event }
    case 'input_required':
      return { ...run, state: 'waiting', questions: { ...run.questions, ...event.inputRequests } }
    case 'finished':
      return { ...run, state: 'finished', finish: event, questions: {} }
    case 'message':
      return withEntry(run, event)
    case 'log':
      return { ...run, logs: [...run.logs, event].slice(-logLinesMax) }
    default:
      // A later gateway may tell more.
      return run
  }
}

function withEntry(run: Run, event: WireMessage): Run {
  const last = run.timeline.at(-1)
  const timeline = [...run.timeline, { ...event, number: (last?.number ?? 0) + 1 }]
  if (timeline.length <= timelineEntriesMax) return { ...run, timeline }
  return { ...run, timeline: timeline.toSpliced(timelineEntriesMax / 2, 1), omitted: run.omitted + 1 }
}

export function answeredRun(run: Run, ids: readonly string[]): Run {
  const questions = Object.fromEntries(Object.entries(run.questions).filter(([id]) => !ids.includes(id)))
  return { ...run, questions, state: run.state === 'waiting' && Object.keys(questions).length === 0 ? 'running' : run.state }
}

export function isActive(run: Run): boolean {
  return run.state !== 'finished' && run.state !== 'lost'
}

export type Outcome = 'ok' | 'tool_error' | 'failed' | 'cancelled'

/** How a run ended, in a word; null while it has not. */
export function outcomeOf(run: Run): Outcome | null {
  if (run.finish?.error?.code === 'cancelled') return 'cancelled'
  if (run.failure !== null) return 'failed'
  if (run.finish === null) return null
  if (run.finish.error !== undefined) return 'failed'
  return run.finish.isError ? 'tool_error' : 'ok'
}
