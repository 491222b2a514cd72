import type { ToolEntry } from '@tooldock/worker/protocol'
import { expect, test } from 'vitest'
import { createParamHeaders, decodeHeaderValue } from './param-headers.ts'

const tool: ToolEntry = {
  file: 'a.ts',
  name: 'query',
  inputSchema: {
    type: 'object',
    properties: {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      options: { type: 'object', properties: { count: { type: 'integer', 'x-mcp-header': 'Count' }, dry: { type: 'boolean', 'x-mcp-header': 'Dry' } } },
    },
  },
}
const { check } = createParamHeaders()
const args = { region: 'us-west1', options: { count: 42, dry: true } }
const headers = { 'mcp-param-region': 'us-west1', 'mcp-param-count': '42', 'mcp-param-dry': 'true' }

test('headers that repeat the arguments pass; integers are compared as numbers', () => {
  expect(() => check(tool, args, headers)).not.toThrow()
  expect(() => check(tool, args, { ...headers, 'mcp-param-count': '42.0' })).not.toThrow()
  expect(() => check(tool, args, { ...headers, 'mcp-param-region': '=?base64?dXMtd2VzdDE=?=' })).not.toThrow()
  expect(() => check(tool, { region: null }, {})).not.toThrow()
  expect(() => check(tool, undefined, {})).not.toThrow()
})

test.each([
  ['another value', { ...headers, 'mcp-param-region': 'eu' }],
  ['a missing header', { 'mcp-param-count': '42', 'mcp-param-dry': 'true' }],
  ['broken base64', { ...headers, 'mcp-param-region': '=?base64?dXMt*?=' }],
  ['characters outside ASCII', { ...headers, 'mcp-param-region': 'us-wést1' }],
  ['an empty number', { ...headers, 'mcp-param-count': '' }],
])('%s is a header mismatch', (_what, wrong) => {
  expect(() => check(tool, args, wrong)).toThrow('Header mismatch')
})

test('a header without its argument is a mismatch', () => {
  expect(() => check(tool, {}, { 'mcp-param-region': 'us-west1' })).toThrow('the body has no such value')
})

test.each([
  ['plain', 'plain'],
  ['=?base64?SGVsbG8sIOS4lueVjA==?=', 'Hello, 世界'],
  ['=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=', '=?base64?literal?='],
  ['=?base64?/w==?=', undefined],
])('the header value %s reads %s', (header, value) => {
  expect(decodeHeaderValue(header)).toBe(value)
})
