import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTestHome, failureOf, type TestHome, type TestService, tool } from '../test-namespaces.ts'
import type { SaveResult } from './files.types.ts'

let home: TestHome
let opened: TestService
beforeEach(async () => {
  home = await createTestHome()
  await home.write('shared', { 'hello.ts': tool('hello', 'one'), 'lib/word.ts': "export const word = 'w'" })
  opened = await home.open()
})
afterEach(() => home.remove())

const by = 'ann'
const save = (path: string, text: string, more: object = {}): Promise<SaveResult> => opened.files.save('shared', path, Buffer.from(text), { by, ...more })
const etagOf = async (path: string): Promise<string> => {
  const { etag, draft } = await opened.files.read('shared', path)
  return draft?.etag ?? etag ?? ''
}
const onDisk = (path: string): Promise<string> => readFile(join(home.dataDir, 'tools/shared', path), 'utf8')
const left = async (): Promise<string[]> => (await readdir(join(home.dataDir, 'tools/shared'))).filter((name) => name.startsWith('.'))

it('publishes what is saved when the folder loads with it, and changes nothing when it does not', async () => {
  const { etag } = await opened.files.read('shared', 'hello.ts')
  const saved = await save('hello.ts', tool('hello', 'two'), { ifMatch: [etag] })
  expect(saved).toMatchObject({ draft: false, problems: [], report: { changed: true, tools: { added: [] } }, file: { published: true, draft: false } })
  expect(await opened.call('shared', 'hello')).toBe('two')
  expect(opened.service.list()).toMatchObject([{ unpublishedChanges: false }])

  const failed = await failureOf(save('hello.ts', 'export const b = = 2\n', { ifMatch: [saved.etag] }))
  expect(failed).toMatchObject({ code: 'reload_failed', details: { problems: [{ file: 'hello.ts', line: 1, code: 'syntax_error' }] } })
  expect(await onDisk('hello.ts')).toBe(tool('hello', 'two'))
  expect(await opened.call('shared', 'hello')).toBe('two')
  expect(opened.service.list()).toMatchObject([{ problems: [], unpublishedChanges: false }])

  const dry = await save('more.ts', tool('more', 'm'), { dryRun: true })
  expect(dry).toMatchObject({ file: null, etag: null, report: { dryRun: true, tools: { added: ['more'] } } })
  expect(opened.tools('shared')).toEqual(['hello'])
  expect(await left()).toEqual([])
  expect(opened.happened.filter(({ type }) => type === 'namespace.published')).toHaveLength(2)
})

it('lets nobody overwrite what they have not read, and says who saved it', async () => {
  const etag = await etagOf('hello.ts')
  expect(await failureOf(save('hello.ts', 'x'))).toMatchObject({ code: 'precondition_required', details: { etag } })
  await save('hello.ts', tool('hello', 'two'), { ifMatch: [etag] })
  const failed = await failureOf(save('hello.ts', tool('hello', 'bob'), { by: 'bob', ifMatch: [etag] }))
  expect(failed).toMatchObject({ code: 'precondition_failed', details: { path: 'hello.ts', by: 'ann', etag: await etagOf('hello.ts') } })
  expect(await failureOf(save('hello.ts', 'x', { ifNoneMatch: '*' }))).toMatchObject({ code: 'precondition_failed' })
  expect(await failureOf(save('new.ts', 'x', { ifMatch: '*' }))).toMatchObject({ code: 'precondition_failed', details: { etag: null } })

  await home.write('shared', { 'hello.ts': tool('hello', 'by hand') })
  expect(await failureOf(save('hello.ts', 'x', { ifMatch: [etag] }))).toMatchObject({ details: { by: 'disk' } })

  // Of many who read the same, one wins.
  const read = await etagOf('hello.ts')
  const results = await Promise.allSettled(['a', 'b', 'c'].map((text) => save('hello.ts', tool('hello', text), { ifMatch: [read] })))
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
})

