/** Tools for the playground: a field of every kind, questions, progress, content of every kind. */
export const KIT = {
  'kit.ts': `import { defineTool } from 'tooldock'
import { z } from 'zod'

export const order = defineTool({
  title: 'Place an order',
  description: 'Says **what** was ordered.',
  annotations: { readOnlyHint: true },
  input: z.looseObject({
    customer: z.string().min(2).describe('Who orders'),
    size: z.enum(['small', 'medium', 'large']).default('medium'),
    quantity: z.number().int().min(1).max(99),
    payment: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('card'), pin: z.string().meta({ format: 'password' }) }),
      z.object({ kind: z.literal('cash'), given: z.number() }),
    ]),
    items: z.array(z.object({ sku: z.string(), count: z.number().int().default(1) })).min(1),
    labels: z.record(z.string(), z.string()).optional(),
    address: z.object({ city: z.string() }).optional(),
    note: z.string().nullable().optional(),
  }),
  handler: (input) => ({ ordered: input }),
})
export const ask = defineTool({
  description: 'Asks who you are.',
  async handler(_, ctx) {
    const answer = await ctx.elicit({ message: 'Who are you?', schema: z.object({ name: z.string().min(2), role: z.enum(['dev', 'ops']) }) })
    return answer.action === 'accept' ? \`Hello, \${answer.content.name} (\${answer.content.role})!\` : \`You said \${answer.action}.\`
  },
})
export const visit = defineTool({
  description: 'Asks you to visit a page.',
  async handler(_, ctx) {
    const answer = await ctx.elicit({ mode: 'url', message: 'Sign in there', url: 'https://accounts.example/sign-in?x=1' })
    return \`You said \${answer.action}.\`
  },
})
export const muse = defineTool({
  description: 'Asks the model, and for folders.',
  async handler(_, ctx) {
    const said = await ctx.sample({ messages: [{ role: 'user', content: { type: 'text', text: 'A line about tea' } }], maxTokens: 50 })
    const roots = await ctx.listRoots()
    return \`\${JSON.stringify(said.content)} in \${roots.map((root) => root.uri).join()}\`
  },
})
export const wait = defineTool({
  description: 'Waits to be cancelled.',
  handler: (_, ctx) => {
    ctx.progress(1, 4, 'one of four')
    ctx.log.info('began to wait')
    return new Promise((done) => ctx.signal.addEventListener('abort', () => done('stopped')))
  },
})
export const show = defineTool({
  description: 'Content of every kind.',
  handler: () => ({
    content: [
      { type: 'text', text: '# A title\\n\\nWith **bold** words and <b>no html</b>.' },
      { type: 'text', text: JSON.stringify({ list: [1, { deep: ['down here'] }] }) },
      { type: 'text', text: 'long '.repeat(10_000) + 'END' },
      { type: 'image', data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', mimeType: 'image/png' },
      { type: 'audio', data: 'UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=', mimeType: 'audio/wav' },
      { type: 'resource', resource: { uri: 'test://inside', text: 'embedded words', mimeType: 'text/plain' } },
      { type: 'resource_link', uri: 'file:///far/away.txt', name: 'away.txt', description: 'Far away' },
    ],
    structuredContent: { sum: 3 },
  }),
})
export const fail = defineTool({ description: 'Fails.', handler() { throw new Error('The printer <b>is</b> on fire.') } })
`,
}
