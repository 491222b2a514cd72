import { expect, test } from 'vitest'
import { createOutputLines } from './output-lines.ts'

function linesOf(perSecondMax: number) {
  const logged: string[] = []
  const output = createOutputLines(
    { info: ((about: { namespace: string }, text: string) => logged.push(`${about.namespace}: ${text}`)) as never },
    perSecondMax,
  )
  return { output, logged }
}

test('makes lines of what comes in pieces, also in the middle of a character, each namespace by itself', () => {
  const { output, logged } = linesOf(100)
  const bytes = Buffer.from('grüße\r\n\n  indented\nrest')
  for (const byte of bytes) output.write('a', Buffer.from([byte]))
  output.write('b', 'whole\n')
  output.write('a', ' comes\n')
  expect(logged).toEqual(['a: grüße', 'a:   indented', 'b: whole', 'a: rest comes'])
})

test('a flood fills neither the log nor memory, and is said once', () => {
  const { output, logged } = linesOf(5)
  for (let index = 0; index < 1000; index++) output.write('a', 'x\n'.repeat(1000))
  output.write('b', `${'y'.repeat(1_000_000)}`)
  output.write('b', `${'y'.repeat(1_000_000)}\n`)
  const ofA = logged.filter((line) => line.startsWith('a: '))
  // The second may have turned meanwhile.
  expect(ofA.filter((line) => line.includes('more than 5 lines')).length).toBeLessThanOrEqual(ofA.filter((line) => line === 'a: x').length / 5)
  expect(ofA.length).toBeLessThan(100)
  expect(logged.at(-1)?.length).toBeLessThan(2100)
  expect(linesOf(0).logged).toEqual([])
})