it('keeps a draft apart from what is published until it is saved whole', async () => {
  const broken = 'export const b = = 2\n'
  const etag = await etagOf('hello.ts')
  const draft = await save('hello.ts', broken, { ifMatch: [etag], asDraft: true })
  expect(draft).toMatchObject({ draft: true, report: null, problems: [{ line: 1 }], file: { draft: true, published: true, etag } })
  expect(await opened.files.read('shared', 'hello.ts')).toMatchObject({ etag, draft: { content: broken, by, etag: draft.etag, problems: [{ line: 1 }] } })
  expect(await onDisk('hello.ts')).toBe(tool('hello', 'one'))
  expect(await opened.files.draftCounts()).toEqual(new Map([['shared', 1]]))
  expect(await opened.service.reload('shared')).toMatchObject({ changed: false })

  // Whoever has not seen the draft does not throw it away.
  const failed = await failureOf(save('hello.ts', tool('hello', 'bob'), { by: 'bob', ifMatch: [etag] }))
  expect(failed).toMatchObject({ code: 'precondition_failed', details: { by, draft: true, etag: draft.etag } })
  // The file under the draft changed: its writer is told as well.
  await home.write('shared', { 'hello.ts': tool('hello', 'by hand') })
  expect(await failureOf(save('hello.ts', tool('hello', 'two'), { ifMatch: [draft.etag] }))).toMatchObject({ code: 'precondition_failed' })

  const saved = await save('hello.ts', tool('hello', 'two'), { ifMatch: [await etagOf('hello.ts')] })
  expect(saved).toMatchObject({ draft: false, file: { draft: false, published: true } })
  expect(await opened.files.draftCounts()).toEqual(new Map())

  // A draft of a file that does not exist.
  await save('fresh.ts', broken, { asDraft: true })
  expect(await opened.files.read('shared', 'fresh.ts')).toMatchObject({ content: null, etag: null, published: false, draft: { content: broken } })
  expect((await opened.files.list('shared')).map(({ path, draft: isDraft }) => [path, isDraft])).toContainEqual(['fresh.ts', true])
  await opened.files.removeDraft('shared', 'fresh.ts', { by })
  expect(await failureOf(opened.files.read('shared', 'fresh.ts'))).toMatchObject({ code: 'not_found' })
})

it('keeps who changed what, and brings it back', async () => {
  await save('hello.ts', tool('hello', 'two'), { ifMatch: '*' })
  await home.write('shared', { 'hello.ts': tool('hello', 'by hand'), 'new.ts': tool('fresh', 'f') })
  await opened.service.reload('shared')
  await opened.files.rename('shared', 'new.ts', 'renamed.ts', { by: 'bob' })
  await opened.files.remove('shared', 'renamed.ts', { by: 'bob' })
  const { versions } = await opened.files.history('shared', { limit: 100 })
  expect(versions.map(({ path, from, action, by: who }) => [path, from, action, who])).toEqual([
    ['renamed.ts', null, 'delete', 'bob'],
    ['renamed.ts', 'new.ts', 'rename', 'bob'],
    ['new.ts', null, 'write', 'disk'],
    ['hello.ts', null, 'write', 'disk'],
    ['hello.ts', null, 'write', 'ann'],
    ['hello.ts', null, 'write', 'disk'],
  ])
  const [deleted, renamed, , , ofAnn, first] = versions.map(({ id }) => id)
  expect(await opened.files.version('shared', first ?? '')).toMatchObject({ content: tool('hello', 'one'), encoding: 'utf8' })
  expect(await opened.files.restore('shared', ofAnn ?? '', { by: 'eve' })).toMatchObject({ report: { changed: true } })
  expect(await opened.call('shared', 'hello')).toBe('two')
  await opened.files.restore('shared', renamed ?? '', { by: 'eve' })
  expect(opened.tools('shared')).toEqual(['fresh', 'hello'])
  expect(await failureOf(opened.files.restore('shared', deleted ?? '', { by }))).toMatchObject({ code: 'conflict' })

  const page = await opened.files.history('shared', { path: 'hello.ts', limit: 2 })
  expect(page.versions.map(({ action, by: who }) => [action, who])).toEqual([
    ['restore', 'eve'],
    ['write', 'disk'],
  ])
  const rest = await opened.files.history('shared', { path: 'hello.ts', limit: 2, cursor: page.nextCursor ?? '' })
  expect(rest).toMatchObject({ versions: [{ by: 'ann' }, { by: 'disk' }], nextCursor: null })
  // It outlives a restart, and goes with its namespace.
  await opened.close()
  opened = await home.open()
  expect((await opened.files.history('shared', { limit: 100 })).versions).toHaveLength(8)
  await opened.service.remove('shared', { force: true })
  await home.write('shared', { 'hello.ts': tool('hello', 'again') })
  await opened.service.reload('shared')
  expect((await opened.files.history('shared', { limit: 100 })).versions).toEqual([])
})

