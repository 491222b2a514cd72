import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { compileArguments, compileSchema } from './compiled-schema.ts'

const fieldsOf = async (schema: unknown, value: unknown) => {
  const { fields } = await (await compileArguments(schema)).check(value)
  return fields?.map(({ path, message }) => `${path}: ${message}`)
}

describe('arguments from zod', () => {
  it('are closed at the root unless the schema says otherwise', async () => {
    expect((await compileArguments(z.object({ a: z.string() }))).json).toEqual({
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    })
    expect(await fieldsOf(z.object({ a: z.string() }), { a: 'x', b: 1 })).toEqual(['b: unknown argument; known are a'])
    expect(await fieldsOf(z.strictObject({ a: z.string() }), { a: 'x', b: 1 })).toEqual(['b: unknown argument; known are a'])
    expect(await fieldsOf(z.looseObject({ a: z.string() }), { a: 'x', b: 1 })).toBeUndefined()
    expect(await fieldsOf(z.object({ a: z.string() }).catchall(z.number()), { a: 'x', b: 1 })).toBeUndefined()
    expect(await fieldsOf(z.object({ a: z.string() }).catchall(z.number()), { a: 'x', b: 'y' })).toEqual(['b: expected number, got "y"'])
  })

  it('may be a union of objects, closed as a whole', async () => {
    const union = z.discriminatedUnion('kind', [z.object({ kind: z.literal('a'), n: z.number() }), z.object({ kind: z.literal('b'), s: z.string() })])
    expect((await compileArguments(union)).json).toMatchObject({ type: 'object', unevaluatedProperties: false })
    expect(await fieldsOf(union, { kind: 'a', n: 1 })).toBeUndefined()
    expect(await fieldsOf(union, { kind: 'a', n: 1, x: 1 })).toEqual(['x: unknown argument; known are kind, n, s'])
  })

  it('name each wrong field with what was expected and what was got', async () => {
    const schema = z.object({ a: z.number(), list: z.array(z.object({ deep: z.boolean() })), mode: z.enum(['x', 'y']), gone: z.string() })
    expect(await fieldsOf(schema, { a: 'one', list: [{ deep: 1 }], mode: 'z' })).toEqual([
      'a: expected number, got "one"',
      'list[0].deep: expected boolean, got 1',
      'mode: Invalid option: expected one of "x"|"y", got "z"',
      'gone: expected string, but it is missing',
    ])
  })

  it('fill in defaults and wait for asynchronous checks', async () => {
    const schema = await compileArguments(z.object({ a: z.string().default('x'), b: z.string().refine(async (b) => b !== 'bad', 'is bad') }))
    expect(await schema.check({ b: 'good' })).toEqual({ value: { a: 'x', b: 'good' } })
    expect(await schema.check({ b: 'bad' })).toEqual({ fields: [{ path: 'b', message: 'is bad, got "bad"' }] })
  })

  it('name at most twenty unknown fields, however many there are', async () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n]))
    expect(await fieldsOf(z.object({}), many)).toHaveLength(20)
  })

  it.each([
    ['a string', z.string()],
    ['a union with a string', z.union([z.object({}), z.string()])],
    ['an array', z.array(z.string())],
    ['a date inside', z.object({ at: z.date() })],
    ['something else', 'string'],
    ['a list', []],
    ['a schema library without JSON Schema', { '~standard': { version: 1, vendor: 'old', validate: (value: unknown) => ({ value }) } }],
  ])('cannot be %s', async (_name, schema) => {
    await expect(compileArguments(schema)).rejects.toThrow(/object|JSON Schema/)
  })

  it('are none when there is no schema', async () => {
    expect((await compileArguments(undefined)).json).toEqual({ type: 'object', properties: {}, additionalProperties: false })
    expect(await fieldsOf(undefined, {})).toBeUndefined()
    expect(await fieldsOf(undefined, { a: 1 })).toEqual(['a: unknown argument; there are no arguments'])
  })
})

describe('raw JSON Schema', () => {
  it('is kept exactly as written', async () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { a: { $ref: '#/$defs/a', 'x-own': 1 } },
      $defs: { a: { type: 'string' } },
    }
    expect((await compileArguments(schema)).json).toBe(schema)
    expect(await fieldsOf(schema, { a: 1 })).toEqual(['a: expected string, got 1'])
    expect(await fieldsOf(schema, { a: 'x', b: 1 })).toBeUndefined()
  })

  it('names missing, unknown and wrong fields', async () => {
    const schema = { type: 'object', properties: { a: { type: 'integer' }, b: { enum: ['x', 'y'] } }, required: ['a'], additionalProperties: false }
    expect(await fieldsOf(schema, { b: 'z', c: 1 })).toEqual([
      'a: expected integer, but it is missing',
      'c: unknown argument; known are a, b',
      'b: must be equal to one of the allowed values: "x", "y", got "z"',
    ])
  })

  it('understands draft-07 and ignores formats', async () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      definitions: { a: { type: 'string', format: 'email' } },
      properties: { a: { $ref: '#/definitions/a' } },
    }
    expect(await fieldsOf(schema, { a: 'not an address' })).toBeUndefined()
    expect(await fieldsOf(schema, { a: 1 })).toHaveLength(1)
  })

  it.each([
    ['a reference elsewhere', { type: 'object', properties: { a: { $ref: 'https://example.com/schema.json' } } }, 'same document'],
    ['another dialect', { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' }, 'dialect'],
    ['nonsense', { type: 'objekt' }, 'not a valid JSON Schema'],
    ['no type at the root', { properties: {} }, 'object at the root'],
  ])('is refused with %s', async (_name, schema, words) => {
    await expect(compileArguments(schema)).rejects.toThrow(words)
  })
})

it('any schema may describe a result', async () => {
  expect((await compileSchema(z.array(z.int()), 'output')).json).toMatchObject({ type: 'array' })
  expect((await compileSchema(z.object({ a: z.string().default('x') }), 'output')).json).toMatchObject({ required: ['a'], additionalProperties: false })
})
