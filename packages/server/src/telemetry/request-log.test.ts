import { expect, test } from 'vitest'
import type { CallRecord } from './call-record.ts'
import { type RequestLine, requestJson, requestText } from './request-log.ts'
import { levelLabel, toTextLine } from './text-line.ts'

const TIME = '2026-11-22T14:05:10.123Z'
const call: CallRecord = {
  ...{ namespace: 'demo', method: 'tools/call', name: 'echo', protocol: 'mcp', era: 'modern' },
  ...{ durationMs: 1.2, outcome: 'ok', principal: 'token', requestId: 'a-1' },
}
const line: RequestLine = { method: 'POST', path: '/shared/mcp', status: 200, durationMs: 1.5, requestId: 'a-1', principal: 'token' }

test.each<[string, Partial<RequestLine>]>([
  ['an ordinary request', {}],
  ['a caller without a token', { principal: undefined }],
  ['a path with what JSON escapes', { path: '/a"b\\c\n\u0007' }],
  ['a path of other letters', { path: '/%C3%A4/ä' }],
  ['a request that brought a call', { traceId: 'a'.repeat(32), call }],
  ['a call of a name somebody made up', { call: { ...call, name: 'a b"\n', outcome: 'tool_not_found' } }],
])('%s: the JSON parses to what was said, and the text is what is made of that JSON', (_what, change) => {
  const changed = { ...line, ...change }
  const json = requestJson(TIME, 'info', changed)
  const { principal, call: about, ...members } = changed
  const told = about === undefined ? {} : { namespace: 'demo', tool: about.name, era: 'modern', outcome: about.outcome }
  expect(JSON.parse(json)).toEqual({ level: 'info', time: TIME, ...members, ...told, ...(principal === undefined ? {} : { principal }), msg: 'request' })
  expect(requestText(TIME, levelLabel('info', false), changed) ?? toTextLine(json, false)).toBe(toTextLine(json, false))
})
