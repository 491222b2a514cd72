import { describe, expect, it } from 'vitest'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { parseJson } from './json-body.ts'

const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth))
const codeOf = (body: Buffer, depthMax = 64): string => {
  try {
    parseJson(body, depthMax)
    return 'ok'
  } catch (error) {
    return error instanceof ToolDockError ? error.code : String(error)
  }
}

describe('parseJson', () => {
  it('accepts nesting up to the bound and refuses one level more', () => {
    expect(codeOf(nested(64))).toBe('ok')
    expect(codeOf(nested(65))).toBe('json_too_deep')
    expect(codeOf(nested(200_000))).toBe('json_too_deep')
  })

  it('does not count brackets beside each other or inside strings', () => {
    expect(codeOf(Buffer.from(JSON.stringify(Array.from({ length: 500 }, () => ({ a: [] })))))).toBe('ok')
    expect(codeOf(Buffer.from(JSON.stringify([`${'['.repeat(500)}\\"`, '{'.repeat(500)])))).toBe('ok')
    expect(codeOf(Buffer.from(`["\\"",${nested(64)}]`))).toBe('json_too_deep')
  })

  it('refuses invalid UTF-8 and invalid JSON without repeating them', () => {
    expect(codeOf(Buffer.from([0x22, 0xff, 0x22]))).toBe('parse_error')
    expect(() => parseJson(Buffer.from('{"password":"hunter2"'), 64)).toThrow('The body is not valid JSON.')
    expect(codeOf(Buffer.alloc(0))).toBe('parse_error')
  })

  it('makes __proto__ an ordinary member', () => {
    const value = parseJson(Buffer.from('{"__proto__":{"admin":true}}'), 64) as Record<string, unknown>
    expect(value.admin).toBeUndefined()
    expect(Object.keys(value)).toEqual(['__proto__'])
  })
})
