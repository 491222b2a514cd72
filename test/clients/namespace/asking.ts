import { defineTool } from 'tooldock'
import { z } from 'zod'

const ANSWER = z.object({ answer: z.string() })

export const ask = defineTool({
  description: 'Asks the user one question.',
  input: z.object({ question: z.string() }),
  async handler({ question }, ctx) {
    const { action, content } = await ctx.elicit({ message: question, schema: ANSWER })
    return `${action}: ${content?.answer ?? 'nothing'}`
  },
})

export const ask_three = defineTool({
  description: 'Asks the user, the model and the client side by side.',
  async handler(_args, ctx) {
    const [user, model, roots] = await Promise.all([
      ctx.elicit({ message: 'Who are you?', schema: ANSWER }),
      ctx.sample({ messages: 'Say hello', maxTokens: 10 }),
      ctx.listRoots(),
    ])
    return JSON.stringify({ user: user.content?.answer, model: 'text' in model.content ? model.content.text : null, roots: roots.map(({ uri }) => uri) })
  },
})

export const ask_twice = defineTool({
  description: 'Asks a second question about the first answer.',
  async handler(_args, ctx) {
    const first = await ctx.elicit({ message: 'First?', schema: ANSWER })
    const second = await ctx.elicit({ message: `Second, after ${first.content?.answer}?`, schema: ANSWER })
    return `${first.content?.answer}, then ${second.content?.answer}`
  },
})

export const ask_model = defineTool({
  description: "Asks the client's model.",
  async handler(_args, ctx) {
    const { content, model } = await ctx.sample({ messages: 'Say hello', maxTokens: 10 })
    return `${model}: ${'text' in content ? content.text : ''}`
  },
})

export const ask_roots = defineTool({
  description: "Asks for the client's folders.",
  handler: async (_args, ctx) => (await ctx.listRoots()).map(({ uri }) => uri).join(' '),
})
