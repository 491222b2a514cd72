import { describe, expect, test } from 'vitest'
import { TOKEN_HOLDER } from '../kernel/principal.ts'
import { TaskOwners } from './task-owners.ts'
import type { PassedRequest, UpstreamResult } from './upstream.ts'

const STRANGER = { ...TOKEN_HOLDER, id: 'stranger' }
const request = (method: string, params: Record<string, unknown>, more: Partial<PassedRequest> = {}): PassedRequest => ({
  method,
  params,
  requestId: 'test',
  principal: TOKEN_HOLDER,
  clientCapabilities: {},
  ...more,
})
const complete = (value: object): UpstreamResult => ({ kind: 'complete', isError: false, json: JSON.stringify(value) })

describe('a task', () => {
  test.each([
    { title: '2025-11-25', result: { resultType: 'complete', task: { taskId: 'a' } } },
    { title: 'the extension of 2026-07-28', result: { resultType: 'task', taskId: 'a' } },
  ])('of one principal is not there for another, nor in a list: $title', ({ result }) => {
    const tasks = new TaskOwners()
    tasks.read(complete(result), request('tools/call', { name: 'work', task: {} }))
    expect(() => tasks.assertOwn(request('tasks/get', { taskId: 'a' }))).not.toThrow()
    expect(() => tasks.assertOwn(request('tasks/get', { taskId: 'a' }, { principal: STRANGER }))).toThrow('There is no task "a".')
    const listed = complete({ resultType: 'complete', tasks: [{ taskId: 'a' }, { taskId: 'of nobody known' }] })
    expect(tasks.read(listed, request('tasks/list', {}))).toBe(listed)
    expect(tasks.read(listed, request('tasks/list', {}, { principal: STRANGER }))).toEqual(
      complete({ resultType: 'complete', tasks: [{ taskId: 'of nobody known' }] }),
    )
  })

  test('is told of to who began it, by its id or by what a message is related to', () => {
    const tasks = new TaskOwners()
    const heard: string[] = []
    tasks.read(complete({ task: { taskId: 'a' } }), request('tools/call', { task: {} }, { onLater: (method) => void heard.push(method) }))
    tasks.tell('notifications/tasks/status', { taskId: 'a' })
    tasks.tell('notifications/progress', { _meta: { 'io.modelcontextprotocol/related-task': { taskId: 'a' } } })
    tasks.tell('notifications/tasks/status', { taskId: 'b' })
    tasks.tell('notifications/example.com/x', {})
    expect(heard).toEqual(['notifications/tasks/status', 'notifications/progress'])
  })
})
