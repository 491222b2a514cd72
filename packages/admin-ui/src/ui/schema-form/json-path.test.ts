import { describe, expect, it } from 'vitest'
import { expressionOf, pointerOf, valueAtPointer, withMember, withMovedItem, withRenamed } from './json-path.ts'

describe('json paths', () => {
  it('writes and follows pointers through awkward names', () => {
    const value = { 'a/b': [{ '~': 1 }] }
    expect(valueAtPointer(value, pointerOf(['a/b', 0, '~']))).toBe(1)
    expect(valueAtPointer(value, '/constructor')).toBeUndefined()
  })

  it('writes paths as code', () => {
    expect(expressionOf(['people', 0, 'first name'])).toBe('$.people[0]["first name"]')
  })

  it('keeps the order of members when one changes, goes or is renamed', () => {
    expect(Object.keys(withMember({ a: 1, b: 2, c: 3 }, 'b', 5))).toEqual(['a', 'b', 'c'])
    expect(withMember({ a: 1, b: 2 }, 'a', undefined)).toEqual({ b: 2 })
    expect(Object.keys(withRenamed({ a: 1, b: 2 }, 'a', 'z'))).toEqual(['z', 'b'])
    expect(withMovedItem(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
  })

  it('sets a member called __proto__ as any other', () => {
    expect(JSON.stringify(withMember({}, '__proto__', { x: 1 }))).toBe('{"__proto__":{"x":1}}')
  })
})
