import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const PAGES = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.md'], { cwd: ROOT })
const LINK = /(?<!`)\[[^\]]*\]\(([^)\s]+)\)/g
/** Blocks and spans of code show links, they are none. */
const CODE = /```[\s\S]*?```|`[^`\n]*`/g

/** The names that a page's headings can be linked by, as the forges make them. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replace(/```[\s\S]*?```/g, '').matchAll(/^#{1,6} (.+)$/gm)
  return new Set(
    Array.from(headings, ([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

function problemsOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  return Array.from(text.replace(CODE, '').matchAll(LINK), ([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .flatMap((target) => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path)
      if (!existsSync(file)) return [`${page}: ${target} does not exist`]
      const isMissing = anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).has(anchor)
      return isMissing ? [`${page}: no heading for ${target}`] : []
    })
}

test('every link of the documents leads to a file, and to a heading of it', () => {
  expect(PAGES.length).toBeGreaterThan(15)
  expect(PAGES.flatMap(problemsOf)).toEqual([])
})

test('every page of docs is reached from docs/README.md', () => {
  const linked = new Set(Array.from(readFileSync(join(ROOT, 'docs/README.md'), 'utf8').matchAll(LINK), ([, target = '']) => join('docs', target)))
  expect(PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !linked.has(page))).toEqual([])
})
