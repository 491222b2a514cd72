import { expect, test } from 'vitest'
import { legacyResultText } from './legacy-result.ts'

const convert = (result: object): unknown => JSON.parse(legacyResultText(JSON.stringify(result)))

test('a result loses resultType and nothing else', () => {
  expect(convert({ resultType: 'complete', isError: true, content: [] })).toEqual({ isError: true, content: [] })
  expect(convert({ resultType: 'complete' })).toEqual({})
  expect(convert({ resultType: 'complete', content: [], structuredContent: { a: [1] } })).toEqual({ content: [], structuredContent: { a: [1] } })
})

test.each([[[1, 2]], ['text'], [7], [null]])('structuredContent that is %j has no form before 2026-07-28 and is told as text, once', (structuredContent) => {
  const asText = [{ type: 'text', text: JSON.stringify(structuredContent) }]
  for (const content of [[], asText]) expect(convert({ resultType: 'complete', content, structuredContent })).toEqual({ content: asText })
})

test('text that only mentions structuredContent is passed on', () => {
  const content = [{ type: 'text', text: '{"structuredContent":[1]}' }]
  expect(convert({ resultType: 'complete', content })).toEqual({ content })
})
