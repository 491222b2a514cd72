import { defineTool, elicit, inputRequired, sample } from 'tooldock'
import { z } from 'zod'

const NAME = z.object({ name: z.string() })
const OK = z.object({ ok: z.boolean() })
const accepted = <T>(content: z.ZodType<T>, response: unknown): T | undefined =>
  z.object({ action: z.literal('accept'), content }).safeParse(response).data?.content

/** Stateless on purpose: answers that come with a first request count, and so do wrong ones. */
export const test_input_required_result_elicitation = defineTool({
  description: 'Asks for a name and greets.',
  handler(_args, ctx) {
    const answer = accepted(NAME, ctx.inputResponses?.user_name)
    if (answer !== undefined) return `Hello, ${answer.name}!`
    return inputRequired({ inputRequests: { user_name: elicit({ message: 'What is your name?', schema: NAME }) } })
  },
})

export const test_input_required_result_sampling = defineTool({
  description: "Asks the client's model.",
  async handler(_args, ctx) {
    const { content } = await ctx.sample({ key: 'capital_question', messages: 'What is the capital of France?', maxTokens: 100 })
    return 'text' in content ? content.text : JSON.stringify(content)
  },
})

export const test_input_required_result_list_roots = defineTool({
  description: "Asks for the client's folders.",
  async handler(_args, ctx) {
    const roots = await ctx.listRoots({ key: 'client_roots' })
    return roots.map(({ uri }) => uri).join('\n')
  },
})

export const test_input_required_result_request_state = defineTool({
  description: 'Asks to confirm and gets its state back.',
  handler(_args, ctx) {
    if (accepted(OK, ctx.inputResponses?.confirm) !== undefined && ctx.requestState === 'asked') return 'state-ok'
    return inputRequired({ inputRequests: { confirm: elicit({ message: 'Please confirm', schema: OK }) }, requestState: 'asked' })
  },
})

export const test_input_required_result_tampered_state = defineTool({
  description: 'Asks to confirm; its state must not be changed on the way.',
  handler(_args, ctx) {
    if (ctx.requestState === 'asked') return 'integrity-ok'
    return inputRequired({ inputRequests: { confirm: elicit({ message: 'Please confirm', schema: OK }) }, requestState: 'asked' })
  },
})

export const test_input_required_result_multiple_inputs = defineTool({
  description: 'Asks three things side by side.',
  async handler(_args, ctx) {
    const [name, greeting, roots] = await Promise.all([
      ctx.elicit({ key: 'user_name', message: 'What is your name?', schema: NAME }),
      ctx.sample({ key: 'greeting', messages: 'Generate a greeting', maxTokens: 50 }),
      ctx.listRoots({ key: 'client_roots' }),
    ])
    return JSON.stringify({ name: name.content?.name, greeting: greeting.content, roots })
  },
})

export const test_input_required_result_multi_round = defineTool({
  description: 'Asks twice, one thing after the other.',
  async handler(_args, ctx) {
    const first = await ctx.elicit({ key: 'step1', message: 'Step 1: What is your name?', schema: NAME })
    const second = await ctx.elicit({ key: 'step2', message: 'Step 2: What is your favorite color?', schema: z.object({ color: z.string() }) })
    return `${first.content?.name} likes ${second.content?.color}`
  },
})

export const test_input_required_result_capabilities = defineTool({
  description: 'Asks only what the client can answer.',
  handler(_args, ctx) {
    const requests = {
      ...(ctx.clientCapabilities.elicitation !== undefined && { elicit_input: elicit({ message: 'A value?', schema: z.object({ value: z.string() }) }) }),
      ...(ctx.clientCapabilities.sampling !== undefined && { sample_input: sample({ messages: 'Sample request', maxTokens: 50 }) }),
    }
    if (ctx.inputResponses !== undefined || Object.keys(requests).length === 0) return 'nothing more to ask'
    return inputRequired({ inputRequests: requests })
  },
})
