import { describe, expect, it } from 'vitest'
import { findMembers, withoutMember } from './json-members.ts'

const valuesOf = (text: string) => {
  const members = findMembers(text)
  return members && Object.fromEntries([...members].map(([name, { valueStart, end }]) => [name, text.slice(valueStart, end)]))
}

describe('members of a JSON object', () => {
  it.each([
    ['{}', {}],
    [' { } ', {}],
    ['{"a":1,"b":[{"c":"]}"}],"d":null}', { a: '1', b: '[{"c":"]}"}]', d: 'null' }],
    ['{\n "a" : "x\\"y\\\\" ,\t"\\u0062":-1.5e3\r}', { a: '"x\\"y\\\\"', b: '-1.5e3' }],
    ['{"a":{"a":{"a":"\\\\\\""}}}', { a: '{"a":{"a":"\\\\\\""}}' }],
  ])('%s', (text, values) => {
    expect(valuesOf(text)).toEqual(values)
  })

  it.each(['', '[]', '{', '{"a"}', '{"a":}', '{"a":1,}', '{"a":1}}', '{"a":1} x', '{"a":"x}', '{"a":[1}', '{a:1}', '{"a":1 "b":2}', '{"a":{"b":"\\"}'])(
    'none in %s',
    (text) => {
      expect(findMembers(text)).toBeUndefined()
    },
  )

  it('are the same as JSON.parse finds', () => {
    const value = { '': '', 'q"\\': ['{', '}', '"', '\\', '\\"'], deep: [[[{ a: [{}] }]]], n: 1.25, t: true, e: 'ü€😀' }
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      expect(Object.fromEntries(Object.entries(valuesOf(text) ?? {}).map(([name, raw]) => [name, JSON.parse(raw)]))).toEqual(value)
    }
  })

  it('can each be left out', () => {
    for (const text of ['{"a":1,"b":",","c":{}}', '{ "a" : 1 , "b" : "," , "c" : {} }', '{"a":1}']) {
      for (const [name, range] of findMembers(text) ?? []) {
        const { [name]: _, ...rest } = JSON.parse(text)
        expect(JSON.parse(withoutMember(text, range))).toEqual(rest)
      }
    }
  })
})
