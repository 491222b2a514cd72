import { describe, expect, test } from 'vitest'
import { EventReader, type ServerEvent } from './event-reader.ts'

function read(chunks: readonly Buffer[], eventBytesMax = 1 << 20): { events: ServerEvent[]; reader: EventReader } {
  const events: ServerEvent[] = []
  const reader = new EventReader(eventBytesMax, (event) => events.push(event))
  for (const chunk of chunks) reader.read(chunk)
  return { events, reader }
}

const readText = (text: string) => read([Buffer.from(text)])

describe('an event stream', () => {
  test('reads events whose lines end in any of the three ways', () => {
    const expected = [
      { type: 'message', data: 'a' },
      { type: 'endpoint', data: '/b' },
    ]
    expect(readText('data: a\n\nevent: endpoint\ndata: /b\n\n').events).toEqual(expected)
    expect(readText('data: a\r\n\r\nevent: endpoint\r\ndata: /b\r\n\r\n').events).toEqual(expected)
    expect(readText('data: a\r\revent: endpoint\rdata: /b\r\r').events).toEqual(expected)
  })

  test('reads the same wherever the chunks are split, in the middle of characters and line ends too', () => {
    const bytes = Buffer.from('\uFEFF: note\r\nid: 7\r\ndata: {"t":"süß 😀"}\r\ndata: two\r\n\r\nretry: 250\ndata:x\n\n')
    const whole = read([bytes]).events
    expect(whole).toEqual([
      { type: 'message', data: '{"t":"süß 😀"}\ntwo' },
      { type: 'message', data: 'x' },
    ])
    for (let at = 1; at < bytes.length; at++) expect(read([bytes.subarray(0, at), bytes.subarray(at)]).events).toEqual(whole)
    const { events, reader } = read(Array.from(bytes, (byte) => Buffer.from([byte])))
    expect(events).toEqual(whole)
    expect(reader.lastEventId).toBe('7')
    expect(reader.retryMs).toBe(250)
  })

  test('keeps the id of an event without data, and of none that has not ended', () => {
    const { events, reader } = readText('id: first\ndata:\n\nid: second\ndata: unfinished\n')
    expect(events).toEqual([])
    expect(reader.lastEventId).toBe('first')
  })

  test('goes on in another body after its last event, without what was unfinished', () => {
    const { events, reader } = readText('id: 1\nretry: 9\ndata: a\n\nid: 2\ndata: un')
    reader.restart()
    reader.read(Buffer.from('\uFEFFdata: b\n\n'))
    expect(events.map(({ data }) => data)).toEqual(['a', 'b'])
    expect([reader.lastEventId, reader.retryMs]).toEqual(['1', 9])
  })

  test('does not keep an id that cannot be sent back as a header', () => {
    expect(readText('id: ok\ndata: 1\n\nid: \u00e4\ndata: 2\n\n').reader.lastEventId).toBeUndefined()
  })

  test('ignores comments, unknown fields, events without data and delays that are no number', () => {
    const { events, reader } = readText(':\n\n: keep-alive\n\nfoo: bar\n\nevent: none\n\nretry: soon\n\ndata\n\n')
    expect(events).toEqual([])
    expect(reader.retryMs).toBeUndefined()
  })

  test('refuses an event over its bound, in one line or in many', () => {
    expect(() => read([Buffer.from(`data: ${'x'.repeat(200)}`)], 100)).toThrow('more than 100 bytes')
    expect(() => read([Buffer.from('data: 12345678901234567890\n'.repeat(10))], 100)).toThrow('more than 100 bytes')
    expect(read([Buffer.from('data: 12345678901234567890\n\n'.repeat(10))], 100).events).toHaveLength(10)
  })

  test('looks at each byte once: an event in a hundred thousand pieces takes no longer than its bytes', () => {
    const piece = Buffer.from('x'.repeat(50))
    const { events } = read([Buffer.from('data: '), ...Array.from({ length: 100_000 }, () => piece), Buffer.from('\n\n')], 1 << 23)
    expect(events[0]?.data).toHaveLength(5_000_000)
  })
})