it('forgets the oldest versions, but never the newest', async () => {
  await opened.close()
  opened = await home.open({ config: { fileVersionsKept: 3, historyBytesMax: 2000 } })
  for (const text of ['a', 'b', 'c', 'd', 'e']) await save('hello.ts', tool('hello', text), { ifMatch: '*' })
  const { versions } = await opened.files.history('shared', { limit: 100 })
  expect(versions).toHaveLength(3)
  expect(await opened.files.version('shared', versions[0]?.id ?? '')).toMatchObject({ content: tool('hello', 'e') })
  await save('large.json', JSON.stringify('x'.repeat(1990)))
  await save('larger.json', JSON.stringify('x'.repeat(5000)))
  expect((await opened.files.history('shared', { limit: 100 })).versions.map(({ path }) => path)).toEqual(['larger.json'])
})

it('saves several files together or none', async () => {
  const files = [
    { path: 'lib/word.ts', content: Buffer.from("export const word = 'new'; export const more = 1"), etag: await etagOf('lib/word.ts') },
    { path: 'speak.ts', content: Buffer.from(tool('speak', 'x', "import { more, word } from './lib/word.ts'").replace("=> 'x'", '=> word + more')) },
  ]
  expect(await opened.files.upload('shared', files, { by })).toMatchObject({
    report: { tools: { added: ['speak'] } },
    files: [{ path: 'lib/word.ts' }, { path: 'speak.ts' }],
  })
  expect(await opened.call('shared', 'speak')).toBe('new1')
  const broken = [
    { path: 'fine.ts', content: Buffer.from(tool('fine', 'f')) },
    { path: 'broken.ts', content: Buffer.from('export const = 1') },
  ]
  expect(await failureOf(opened.files.upload('shared', broken, { by }))).toMatchObject({ code: 'reload_failed' })
  expect(await failureOf(opened.files.upload('shared', files, { by }))).toMatchObject({ code: 'precondition_failed' })
  expect((await opened.files.list('shared')).map(({ path }) => path)).toEqual(['hello.ts', 'lib/word.ts', 'speak.ts'])
  expect(await opened.files.upload('shared', broken, { by, asDraft: true })).toMatchObject({ draft: true, problems: [{ file: 'broken.ts' }] })
  expect(await opened.files.draftCounts()).toEqual(new Map([['shared', 2]]))
})

it('checks as one types: the newest counts, and a save makes way for itself', async () => {
  const typed = (text: string) => opened.files.validate('shared', [{ path: 'hello.ts', content: Buffer.from(text) }], AbortSignal.timeout(60_000))
  const [first, second, third] = await Promise.allSettled([typed('a ='), typed('b ='), typed('export const b = = 2\n')])
  expect([first, second]).toMatchObject([
    { status: 'rejected', reason: { code: 'cancelled' } },
    { status: 'rejected', reason: { code: 'cancelled' } },
  ])
  expect(third).toMatchObject({ value: { report: null, problems: [{ file: 'hello.ts', line: 1 }] } })
  expect(await typed(tool('renamed', 'x'))).toMatchObject({ problems: [], report: { dryRun: true, tools: { added: ['renamed'], removed: ['hello'] } } })
  const [typing, saved] = await Promise.allSettled([typed(tool('other', 'x')), save('hello.ts', tool('hello', 'saved'), { ifMatch: '*' })])
  expect([typing.status, saved.status]).toEqual(['rejected', 'fulfilled'])
  expect(await opened.call('shared', 'hello')).toBe('saved')
  // Only what is published has a worker.
  await expect.poll(() => opened.processes.size).toBeLessThanOrEqual(1)
})

