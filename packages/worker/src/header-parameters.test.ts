import { expect, it } from 'vitest'
import { headerParameterFaults } from './header-parameters.ts'

const object = (properties: Record<string, unknown>, more: object = {}) => ({ type: 'object', properties, ...more })

it('accepts annotations on primitive properties, also nested ones', () => {
  const schema = object({ region: { type: 'string', 'x-mcp-header': 'Region' }, deep: object({ n: { type: 'integer', 'x-mcp-header': 'N' } }) })
  expect(headerParameterFaults(schema)).toEqual([])
})

it('takes a property named like the annotation, and data that looks like it, for what they are', () => {
  expect(headerParameterFaults(object({ 'x-mcp-header': { type: 'object' }, a: { type: 'object', default: { 'x-mcp-header': 'no header' } } }))).toEqual([])
})

it.each([
  ['an empty name', object({ a: { type: 'string', 'x-mcp-header': '' } }), 'header name'],
  ['a name with a space', object({ a: { type: 'string', 'x-mcp-header': 'My Region' } }), 'header name'],
  ['a line break', object({ a: { type: 'string', 'x-mcp-header': 'a\r\nb' } }), 'header name'],
  ['a number', object({ a: { type: 'number', 'x-mcp-header': 'A' } }), 'string, integer or boolean'],
  ['an object', object({ a: { type: 'object', 'x-mcp-header': 'A' } }), 'string, integer or boolean'],
  ['the same name twice', object({ a: { type: 'string', 'x-mcp-header': 'A' }, b: { type: 'string', 'x-mcp-header': 'a' } }), 'used twice'],
  ['a place inside items', object({ a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } } }), 'reached'],
  ['a place inside anyOf', object({}, { anyOf: [object({ a: { type: 'string', 'x-mcp-header': 'A' } })] }), 'reached'],
  ['a place inside $defs', object({}, { $defs: { a: { type: 'string', 'x-mcp-header': 'A' } } }), 'reached'],
  ['the root', { type: 'object', 'x-mcp-header': 'A' }, 'the root'],
])('refuses %s', (_name, schema, words) => {
  expect(headerParameterFaults(schema).join('\n')).toContain(words)
})
