import { defineTool } from 'tooldock'
import { z } from 'zod'

const timeZone = z
  .string()
  .refine((name) => isTimeZone(name), 'expected an IANA time zone such as Europe/Berlin')
  .default('UTC')
  .describe('IANA time zone, e.g. Europe/Berlin')

export const currentTime = defineTool({
  name: 'current_time',
  title: 'Current time',
  description: 'The date and time now, in any time zone.',
  input: z.object({ timeZone }),
  output: z.object({ iso: z.string(), local: z.string(), weekday: z.string(), unixSeconds: z.int() }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  handler({ timeZone }) {
    const now = new Date()
    const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(now)
    return {
      iso: now.toISOString(),
      local: format({ dateStyle: 'medium', timeStyle: 'long' }),
      weekday: format({ weekday: 'long' }),
      unixSeconds: Math.floor(now.getTime() / 1000),
    }
  },
})

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    // A RangeError is how Intl says that it knows no such zone.
    return false
  }
}
