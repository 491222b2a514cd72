import { describe, expect, it } from 'vitest'
import { convertedValue, defaultValue } from './default-value.ts'
import { describeField } from './field.ts'
import type { JsonSchema } from './json-schema.ts'

function field(schema: JsonSchema) {
  return describeField(schema, schema)
}

describe('describeField', () => {
  it.each([
    [{ type: 'string' }, 'text'],
    [{ type: 'string', maxLength: 4000 }, 'multiline'],
    [{ type: 'string', contentMediaType: 'text/markdown' }, 'multiline'],
    [{ type: 'string', format: 'password' }, 'password'],
    [{ type: 'string', format: 'uri' }, 'url'],
    [{ type: 'string', format: 'date' }, 'date'],
  ])('draws %j as %s', (schema, input) => {
    expect(field(schema)).toMatchObject({ kind: 'text', input })
  })

  it('sees null in type lists, unions and enumerations', () => {
    expect(field({ type: ['string', 'null'] })).toMatchObject({ kind: 'text', nullable: true })
    expect(field({ anyOf: [{ type: 'integer', title: 'Port' }, { type: 'null' }], default: null })).toMatchObject({
      kind: 'number',
      nullable: true,
      label: 'Port',
    })
    expect(field({ type: ['string', 'null'], enum: ['a', null] })).toMatchObject({ kind: 'choice', nullable: true, choices: [{ value: 'a' }] })
  })

  it('reads titled choices in every form they are written in', () => {
    const titled = [
      { value: 'r', label: 'Red' },
      { value: 'g', label: 'Green' },
    ]
    expect(field({ type: 'string', enum: ['r', 'g'], enumNames: ['Red', 'Green'] })).toMatchObject({ kind: 'choice', choices: titled })
    const oneOf = [
      { const: 'r', title: 'Red' },
      { const: 'g', title: 'Green' },
    ]
    expect(field({ type: 'string', oneOf })).toMatchObject({ kind: 'choice', choices: titled })
    expect(field({ type: 'array', uniqueItems: true, items: { anyOf: oneOf } })).toMatchObject({ kind: 'choices', choices: titled })
  })

  it('names variants by title, by the constant that tells them apart, by definition, by type', () => {
    const schema = {
      anyOf: [{ title: 'By name', type: 'object' }, { properties: { kind: { const: 'id' } } }, { $ref: '#/$defs/point' }, { type: 'boolean' }],
      $defs: { point: { type: 'array' } },
    }
    expect(field(schema)).toMatchObject({
      kind: 'union',
      variants: [{ label: 'By name' }, { label: 'kind: "id"'.replaceAll('"', '') }, { label: 'point' }, { label: 'Yes or no' }],
    })
  })

  it('shares what stands beside a union with each variant, but its title', () => {
    const schema = { title: 'Shape', type: 'object', properties: { name: { type: 'string' } }, oneOf: [{ properties: { radius: { type: 'number' } } }] }
    const described = field(schema)
    const variant = described.kind === 'union' ? described.variants[0]?.schema : undefined
    expect(describeField(variant ?? false, schema)).toMatchObject({ kind: 'object', label: undefined, properties: [{ name: 'name' }, { name: 'radius' }] })
  })

  it('merges allOf: the narrower bounds, all members, both halves of one member', () => {
    const described = field({
      allOf: [
        { type: 'object', properties: { size: { type: 'number', minimum: 1 } }, required: ['size'] },
        { properties: { size: { minimum: 5, type: 'integer' }, colour: { type: 'string' } } },
      ],
    })
    expect(described).toMatchObject({
      kind: 'object',
      properties: [
        { name: 'size', required: true },
        { name: 'colour', required: false },
      ],
    })
    const size = described.kind === 'object' ? described.properties[0]?.schema : undefined
    expect(describeField(size ?? false, {})).toMatchObject({ kind: 'number', integer: true, min: 5 })
  })

  it('edits as JSON what says nothing of its type', () => {
    expect(field({})).toMatchObject({ kind: 'json' })
    expect(field(true)).toMatchObject({ kind: 'json' })
    expect(field({ $ref: 'https://elsewhere.example/schema' })).toMatchObject({ kind: 'json' })
  })
})

describe('defaultValue', () => {
  it('fills defaults, constants and what must be there, and leaves the rest to be said', () => {
    const schema = {
      type: 'object',
      properties: {
        query: { type: 'string' },
        limit: { type: 'integer', default: 10 },
        kind: { const: 'search' },
        options: { type: 'object', properties: { exact: { type: 'boolean', default: false } }, required: ['exact'] },
        tags: { type: 'array', items: { type: 'string' } },
      },
      required: ['query', 'kind', 'options', 'tags'],
    }
    expect(defaultValue(schema, schema)).toEqual({ limit: 10, kind: 'search', options: { exact: false }, tags: [] })
  })

  it('ends on a schema that requires itself', () => {
    const schema = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] }
    expect(JSON.stringify(defaultValue(schema, schema)).length).toBeLessThan(200)
  })

  it('keeps what two variants share when one changes to the other', () => {
    const cash = { type: 'object', properties: { kind: { const: 'cash' }, amount: { type: 'number' } }, required: ['kind', 'amount'] }
    expect(convertedValue({ kind: 'card', amount: 5, number: '1' }, cash, {})).toEqual({ kind: 'cash', amount: 5 })
    expect(convertedValue(5, { type: 'string' }, {})).toBe('5')
    expect(convertedValue('x', { type: 'number' }, {})).toBeUndefined()
  })
})
