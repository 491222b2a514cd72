import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { type Context, definePrompt, defineResource, defineTool, elicit, inputRequired, type SampleResult, text } from './index.ts'

// Checked by tsc: the bodies only have to compile.
describe('types', () => {
  it('infers arguments and result of a tool from zod schemas', () => {
    const add = defineTool({
      description: 'Add',
      input: z.object({ a: z.number(), b: z.number().default(1) }),
      output: z.object({ sum: z.number() }),
      handler({ a, b }, ctx) {
        expectTypeOf(a).toEqualTypeOf<number>()
        expectTypeOf(b).toEqualTypeOf<number>()
        expectTypeOf(ctx).toEqualTypeOf<Context>()
        return { sum: a + b }
      },
    })
    expectTypeOf(add.handler).parameter(0).toEqualTypeOf<{ a: number; b: number }>()
    // @ts-expect-error the result lacks `sum`
    defineTool({ output: z.object({ sum: z.number() }), handler: () => ({ total: 1 }) })
    // @ts-expect-error a promise of the wrong result is as wrong
    defineTool({ output: z.object({ sum: z.number() }), handler: async () => ({ sum: 'x' }) })
    defineTool({ output: z.object({ sum: z.number() }), handler: () => ({ content: [text('no')], isError: true }) })
    defineTool({
      output: z.object({ sum: z.number() }),
      handler: () => inputRequired({ inputRequests: { a: elicit({ message: 'a', schema: z.object({}) }) } }),
    })
    expect(add.name).toBeUndefined()
  })

  it('gives a tool without input no arguments, and one with raw JSON Schema unknown ones', () => {
    defineTool({
      handler(args) {
        expectTypeOf(args).toEqualTypeOf<Record<string, never>>()
        return 'text'
      },
    })
    defineTool({
      input: { type: 'object', properties: { a: { type: 'string' } } },
      handler(args) {
        expectTypeOf(args).toEqualTypeOf<Record<string, unknown>>()
      },
    })
  })

  it('types what the user answers', () => {
    defineTool({
      async handler(_, ctx) {
        const answer = await ctx.elicit({ message: 'Name?', schema: z.object({ name: z.string() }) })
        if (answer.action === 'accept') expectTypeOf(answer.content).toEqualTypeOf<{ name: string }>()
        else expectTypeOf(answer.content).toEqualTypeOf<undefined>()
        expectTypeOf(await ctx.sample({ messages: 'Hi', maxTokens: 10 })).toEqualTypeOf<SampleResult>()
      },
    })
  })

  it('reads the variables of a template from its text', () => {
    defineResource({
      uriTemplate: 'notes://{folder}/{id}{?format,lines}',
      complete: { folder: () => ['a'] },
      handler({ variables }) {
        expectTypeOf(variables.folder).toEqualTypeOf<string>()
        expectTypeOf(variables.id).toEqualTypeOf<string>()
        expectTypeOf(variables.format).toEqualTypeOf<string | undefined>()
        return variables.id
      },
    })
    // @ts-expect-error the template has no such variable
    defineResource({ uriTemplate: 'notes://{id}', handler: ({ variables }) => variables.name })
  })

  it('lets prompts complete their own arguments only', () => {
    definePrompt({
      description: 'Review',
      input: z.object({ language: z.string(), style: z.string().optional() }),
      complete: { language: (value) => [value] },
      handler: ({ language, style }) => `${language} ${style}`,
    })
    // @ts-expect-error there is no argument `other`
    definePrompt({ description: 'Review', input: z.object({ language: z.string() }), complete: { other: () => [] }, handler: () => 'x' })
  })
})
