import { describe, expect, test } from 'vitest'
import { BodyReader } from './body-reader.ts'

function read(chunks: readonly string[], bytesMax = 1 << 20): { before: string[]; all: string[] } {
  const all: string[] = []
  const reader = new BodyReader(bytesMax, (text) => all.push(text))
  for (const chunk of chunks) reader.read(Buffer.from(chunk, 'latin1'))
  const before = [...all]
  reader.end()
  return { before, all }
}

describe('a body that is no event stream', () => {
  test('is one message, on one line or printed over several', () => {
    expect(read(['{"a":', '1}']).all).toEqual(['{"a":1}'])
    expect(read(['{"a":1}\n']).all).toEqual(['{"a":1}'])
    expect(read(['{\n  "a": {\n', '  }\n}\n']).all).toEqual(['{\n  "a": {\n  }\n}\n'])
  })

  test('is several messages, each handed on as its line ends, when its first line is a whole one', () => {
    const { before, all } = read(['{"a":1}\r\n{"b"', ':2}\n\n{"c":3}'])
    expect(before).toEqual(['{"a":1}\r', '{"b":2}'])
    expect(all).toEqual(['{"a":1}\r', '{"b":2}', '{"c":3}'])
  })

  test('does not split characters between chunks', () => {
    const bytes = Buffer.from('"süß 😀"').toString('latin1')
    expect(read([...bytes]).all).toEqual(['"süß 😀"'])
  })

  test('is nothing when it is empty or white space', () => {
    expect(read([]).all).toEqual([])
    expect(read(['\n', ' \r\n']).all).toEqual([])
  })

  test('has a bound, for each message', () => {
    expect(() => read(['x'.repeat(101)], 100)).toThrow('more than 100 bytes')
    expect(read(['{"a":1}\n'.repeat(100)], 100).all).toHaveLength(100)
  })
})
