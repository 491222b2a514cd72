import { describe, expect, it } from 'vitest'
import { eventData } from './event-data.ts'
import type { ExecuteEvent, Finish } from './execute-event.ts'
import { advanceRun, answeredRun, isActive, outcomeOf, startRun, timelineEntriesMax } from './run.ts'

const request = { namespace: 'demo', tool: 'add', arguments: { a: 1 }, protocol: 'mcp-modern' } as const
const finish: Finish = { type: 'finished', status: 200, headers: {}, result: {}, isError: false, timing: { totalMs: 5, firstByteMs: 2 }, request: null }
const begun = startRun('k', request, 0)

describe('advanceRun', () => {
  it('follows a call that asks, is answered, and ends', () => {
    const events: readonly ExecuteEvent[] = [
      { type: 'started', id: 'e1', requestId: 'r1' },
      { type: 'progress', atMs: 1, progress: 1, total: 2 },
      { type: 'input_required', atMs: 2, inputRequests: { q1: { method: 'elicitation/create' }, q2: { method: 'roots/list' } } },
    ]
    const waiting = events.reduce(advanceRun, begun)
    expect(waiting).toMatchObject({ state: 'waiting', id: 'e1', requestId: 'r1', progress: { progress: 1 } })
    expect(answeredRun(waiting, ['q1'])).toMatchObject({ state: 'waiting', questions: { q2: {} } })
    const ended = advanceRun(answeredRun(waiting, ['q1', 'q2']), finish)
    expect([ended.state, outcomeOf(ended), isActive(ended)]).toEqual(['finished', 'ok', false])
    expect(ended.timeline).toEqual([])
  })

  it('tells a failed call from a tool that says it failed', () => {
    expect(outcomeOf(advanceRun(begun, { ...finish, isError: true }))).toBe('tool_error')
    expect(outcomeOf(advanceRun(begun, { ...finish, isError: true, error: { code: -32602, message: 'no' } }))).toBe('failed')
    expect(outcomeOf(advanceRun(begun, { ...finish, isError: true, error: { code: 'cancelled', message: '' } }))).toBe('cancelled')
  })

  it('leaves out the middle of a flood and counts what is missing', () => {
    let run = begun
    for (let atMs = 1; atMs <= timelineEntriesMax + 10; atMs++) run = advanceRun(run, { type: 'message', direction: 'received', atMs, message: '', bytes: 0 })
    expect(run.timeline).toHaveLength(timelineEntriesMax)
    expect(run.omitted).toBe(10)
    expect([run.timeline[0]?.number, run.timeline.at(-1)?.number]).toEqual([1, timelineEntriesMax + 10])
  })
})

describe('eventData', () => {
  it('joins events however the network cut them', async () => {
    const text = ': hello\n\ndata: {"a":"ü"}\r\n\r\nevent: x\ndata: one\ndata: two\n\ndata: cut off'
    const bytes = new TextEncoder().encode(text)
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    expect(await Array.fromAsync(eventData(body))).toEqual(['{"a":"ü"}', 'one\ntwo'])
  })
})
