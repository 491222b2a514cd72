import { expect, test } from 'vitest'
import { templatePattern } from './template-pattern.ts'

test.each([
  ['memo://pages/{name}', 'memo://pages/intro', true],
  ['memo://pages/{name}', 'memo://pages/a%2Fb', true],
  ['memo://pages/{name}', 'memo://pages/a/b', false],
  ['memo://pages/{name}', 'memo://hidden', false],
  ['memo://pages/{name}.txt', 'memo://pages/a_txt', false],
  ['file:///{+path}', 'file:///a/b/c', true],
  ['find://it{?query,page}', 'find://it?query=a&page=2', true],
  ['find://it{?query,page}', 'find://it', true],
  ['plain://(a)', 'plain://(a)', true],
])('%s can become %s: %s', (template, uri, expected) => {
  expect(templatePattern(template).test(uri)).toBe(expected)
})
