import { defineTool } from 'tooldock'
import { z } from 'zod'

export const echo = defineTool({
  title: 'Echo',
  description: 'Answers the text it was given. Good for trying a connection.',
  input: z.object({ text: z.string().describe('What to answer') }),
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  handler: ({ text }) => text,
})