it('never leaves the folder', async () => {
  await mkdir(join(home.dataDir, 'outside'))
  const names = [
    '../up.ts',
    '/etc/x.ts',
    'a/../../x.ts',
    'nul\0.ts',
    '.hidden.ts',
    'lib/.x',
    'node_modules/a/index.js',
    'tsconfig.json',
    '',
    'a//b.ts',
    'a\\b.ts',
    'lib',
    'hello.ts/x.ts',
    `${'a'.repeat(120)}.ts`,
  ]
  for (const name of names) expect(['invalid_params', 'conflict'], name).toContain((await failureOf(save(name, 'x'))).code)
  for (const name of ['../../token', '/etc/passwd', 'lib/../../../token'])
    expect(await failureOf(opened.files.read('shared', name))).toMatchObject({ code: 'not_found' })
  await symlink('hello.ts', join(home.dataDir, 'tools/shared/link.ts'))
  expect(await failureOf(save('link.ts', 'x', { ifMatch: '*' }))).toMatchObject({ code: 'invalid_params' })
  await symlink(join(home.dataDir, 'outside'), join(home.dataDir, 'tools/shared/away'))
  expect(await failureOf(save('away/x.ts', tool('x', 'x')))).toMatchObject({ code: 'reload_failed' })
  expect(await readdir(join(home.dataDir, 'outside'))).toEqual([])
  expect(await failureOf(save('big.json', `"${'x'.repeat(1 << 20)}"`))).toMatchObject({ code: 'payload_too_large' })
  expect(await left()).toEqual([])
})

it('does not publish twice what it wrote itself, and takes up what was edited by hand', async () => {
  await opened.close()
  opened = await home.open({ config: { watch: true, watchDebounceMs: 50 } })
  await save('hello.ts', tool('hello', 'two'), { ifMatch: '*' })
  await save('deep/er/more.json', '{}')
  await home.write('other', { 'hello.ts': tool('hello', 'other') })
  await expect.poll(() => opened.tools('other'), { timeout: 15_000 }).toEqual(['hello'])
  expect(opened.happened.filter((event) => event.type === 'namespace.published' && event.namespace === 'shared')).toHaveLength(2)
  await home.write('shared', { 'hello.ts': tool('hello', 'by hand') })
  await expect.poll(() => opened.call('shared', 'hello'), { timeout: 15_000 }).toBe('by hand')
})

it('mends a folder that was broken by hand, and removes what a change that was killed had prepared', async () => {
  await home.write('shared', { 'hello.ts': 'broken = = 1', '.edit-0123456789ab/0.new': 'half' })
  await failureOf(opened.service.reload('shared'))
  expect(opened.service.list()).toMatchObject([{ unpublishedChanges: true, problems: [{ file: 'hello.ts' }] }])
  // What is published already needs no other generation.
  expect(await save('hello.ts', tool('hello', 'one'), { ifMatch: '*' })).toMatchObject({ report: { changed: false }, file: { published: true } })
  expect(opened.service.list()).toMatchObject([{ unpublishedChanges: false, problems: [] }])
  await opened.close()
  opened = await home.open()
  expect(await left()).toEqual([])
})

it('puts everything back when the store does not take it', async () => {
  await opened.close()
  let fails = false
  opened = await home.open({
    store: (store) => ({
      ...store,
      namespaces: store.namespaces,
      generations: {
        ...store.generations,
        publish: async (record) => {
          if (fails) throw new Error('no database')
          await store.generations.publish(record)
        },
      },
    }),
  })
  fails = true
  await writeFile(join(home.dataDir, 'tools/shared/kept.json'), '1')
  const files = [
    { path: 'hello.ts', content: Buffer.from(tool('hello', 'two')) },
    { path: 'new/file.json', content: Buffer.from('1') },
  ]
  await expect(opened.files.upload('shared', files, { by, overwrite: true })).rejects.toThrow('no database')
  await expect(opened.files.remove('shared', 'lib/word.ts', { by })).rejects.toThrow('no database')
  expect(await onDisk('hello.ts')).toBe(tool('hello', 'one'))
  expect(await onDisk('lib/word.ts')).toBe("export const word = 'w'")
  expect((await opened.files.list('shared')).map(({ path }) => path)).toEqual(['hello.ts', 'kept.json', 'lib/word.ts'])
  expect(await left()).toEqual([])
  expect((await opened.files.history('shared', { limit: 10 })).versions).toEqual([])
})
