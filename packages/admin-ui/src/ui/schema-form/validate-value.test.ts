import { describe, expect, it } from 'vitest'
import type { JsonSchema } from './json-schema.ts'
import { closestVariant, validateValue } from './validate-value.ts'

function problems(schema: JsonSchema, value: unknown): readonly string[] {
  return validateValue(schema, value).map(({ pointer, message }) => `${pointer}: ${message}`)
}

describe('validateValue', () => {
  it('puts what is missing under the field that is missing', () => {
    const schema = { type: 'object', properties: { to: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }, required: ['to'] }
    expect(problems(schema, {})).toEqual(['/to: Required.'])
    expect(problems(schema, { to: {} })).toEqual(['/to/city: Required.'])
    expect(problems(schema, { to: { city: '' } })).toEqual([])
  })

  it('says the bounds of texts, numbers and lists in words', () => {
    expect(problems({ type: 'string', minLength: 3, pattern: '^a' }, 'b')).toEqual([': At least 3 characters.', ': Must match the pattern ^a'])
    expect(problems({ type: 'integer', minimum: 1, exclusiveMaximum: 10 }, 10)).toEqual([': Must be less than 10.'])
    expect(problems({ type: 'integer' }, 1.5)).toEqual([': Must be a whole number.'])
    expect(problems({ type: 'array', maxItems: 1, uniqueItems: true }, [{ a: 1 }, { a: 1 }])).toEqual([
      ': At most 1 entry (now 2).',
      ': Entries must differ from each other.',
    ])
  })

  it.each([
    [0.3, 0.1],
    [1e15, 0.5],
    [4.35, 0.01],
  ])('takes %d for a multiple of %d', (value, multipleOf) => {
    expect(problems({ type: 'number', multipleOf }, value)).toEqual([])
  })

  it.each([
    ['date', '2026-02-28', '2026-02-30'],
    ['date-time', '2026-02-28T10:00:00.5+01:00', '2026-02-28 10:00'],
    ['email', 'a@b.example', 'a.b'],
    ['uri', 'urn:x:y', 'example'],
    ['uuid', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '6ba7b810'],
    ['ipv4', '10.0.0.1', '10.0.0.256'],
  ])('knows a good %s from a bad one', (format, good, bad) => {
    expect(problems({ type: 'string', format }, good)).toEqual([])
    expect(problems({ type: 'string', format }, bad)).toHaveLength(1)
  })

  it('leaves to the tool what it does not know', () => {
    expect(problems({ type: 'string', format: 'hostname-of-mars', pattern: '(?<bad' }, 'x')).toEqual([])
    expect(problems({ type: 'object', dependentSchemas: { a: false } }, { a: 1 })).toEqual([])
  })

  it('follows references, merges allOf, and names the place in a recursive schema', () => {
    const schema = {
      $ref: '#/$defs/node',
      $defs: {
        node: { allOf: [{ properties: { name: { type: 'string' } }, required: ['name'] }, { properties: { children: { items: { $ref: '#/$defs/node' } } } }] },
      },
    }
    expect(problems(schema, { name: 'a', children: [{ name: 'b', children: [{}] }] })).toEqual(['/children/0/children/0/name: Required.'])
  })

  it('says of a union only what the closest variant lacks', () => {
    const card = { type: 'object', properties: { kind: { const: 'card' }, number: { type: 'string' } }, required: ['kind', 'number'] }
    const cash = {
      type: 'object',
      properties: { kind: { const: 'cash' }, given: { type: 'number' }, tip: { type: 'number' } },
      required: ['kind', 'given', 'tip'],
    }
    expect(closestVariant([card, cash], { kind: 'cash' }, {})).toBe(1)
    expect(problems({ oneOf: [card, cash] }, { kind: 'cash' })).toEqual(['/given: Required.', '/tip: Required.'])
  })

  it('knows members by pattern, forbids unknown ones only when told to', () => {
    const schema = { type: 'object', patternProperties: { '^x-': { type: 'number' } }, additionalProperties: false }
    expect(problems(schema, { 'x-a': 'b', 'y/z': 1 })).toEqual(['/x-a: Must be a number.', '/y~1z: Not a member this tool knows.'])
    expect(problems({ type: 'object' }, { anything: 1 })).toEqual([])
  })

  it('ends on schemas that contain themselves', () => {
    expect(problems({ anyOf: [{ $ref: '#' }, { $ref: '#' }] }, 1)).toEqual([])
    expect(problems({ $ref: '#' }, 1)).toEqual([])
  })

  it('checks tuples of both drafts', () => {
    const value = ['a', 'b', 'c']
    expect(problems({ type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] }, value)).toEqual(['/1: Must be a number.'])
    expect(problems({ type: 'array', items: [{ type: 'string' }], additionalItems: { type: 'number' } }, value)).toEqual([
      '/1: Must be a number.',
      '/2: Must be a number.',
    ])
  })
})
