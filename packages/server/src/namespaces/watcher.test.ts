import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTestHome, type TestHome, tool } from './test-namespaces.ts'

let home: TestHome
beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

const soon = { timeout: 15_000, interval: 20 }

it('reloads what was changed, added and deleted, and survives a broken file', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'one') })
  const opened = await home.open({ config: { watch: true, watchDebounceMs: 50 } })
  await home.write('shared', { 'hello.ts': tool('hello', 'two') })
  await expect.poll(() => opened.call('shared', 'hello'), soon).toBe('two')
  await home.write('shared', { 'hello.ts': 'this is = broken' })
  await expect.poll(() => opened.warnings.join(), soon).toContain('does not load')
  expect(await opened.call('shared', 'hello')).toBe('two')
  await home.write('shared', { 'hello.ts': tool('hello', 'three') })
  await expect.poll(() => opened.call('shared', 'hello'), soon).toBe('three')
  await home.write('fresh', {
    'deep/part.ts': "export const word = 'deep'",
    'speak.ts': tool('speak', 'x', "import { word } from './deep/part.ts'").replace("=> 'x'", '=> word'),
  })
  await expect.poll(() => opened.tools('fresh'), soon).toEqual(['speak'])
  await home.write('fresh', { 'deep/part.ts': "export const word = 'deeper'" })
  await expect.poll(() => opened.call('fresh', 'speak'), soon).toBe('deeper')
  await rm(join(home.dataDir, 'tools/fresh'), { recursive: true })
  await expect.poll(() => opened.tools('fresh'), soon).toBeUndefined()
})

it('does not look at dependencies, dot files or its own tsconfig.json', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'one') })
  const opened = await home.open({ config: { watch: true, watchDebounceMs: 50 } })
  const { version } = opened.service.catalog.current
  await home.write('shared', { 'node_modules/.package-lock.json': '{}', 'node_modules/a/index.js': '', '.env': 'A=1', 'tsconfig.json': '{"changed":true}' })
  // Events arrive in order: when this one was acted on, those before were not.
  await home.write('other', { 'hello.ts': tool('hello', 'other') })
  await expect.poll(() => opened.tools('other'), soon).toEqual(['hello'])
  expect(opened.service.catalog.current.version).toBe(version + 1)
})
