import { describe, expect, it } from 'vitest'
import { embedSchema } from './local-refs.ts'

describe('embedSchema', () => {
  it('rewrites references of schemas, and leaves values and names that look like references alone', () => {
    const components: Record<string, unknown> = {}
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        anything: true,
        $ref: { type: 'string' },
        a: { const: { $ref: '#/$defs/x' } },
        b: { anyOf: [{ $ref: '#/$defs/x' }, { $ref: 'https://example.com/s' }] },
      },
      $defs: { x: { enum: [1] } },
    }
    expect(embedSchema(schema, 'tool.input', components)).toEqual({
      type: 'object',
      properties: {
        anything: {},
        $ref: { type: 'string' },
        a: { const: { $ref: '#/$defs/x' } },
        b: { anyOf: [{ $ref: '#/components/schemas/tool.input.x' }, { $ref: 'https://example.com/s' }] },
      },
    })
    expect(components).toEqual({ 'tool.input.x': { enum: [1] } })
  })

  it('keeps definitions apart whose names read the same as component names', () => {
    const components: Record<string, unknown> = {}
    const schema = {
      allOf: [{ $ref: '#/$defs/a~1b' }, { $ref: '#/$defs/a%20b' }, { $ref: '#/definitions/a_b/properties/c' }],
      $defs: { 'a/b': { title: '1' }, 'a b': { title: '2' } },
      definitions: { a_b: { title: '3' } },
    }
    const { allOf } = embedSchema(schema, 't', components) as { allOf: { $ref: string }[] }
    expect(allOf.map(({ $ref }) => $ref)).toEqual(['#/components/schemas/t.a_b', '#/components/schemas/t.a_b_2', '#/components/schemas/t.a_b_3/properties/c'])
    expect(components).toEqual({ 't.a_b': { title: '1' }, 't.a_b_2': { title: '2' }, 't.a_b_3': { title: '3' } })
  })

  it('makes a schema that refers to itself a component', () => {
    const components: Record<string, unknown> = {}
    expect(embedSchema({ properties: { next: { $ref: '#' } } }, 'list', components)).toEqual({ $ref: '#/components/schemas/list' })
    expect(components).toEqual({ list: { properties: { next: { $ref: '#/components/schemas/list' } } } })
  })
})
