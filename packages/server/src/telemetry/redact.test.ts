import { expect, test } from 'vitest'
import { createScrubber } from './redact.ts'

test('a line that somebody made to be slow is scrubbed in time that grows with its length', () => {
  const { scrub } = createScrubber()
  const slow = ['a'.repeat(1_000_000), 'a.'.repeat(500_000), 'a:'.repeat(500_000), '://a'.repeat(250_000), 'bearer '.repeat(150_000), 'token=&'.repeat(150_000)]
  for (const text of slow) expect(scrub(`{"path":"/${text}://@ bearer x="}`)).toContain('"path"')
})

test('credentials of URLs are hidden, whatever stands before them', () => {
  const { scrub } = createScrubber()
  expect(scrub('{"a":"see postgres://u:p@h/ and x1http://u:p@h and git+ssh://u:p@h"}')).toBe(
    '{"a":"see postgres://[redacted]@h/ and x1http://[redacted]@h and git+ssh://[redacted]@h"}',
  )
})
