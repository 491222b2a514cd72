import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findStrippedRuntime } from './stripped-runtime.ts'

const SOURCE = 'export const a: number = 1\n'
let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tooldock-runtime-'))
  await mkdir(join(root, 'node_modules/.cache/runtime'), { recursive: true })
  await writeFile(join(root, 'a.ts'), SOURCE)
  await writeFile(join(root, 'node_modules/.cache/runtime/sources.json'), JSON.stringify({ 'a.ts': createHash('sha256').update(SOURCE).digest('hex') }))
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('the stripped worker is used while its sources are as they were', () => {
  expect(findStrippedRuntime(root)).toBe(join(root, 'node_modules/.cache/runtime'))
})

test.each<[string, () => Promise<void>]>([
  ['a source was changed', () => writeFile(join(root, 'a.ts'), 'export const a: number = 2\n')],
  ['a source is gone', () => rm(join(root, 'a.ts'))],
  ['it was never made', () => rm(join(root, 'node_modules'), { recursive: true })],
])('it is not used when %s', async (_why, change) => {
  await change()
  expect(findStrippedRuntime(root)).toBeUndefined()
})
