import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTestHome, failureOf, type TestHome, tool } from './test-namespaces.ts'

let home: TestHome
beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

/** `word` imports `inner`, as installed packages do. */
const installed = (word: string): Record<string, string> => ({
  'node_modules/.package-lock.json': JSON.stringify({ word }),
  'node_modules/word/package.json': '{"name":"word","type":"module","exports":"./index.js"}',
  'node_modules/word/index.js': "export { word } from 'inner'",
  'node_modules/inner/package.json': '{"name":"inner","type":"module","exports":"./index.js"}',
  'node_modules/inner/index.js': `export const word = '${word}'`,
})
const SPEAKER = tool('speak', 'x', "import { word } from 'word'").replace("=> 'x'", '=> word')

it('versions dependencies beside the generations that use them', async () => {
  await home.write('shared', { 'speak.ts': SPEAKER, ...installed('one') })
  const opened = await home.open()
  expect(await opened.call('shared', 'speak')).toBe('one')
  const first = opened.service.catalog.current.namespaces.get('shared')?.generation ?? ''

  // Installed, but not published: the worker that is started anew still resolves what was frozen.
  await home.write('shared', installed('two'))
  await opened.close()
  const again = await home.open()
  expect(again.service.list()).toMatchObject([{ unpublishedChanges: true }])
  expect(await again.call('shared', 'speak')).toBe('one')

  expect(await again.service.reload('shared')).toMatchObject({ changed: true })
  expect(await again.call('shared', 'speak')).toBe('two')
  await again.service.reload('shared', { generation: first })
  expect(await again.call('shared', 'speak')).toBe('one')
})

it('copies dependencies once for all generations, and removes them with the last', async () => {
  await home.write('shared', { 'speak.ts': SPEAKER, ...installed('one') })
  const opened = await home.open({ config: { generationsKept: 1 } })
  const copies = async (): Promise<readonly string[]> => (await home.names('generations/shared')).filter((name) => name.startsWith('deps-'))
  const [before] = await copies()
  await home.write('shared', { 'more.ts': tool('more', 'm') })
  await opened.service.reload('shared')
  expect(await copies()).toEqual([before])
  await home.write('shared', installed('two'))
  await opened.service.reload('shared')
  await expect.poll(async () => (await copies()).includes(before ?? '')).toBe(false)
  expect(await copies()).toHaveLength(1)
})

it('tells installations without a record apart by names, sizes and times', async () => {
  const { 'node_modules/.package-lock.json': _, ...files } = installed('one')
  await home.write('shared', { 'speak.ts': SPEAKER, ...files })
  const opened = await home.open()
  await home.write('shared', { 'node_modules/inner/index.js': "export const word = 'three'" })
  expect(await opened.service.reload('shared')).toMatchObject({ changed: true })
  expect(await opened.call('shared', 'speak')).toBe('three')
})

it('keeps links within node_modules and refuses those that leave it', async () => {
  await home.write('shared', { 'speak.ts': SPEAKER, ...installed('one') })
  const modules = join(home.dataDir, 'tools/shared/node_modules')
  await mkdir(join(modules, '.bin'))
  await symlink('../word/index.js', join(modules, '.bin/word'))
  const opened = await home.open()
  const deps = (await home.names('generations/shared')).find((name) => name.startsWith('deps-')) ?? ''
  expect(await readFile(join(home.dataDir, 'generations/shared', deps, 'node_modules/.bin/word'), 'utf8')).toContain('inner')

  await writeFile(join(home.dataDir, 'secret.txt'), 'secret')
  await symlink(join(home.dataDir, 'secret.txt'), join(modules, 'word/link.txt'))
  await home.write('shared', { 'node_modules/.package-lock.json': '{"changed":true}' })
  expect((await failureOf(opened.service.reload('shared'))).details).toMatchObject({
    problems: [{ file: 'node_modules/word/link.txt', code: 'link_leaves_folder' }],
  })
  expect(await opened.call('shared', 'speak')).toBe('one')
})

it('refuses more dependencies than allowed, leaving no part of them', async () => {
  await home.write('shared', { 'speak.ts': tool('speak', 'x') })
  const opened = await home.open({ config: { dependenciesBytesMax: 2048 } })
  await home.write('shared', { ...installed('one'), 'node_modules/word/big.txt': 'x'.repeat(4096) })
  expect((await failureOf(opened.service.reload('shared'))).details).toMatchObject({ problems: [{ file: 'node_modules', code: 'dependencies_too_large' }] })
  expect(await home.names('generations/shared')).toHaveLength(1)
})
