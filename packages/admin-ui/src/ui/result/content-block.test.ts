import { describe, expect, it } from 'vitest'
import { readToolResult, textViews } from './content-block.ts'

describe('readToolResult', () => {
  it('knows every kind of content, and keeps what it does not know', () => {
    const result = readToolResult({
      content: [
        { type: 'text', text: 'a' },
        { type: 'image', data: 'aGk=', mimeType: 'image/webp' },
        { type: 'audio', data: 'aGk=' },
        { type: 'resource', resource: { uri: 'file:///a', text: 'b', mimeType: 'text/plain' } },
        { type: 'resource', resource: { uri: 'file:///b', blob: 'aGk=' } },
        { type: 'resource_link', uri: 'file:///c', name: 'c', title: 'C' },
        { type: 'hologram', x: 1 },
      ],
      structuredContent: { a: 1 },
      isError: true,
    })
    expect(result?.blocks.map(({ kind }) => kind)).toEqual(['text', 'image', 'audio', 'resource', 'file', 'link', 'unknown'])
    expect(result).toMatchObject({ structuredContent: { a: 1 }, isError: true })
  })

  it('does not take the answer of a REST call for a result', () => {
    expect(readToolResult({ sum: 3 })).toBeNull()
    expect(readToolResult('text')).toBeNull()
  })
})

describe('textViews', () => {
  it.each([
    ['{"a":1}', 'json'],
    [' [1, 2]', 'json'],
    ['3', 'text'],
    ['{not json', 'text'],
    ['# Title\n\nSome **bold** text', 'markdown'],
    ['see [docs](https://example.org)', 'markdown'],
    ['plain words, 2 * 3 * 4', 'text'],
  ])('shows %j as %s first', (text, view) => {
    expect(textViews(text)[0]).toBe(view)
  })

  it('believes a type that says plain text', () => {
    expect(textViews('# not a title', 'text/plain')).toEqual(['text'])
  })
})
