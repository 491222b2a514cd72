import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Binding, createRequestStateSealer } from './request-state.ts'

const TTL_MS = 60_000
const NOW_MS = 1_000_000
const binding: Binding = { principal: 'token', address: 'shared', method: 'tools/call', params: { name: 'ask', arguments: { a: 1, b: 2 } } }
const sealer = createRequestStateSealer(randomBytes(32), TTL_MS)

test('a sealed state opens for the same request, whatever the order of its arguments and whatever the retry adds', () => {
  const sealed = sealer.seal('parked.1', binding, NOW_MS)
  expect(sealed).not.toContain('parked')
  const retry = { ...binding, params: { arguments: { b: 2, a: 1 }, name: 'ask', inputResponses: {}, requestState: sealed, _meta: { x: 1 } } }
  expect(sealer.open(sealed, retry, NOW_MS)).toBe('parked.1')
})

test.each<[string, Partial<Binding>]>([
  ['caller', { principal: 'somebody' }],
  ['address', { address: 'other' }],
  ['method', { method: 'prompts/get' }],
  ['arguments', { params: { name: 'ask', arguments: { a: 1, b: 3 } } }],
])('a sealed state is refused for another %s', (_what, change) => {
  const sealed = sealer.seal('parked.1', binding, NOW_MS)
  expect(() => sealer.open(sealed, { ...binding, ...change }, NOW_MS)).toThrow('not valid for this request')
})

test('a changed, cut, foreign or expired state is refused', () => {
  const sealed = sealer.seal('parked.1', binding, NOW_MS)
  const flipped = (sealed.startsWith('A') ? 'B' : 'A') + sealed.slice(1)
  for (const bad of [
    flipped,
    sealed.slice(0, -4),
    sealed.slice(0, 8),
    '',
    'nonsense',
    7,
    null,
    createRequestStateSealer(randomBytes(32), TTL_MS).seal('parked.1', binding, NOW_MS),
  ])
    expect(() => sealer.open(bad, binding, NOW_MS)).toThrow('not valid for this request')
  expect(() => sealer.open(sealed, binding, NOW_MS + TTL_MS + 1)).toThrow('expired')
})
