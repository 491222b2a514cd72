import { expect, test } from 'vitest'
import { Replay } from './replay.ts'
import { parseEventId } from './session-stream.ts'

test('a stream is replayed after the event its client saw last, without the events of other streams', () => {
  const replay = new Replay(10, 1000)
  replay.add('1-1', 1, 'a')
  replay.add('2-1', 2, 'other')
  replay.add('1-2', 1, 'b')
  replay.add('1-3', 1, 'c')
  expect(replay.after(1, 1)).toMatchObject([
    { id: '1-2', data: 'b' },
    { id: '1-3', data: 'c' },
  ])
  expect(replay.after(3, 0)).toEqual([])
})

test('the oldest events are forgotten when there are too many or they are too large', () => {
  const byNumber = new Replay(2, 1000)
  for (const sequence of [1, 2, 3]) byNumber.add(`1-${sequence}`, 1, 'x')
  expect(byNumber.after(1, 0).map((event) => event.id)).toEqual(['1-2', '1-3'])
  const byBytes = new Replay(10, 5)
  byBytes.add('1-1', 1, 'xxx')
  byBytes.add('1-2', 1, 'xxx')
  expect(byBytes.after(1, 0).map((event) => event.id)).toEqual(['1-2'])
  byBytes.add('1-3', 1, 'too large to keep')
  expect(byBytes.after(1, 0)).toEqual([])
})

test.each(['', 'x', '1', '1-', '-1', '1-2-3', '1e3-1', '99999999999-1'])('"%s" is not an event id of ours', (id) => {
  expect(parseEventId(id)).toBeUndefined()
})
