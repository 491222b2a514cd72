import { expect, it } from 'vitest'
import { assertNamespaceName, isNamespaceName } from './namespace-name.ts'

it.each(['shared', 'a', '0', 'my-tools_2', 'a'.repeat(63)])('accepts %s', (name) => {
  expect(isNamespaceName(name)).toBe(true)
})

it.each(['', 'A', '-a', '_a', 'a__b', 'a.b', 'a/b', '..', 'a b', 'ä', 'a\0', 'a\n', 'a'.repeat(64), 'api', 'mcp', 'tooldock', 'well-known'])(
  'refuses %j',
  (name) => {
    expect(isNamespaceName(name)).toBe(false)
    expect(() => assertNamespaceName(name)).toThrow(expect.objectContaining({ code: 'invalid_params' }))
  },
)
