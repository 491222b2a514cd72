import { defineTool } from 'tooldock'
import { z } from 'zod'

export const bookTable = defineTool({
  name: 'book_table',
  title: 'Book a table',
  description: 'Books a table after the user has confirmed it.',
  input: z.object({ people: z.int().min(1).max(20), time: z.string().describe('When, as the user said it') }),
  annotations: { destructiveHint: false, openWorldHint: false },
  async handler({ people, time }, ctx) {
    const answer = await ctx.elicit({
      key: 'confirm',
      message: `Book a table for ${people} at ${time}?`,
      schema: z.object({
        sure: z.boolean().describe('Yes, book it'),
        area: z.enum(['inside', 'outside']).default('inside').describe('Where to sit'),
      }),
    })
    if (answer.action !== 'accept' || !answer.content.sure) return 'Nothing was booked.'
    return { booked: true, people, time, area: answer.content.area }
  },
})
