import { expect, test } from 'vitest'
import { auditDetails } from './audit-details.ts'

const detailsOf = (body: unknown, query: unknown = {}) => auditDetails(query, Buffer.from(JSON.stringify(body)))

test('keeps names and choices, and of what may be a secret or a content its length', () => {
  const body = {
    namespace: 'demo',
    enabled: false,
    source: { kind: 'npm', package: 'left-pad@1.0.0', args: ['--key', 'planted'], url: 'https://user:planted@example.com/mcp?key=planted' },
    env: { API_URL: 'planted', LEVEL: null },
    headers: { authorization: 'planted' },
    value: 'planted',
    content: 'planted',
    apiKey: 'planted',
    files: [{ path: 'a.ts', content: 'planted' }],
  }
  const details = detailsOf(body, { force: 'true', token: 'planted' })
  expect(JSON.stringify(details)).not.toContain('planted')
  expect(details).toMatchObject({
    force: 'true',
    namespace: 'demo',
    enabled: false,
    source: { kind: 'npm', package: 'left-pad@1.0.0', args: '[2 items]', url: 'https://example.com/mcp' },
    env: { API_URL: '[7 bytes]', LEVEL: null },
    files: [{ path: 'a.ts', content: '[7 bytes]' }],
  })
})

test('is bounded, whatever was sent', () => {
  const deep = Array.from({ length: 100 }).reduce<unknown>((inner) => ({ a: inner }), 'end')
  const details = detailsOf({ deep, long: 'x'.repeat(100_000), many: Array.from({ length: 5000 }, (_, index) => index) })
  expect(JSON.stringify(details).length).toBeLessThan(2000)
  expect(auditDetails({}, Buffer.from('{ no json'))).toEqual({ body: '[9 bytes]' })
  expect(auditDetails(undefined, undefined)).toEqual({})
})
