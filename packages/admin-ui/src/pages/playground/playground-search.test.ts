import { expect, it } from 'vitest'
import { readPlaygroundSearch, writePlaygroundSearch } from './playground-search.ts'

it('comes back from the address as it went in', () => {
  const search = { namespace: 'demo', tool: 'add', protocol: 'rest', args: { a: 1, text: '"ü&' } } as const
  expect(readPlaygroundSearch(writePlaygroundSearch(search))).toEqual(search)
})

it('ignores what makes no sense, and leaves out what is too long', () => {
  expect(readPlaygroundSearch({ protocol: 'carrier-pigeon', args: '{"cut', tool: 7 })).toEqual({
    namespace: undefined,
    tool: '7',
    protocol: 'mcp-modern',
    args: undefined,
  })
  expect(writePlaygroundSearch({ namespace: 'a', tool: 'b', protocol: 'mcp-modern', args: { long: 'x'.repeat(3000) } })).toEqual({ namespace: 'a', tool: 'b' })
})
