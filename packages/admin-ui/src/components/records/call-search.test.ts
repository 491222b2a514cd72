import { expect, it } from 'vitest'
import type { Call } from '../../api/generated/types.gen.ts'
import { callFilters, matchesCall } from './call-search.ts'

const CALL = {
  namespace: 'demo',
  name: 'echo',
  protocol: 'mcp',
  era: 'modern',
  principal: 'token',
  outcome: 'tool_error',
  requestId: 'abc',
  client: 'Claude Code 2',
} as Call

it('reads of the address what is a filter', () => {
  expect(callFilters({ namespace: 'demo', q: 'x', protocol: 'ftp', outcome: '', other: 1 })).toEqual({ namespace: 'demo', search: 'x' })
})

it.each([
  [{}, true],
  [{ namespace: 'demo', tool: 'echo', outcome: 'error' }, true],
  [{ outcome: 'tool_error' }, true],
  [{ outcome: 'ok' }, false],
  [{ search: 'CLAUDE' }, true],
  [{ search: 'cursor' }, false],
  [{ principal: 'key' }, false],
] as const)('%j: %s', (filters, expected) => {
  expect(matchesCall(CALL, filters)).toBe(expected)
})
