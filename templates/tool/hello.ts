import { defineTool } from 'tooldock'
import { z } from 'zod'

export const hello = defineTool({
  title: 'Hello',
  description: 'Greets somebody by name. Say here what the tool does and when a model should use it.',
  input: z.object({ name: z.string().min(1).describe('Who is greeted') }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  handler: ({ name }) => `Hello, ${name}!`,
})
