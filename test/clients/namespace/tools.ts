import { setTimeout as pause } from 'node:timers/promises'
import { defineTool, text } from 'tooldock'
import { z } from 'zod'

export const echo = defineTool({
  description: 'Answers its arguments as they came.',
  input: { type: 'object', additionalProperties: true },
  handler: (args) => text(JSON.stringify(args)),
})

export const weather = defineTool({
  name: 'weather',
  title: 'Weather report',
  description: 'Answers structured content, annotated text and _meta.',
  annotations: { readOnlyHint: true, openWorldHint: false },
  _meta: { 'com.example/tool': { kept: true } },
  input: z.object({ city: z.string() }),
  output: z.object({ city: z.string(), degrees: z.number() }),
  handler: ({ city }) => ({
    content: [text(`21.5 degrees in ${city}`, { annotations: { audience: ['user'], priority: 0.9 } })],
    structuredContent: { city, degrees: 21.5 },
    _meta: { 'com.example/result': 'kept' },
  }),
})

export const typed = defineTool({
  description: 'Has arguments that can be wrong.',
  input: z.object({ count: z.int().min(1), color: z.enum(['red', 'green']) }),
  handler: ({ count, color }) => `${count} ${color}`,
})

export const fail = defineTool({
  description: 'Always fails.',
  handler: () => {
    throw new Error('The printer is on fire')
  },
})

export const big = defineTool({
  description: 'Answers as many kilobytes of text as asked.',
  input: z.object({ kilobytes: z.int() }),
  handler: ({ kilobytes }) => 'x'.repeat(kilobytes * 1024),
})

export const count = defineTool({
  description: 'Reports progress for each step, the last one just before it answers.',
  input: z.object({ to: z.int() }),
  handler({ to }, ctx) {
    for (let step = 1; step <= to; step++) ctx.progress(step, to, `step ${step}`)
    return `counted to ${to}`
  },
})

export const talk = defineTool({
  description: 'Logs one line of each of three levels.',
  handler(_args, ctx) {
    ctx.log.debug('a detail')
    ctx.log.info({ text: 'a fact' })
    ctx.log.warning('a worry')
    return 'talked'
  },
})

let running = 0
let cancelled = 0

export const wait = defineTool({
  description: 'Runs for a minute unless it is cancelled.',
  async handler(_args, ctx) {
    running++
    try {
      await pause(60_000, undefined, { signal: ctx.signal })
      return 'nobody cancelled'
    } catch (error) {
      cancelled++
      throw error
    } finally {
      running--
    }
  },
})

export const waiting = defineTool({
  description: 'How many calls of wait run, and how many were cancelled.',
  output: z.object({ running: z.int(), cancelled: z.int() }),
  handler: () => ({ running, cancelled }),
})

export const touch = defineTool({
  description: 'Announces that a resource changed.',
  input: z.object({ uri: z.string() }),
  handler({ uri }, ctx) {
    ctx.notifyResourceUpdated(uri)
    return 'touched'
  },
})
