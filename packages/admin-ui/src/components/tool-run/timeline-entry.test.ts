import { expect, it } from 'vitest'
import { summaryOf } from './timeline-entry.ts'

const entry = { type: 'message', direction: 'received', number: 1, atMs: 0, bytes: 0 } as const

it.each([
  [{ method: 'notifications/progress', params: { progress: 1, total: 3, message: 'one' } }, 'progress', 'progress', '1 of 3 · one'],
  [{ method: 'notifications/message', params: { level: 'info', data: { a: 1 } } }, 'log', 'info', '{"a":1}'],
  [{ id: 2, method: 'elicitation/create', params: {} }, 'question', 'elicitation/create', ''],
  [{ jsonrpc: '2.0', id: 1, result: { resultType: 'input_required' } }, 'question', 'result', 'input required'],
  [{ jsonrpc: '2.0', id: 1, result: {} }, 'received', 'result', ''],
  [{ jsonrpc: '2.0', id: 1, error: { code: 1, message: 'no' } }, 'received', 'error', 'no'],
  [{ sum: 3 }, 'received', 'body', ''],
])('says of %j what people look for', (message, kind, title, detail) => {
  expect(summaryOf({ ...entry, message: JSON.stringify(message) })).toEqual({ kind, title, detail })
})

it('says of a request how it was sent, and of nothing that it is nothing', () => {
  expect(summaryOf({ ...entry, direction: 'sent', method: 'POST', message: '{"method":"tools/call"}' })).toEqual({
    kind: 'sent',
    title: 'tools/call',
    detail: 'POST',
  })
  expect(summaryOf({ ...entry, status: 202, message: '' })).toEqual({ kind: 'received', title: '(no body)', detail: '202' })
})
