import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '../../api/api-error.ts'
import type { ExecuteEvent, ExecuteRequest } from './execute-event.ts'
import { answerRun, cancelRun, executeStream } from './execute-stream.ts'
import { advanceRun, answeredRun, type Run, startRun } from './run.ts'

export interface RunControl {
  readonly run: Run | null
  start(request: ExecuteRequest): void
  /** Asks the gateway to cancel; when even that fails the stream is left, which ends the call too. */
  cancel(): Promise<void>
  /** @throws {ApiError} when the gateway no longer waits for this answer */
  answer(id: string, response: Readonly<Record<string, unknown>> | null): Promise<void>
  /** Shows an earlier run. */
  show(run: Run | null): void
}

/** One run at a time; a new one replaces, and ends, the one before. Leaving the page ends it too. */
export function useRun(onEnd?: (run: Run) => void): RunControl {
  const [run, setRun] = useState<Run | null>(null)
  const current = useRef<{ run: Run; abort: AbortController } | null>(null)
  const ended = useRef(onEnd)
  useEffect(() => {
    ended.current = onEnd
  })
  useEffect(() => () => current.current?.abort.abort(), [])

  const update = useCallback((key: string, change: (run: Run) => Run): void => {
    const entry = current.current
    if (entry === null || entry.run.key !== key) return
    entry.run = change(entry.run)
    setRun(entry.run)
  }, [])

  const start = useCallback(
    (request: ExecuteRequest): void => {
      current.current?.abort.abort()
      const entry = { run: startRun(crypto.randomUUID(), request, Date.now()), abort: new AbortController() }
      const { key } = entry.run
      current.current = entry
      setRun(entry.run)
      void follow(executeStream(request, entry.abort.signal), entry.abort.signal, (change) => update(key, change)).then(() => {
        if (!entry.abort.signal.aborted) ended.current?.(entry.run)
      })
    },
    [update],
  )

  const cancel = useCallback(async (): Promise<void> => {
    const entry = current.current
    if (entry === null) return
    const { id, key } = entry.run
    update(key, (running) => ({ ...running, state: 'cancelling' }))
    try {
      if (id === null) throw new Error('not started')
      await cancelRun(id)
    } catch {
      // Unknown to the gateway, or the gateway is away: nobody waits for this call any longer.
      update(key, (running) => (running.state === 'cancelling' ? { ...running, state: 'lost', failure: { message: 'Cancelled.' } } : running))
      entry.abort.abort()
    }
  }, [update])

  const answer = useCallback(
    async (questionId: string, response: Readonly<Record<string, unknown>> | null): Promise<void> => {
      const { id, key } = current.current?.run ?? {}
      if (id === undefined || id === null || key === undefined) return
      await answerRun(id, { [questionId]: response })
      update(key, (running) => answeredRun(running, [questionId]))
    },
    [update],
  )

  const show = useCallback((shown: Run | null): void => {
    current.current?.abort.abort()
    current.current = shown === null ? null : { run: shown, abort: new AbortController() }
    setRun(shown)
  }, [])

  return { run, start, cancel, answer, show }
}

/** Applies each event; events that come together are applied together, so that a flood does not draw the page for each. */
async function follow(events: AsyncGenerator<ExecuteEvent>, signal: AbortSignal, update: (change: (run: Run) => Run) => void): Promise<void> {
  let waiting: ExecuteEvent[] = []
  let frame = 0
  const flush = (): void => {
    const batch = waiting
    waiting = []
    frame = 0
    if (batch.length > 0) update((run) => batch.reduce(advanceRun, run))
  }
  try {
    for await (const event of events) {
      waiting.push(event)
      if (frame === 0) frame = window.setTimeout(flush, batchMs)
    }
    flush()
    update((run) => (run.finish === null ? lost(run, 'The connection to the gateway ended before the call did.') : run))
  } catch (thrown) {
    flush()
    if (signal.aborted) return
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    update((run) => lost(run, message, thrown instanceof ApiError ? thrown.requestId : undefined))
  } finally {
    window.clearTimeout(frame)
  }
}

/** Two frames of a screen. */
const batchMs = 32

function lost(run: Run, message: string, requestId?: string): Run {
  return { ...run, state: 'lost', questions: {}, failure: { message, requestId } }
}
