/** One tool with a field of every kind, and tools whose calls do not end well. */
export const DEMO = {
  'tooldock.json': JSON.stringify({ title: 'Demo', description: 'Tools to try.' }),
  'demo.ts': `import { defineTool } from 'tooldock'
import { z } from 'zod'

export const greet = defineTool({
  title: 'Greet',
  description: 'Greets somebody.',
  input: z.object({
    name: z.string().min(2).describe('Whom to greet'),
    times: z.int().min(1).max(3).default(1),
    tone: z.enum(['calm', 'loud']).optional(),
    twice: z.boolean().optional(),
    titles: z.array(z.string()).optional(),
  }),
  output: z.object({ greeting: z.string(), given: z.array(z.string()) }),
  handler: (args) => ({ greeting: ('Hello ' + [...(args.titles ?? []), args.name].join(' ') + '. ').repeat(args.times).trim(), given: Object.keys(args) }),
})
export const fail = defineTool({ description: 'Fails.', handler() { throw new Error('The printer <b>is</b> on fire.') } })
export const wait = defineTool({ description: 'Waits to be cancelled.', handler: (_args, ctx) => new Promise((done) => ctx.signal.addEventListener('abort', () => done('stopped'))) })
`,
}

/** A folder that was never published, because its file cannot be read. */
export const BROKEN = { 'broken.ts': 'export const tool = \n' }

/** `tool0` to `tool{count - 1}`, which take nothing. */
export function manyTools(count: number): Readonly<Record<string, string>> {
  const tools = Array.from({ length: count }, (_, index) => `export const tool${index} = defineTool({ description: 'One of many.', handler: () => ${index} })`)
  return { 'many.ts': `import { defineTool } from 'tooldock'\n${tools.join('\n')}\n` }
}
