import { definePrompt, embeddedResource, image, text } from 'tooldock'
import { z } from 'zod'
import { PNG } from './_media.ts'

const starting =
  (...words: string[]) =>
  (value: string) =>
    words.filter((word) => word.startsWith(value))

export const test_simple_prompt = definePrompt({
  description: 'A prompt without arguments.',
  handler: () => 'This is a simple prompt for testing.',
})

export const test_prompt_with_arguments = definePrompt({
  description: 'A prompt with two arguments.',
  input: z.object({ arg1: z.string().describe('First test argument'), arg2: z.string().describe('Second test argument') }),
  complete: { arg1: starting('testValue1', 'testValue2', 'other') },
  handler: ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
})

export const test_prompt_with_embedded_resource = definePrompt({
  description: 'A prompt with a resource inside.',
  input: z.object({ resourceUri: z.string() }),
  handler: ({ resourceUri }) => [
    { role: 'user', content: embeddedResource({ uri: resourceUri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' }) },
    { role: 'user', content: text('Please process the embedded resource above.') },
  ],
})

export const test_prompt_with_image = definePrompt({
  description: 'A prompt with an image.',
  handler: () => [
    { role: 'user', content: image(PNG, 'image/png') },
    { role: 'user', content: text('Please analyze the image above.') },
  ],
})

export const test_input_required_result_prompt = definePrompt({
  description: 'A prompt that asks for its context.',
  async handler(_args, ctx) {
    const { content } = await ctx.elicit({ key: 'user_context', message: 'What context should the prompt use?', schema: z.object({ context: z.string() }) })
    return `Context: ${content?.context}`
  },
})
