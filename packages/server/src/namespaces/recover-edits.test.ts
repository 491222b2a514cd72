import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyEdit } from './apply-edit.ts'
import { recoverEdits } from './recover-edits.ts'

const GENERATION = '20260101T000000000Z-abcdefab'

let home: string
let dir: string
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'recover-')))
  dir = join(home, 'folder')
  write({ 'kept.ts': 'kept', 'changed.ts': 'before', 'removed.ts': 'removed', 'node_modules/old/index.js': 'old' })
})
afterEach(() => rmSync(home, { recursive: true }))

function write(files: Readonly<Record<string, string>>, below = dir): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(below, path, '..'), { recursive: true })
    writeFileSync(join(below, path), text)
  }
}

const read = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(dir.length + 1), readFileSync(path, 'utf8')]),
  )

/** Everything is replaced; the process dies before it could keep or undo it. */
async function applyAndDie(modulesParent?: string): Promise<void> {
  const contents = new Map([
    ['changed.ts', Buffer.from('after')],
    ['deep/new.ts', Buffer.from('new')],
    ['removed.ts', null],
  ])
  await applyEdit(dir, modulesParent === undefined ? { contents } : { contents, modulesParent }, GENERATION)
}

describe('what an edit that was killed left', () => {
  it('stands when its generation was published', async () => {
    await applyAndDie()
    expect(await recoverEdits(dir, GENERATION)).toBe(0)
    expect(read()).toEqual({ 'kept.ts': 'kept', 'changed.ts': 'after', 'deep/new.ts': 'new', 'node_modules/old/index.js': 'old' })
  })

  it.each([undefined, '20250101T000000000Z-00000000'])('is undone when %s is published', async (published) => {
    const before = read()
    await applyAndDie()
    expect(await recoverEdits(dir, published)).toBe(1)
    expect(read()).toEqual(before)
    expect(existsSync(join(dir, 'deep'))).toBe(false)
    expect(await recoverEdits(dir, published)).toBe(0)
  })

  it('is undone with its packages', async () => {
    const before = read()
    write({ 'node_modules/fresh/index.js': 'fresh' }, join(home, 'installed'))
    await applyAndDie(join(home, 'installed'))
    expect(read()).toHaveProperty(['node_modules/fresh/index.js'])
    await recoverEdits(dir, undefined)
    expect(read()).toEqual(before)
  })

  it('stays where somebody has changed it since', async () => {
    await applyAndDie()
    write({ 'changed.ts': 'by hand', 'removed.ts': 'by hand too' })
    await recoverEdits(dir, undefined)
    expect(read()).toMatchObject({ 'changed.ts': 'by hand', 'removed.ts': 'by hand too', 'kept.ts': 'kept' })
    expect(existsSync(join(dir, 'deep/new.ts'))).toBe(false)
  })
})

it('what had only been prepared is removed, and a folder that is not there is no trouble', async () => {
  const before = read()
  write({ '.edit-000000000000/0.new': 'prepared' })
  expect(await recoverEdits(dir, undefined)).toBe(0)
  expect(read()).toEqual(before)
  expect(await recoverEdits(join(home, 'nowhere'), undefined)).toBe(0)
})
