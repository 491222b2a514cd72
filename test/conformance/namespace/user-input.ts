import { defineTool } from 'tooldock'
import { z } from 'zod'
import { CHOICES, WITH_DEFAULTS } from './_forms.ts'

export const test_sampling = defineTool({
  description: "Asks the client's model.",
  input: z.object({ prompt: z.string() }),
  async handler({ prompt }, ctx) {
    const { content } = await ctx.sample({ messages: prompt, maxTokens: 100 })
    return `LLM response: ${'text' in content ? content.text : JSON.stringify(content)}`
  },
})

export const test_elicitation = defineTool({
  description: 'Asks the user for a name and an address.',
  input: z.object({ message: z.string() }),
  async handler({ message }, ctx) {
    const schema = z.object({ username: z.string().describe("User's response"), email: z.string().describe("User's email address") })
    const { action, content } = await ctx.elicit({ message, schema })
    return `User response: action=${action}, content=${JSON.stringify(content ?? {})}`
  },
})

export const test_elicitation_sep1034_defaults = defineTool({
  description: 'Asks with a default for each type of field.',
  async handler(_args, ctx) {
    const { action, content } = await ctx.elicit({
      message: 'Please review and update the form fields with defaults',
      schema: { type: 'object', properties: WITH_DEFAULTS, required: [] },
    })
    return `Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`
  },
})

export const test_elicitation_sep1330_enums = defineTool({
  description: 'Asks with every form of choice.',
  async handler(_args, ctx) {
    const { action, content } = await ctx.elicit({
      message: 'Please select options from the enum fields',
      schema: { type: 'object', properties: CHOICES, required: [] },
    })
    return `Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`
  },
})

export const test_missing_capability = defineTool({
  description: 'Needs a client that samples.',
  async handler(_args, ctx) {
    await ctx.sample({ messages: 'ping', maxTokens: 16 })
    return 'sampled'
  },
})
