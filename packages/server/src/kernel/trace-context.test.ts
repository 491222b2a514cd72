import { expect, test } from 'vitest'
import { readTraceContext, traceMembers } from './trace-context.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`

test('reads what W3C allows, later versions too, and gives it back as it passes it on', () => {
  const context = readTraceContext({ traceparent: PARENT, tracestate: 'a=b,c=d', baggage: 'user=1', other: 'x' })
  expect(context).toEqual({ traceId: TRACE, traceparent: PARENT, tracestate: 'a=b,c=d', baggage: 'user=1' })
  expect(traceMembers(context as NonNullable<typeof context>)).toEqual({ traceparent: PARENT, tracestate: 'a=b,c=d', baggage: 'user=1' })
  expect(readTraceContext({ traceparent: `01-${TRACE}-00f067aa0ba902b7-01-later` })?.traceparent).toBe(`01-${TRACE}-00f067aa0ba902b7-01`)
})

test('takes nothing that could not be sent on in a header', () => {
  for (const traceparent of [
    undefined,
    1,
    '',
    'x',
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
    `${PARENT}-more`,
    `${PARENT}\r\nx: y`,
    `${PARENT}, ${PARENT}`,
  ])
    expect(readTraceContext({ traceparent })).toBeUndefined()
  expect(readTraceContext({ traceparent: PARENT, tracestate: 'a=\n', baggage: 'b'.repeat(9000) })).toEqual({ traceId: TRACE, traceparent: PARENT })
})
