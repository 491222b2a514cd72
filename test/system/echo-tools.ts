/** Tool files that many tests serve. */

export const ECHO = {
  'echo.ts': `import { defineTool } from 'tooldock'
import { z } from 'zod'

export const echo = defineTool({ description: 'Answers what it was given.', input: z.object({ text: z.string() }), handler: ({ text }) => text })
`,
}

/** Calls that last: `sleep` for a time, `stubborn` for ever and against every request to stop. Both print `begun`. */
export const SLOW = {
  'slow.ts': `import { setTimeout as pause } from 'node:timers/promises'
import { defineTool } from 'tooldock'
import { z } from 'zod'

export const sleep = defineTool({
  description: 'Answers after a while.',
  input: z.object({ ms: z.int() }),
  async handler({ ms }, ctx) {
    console.log('begun')
    await pause(ms, undefined, { signal: ctx.signal })
    return 'slept'
  },
})

export const stubborn = defineTool({
  description: 'Never answers, never yields, ignores signals.',
  handler() {
    console.log('begun')
    process.on('SIGTERM', () => undefined)
    for (;;);
  },
})
`,
}
