import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const PAGE = readFileSync(join(ROOT, 'docs/operating/production-readiness.md'), 'utf8')

/** Each `file`: “title”, “title” of the page. `…/` stands for the sources of the gateway. */
const shown = PAGE.split('\n').flatMap((row) =>
  [...row.matchAll(/`([^`]+\.test\.ts)`: ((?:“[^”]+”(?:, | \([^)]*\))*)+)/g)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/“([^”]+?)(?: …)?”/g)].map(([, title = '']) => ({ file: file.replace(/^…\//, 'packages/server/src/'), title })),
  ),
)

test('the page names a test for every fault', () => {
  const rows = PAGE.split('\n').filter((row) => row.startsWith('| ') && row.includes('.test.ts`'))
  expect(rows.length).toBeGreaterThanOrEqual(23)
  expect(shown.length).toBeGreaterThanOrEqual(rows.length)
})

test.each(shown)('$file has the test "$title"', ({ file, title }) => {
  expect(globSync(file, { cwd: ROOT })).toHaveLength(1)
  expect(readFileSync(join(ROOT, file), 'utf8').replaceAll("\\'", "'")).toContain(title)
})
