import { execFileSync } from 'node:child_process'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoadProblem } from '@tooldock/worker/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { createTestHome, failureOf, type TestHome, tool } from './test-namespaces.ts'

let home: TestHome
beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

const problemsOf = (error: ToolDockError): readonly LoadProblem[] => (error.details as { problems: LoadProblem[] }).problems

it('publishes a changed folder at once, tells listeners which lists changed, and ends the old worker', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open()
  const first = opened.service.catalog.current
  expect(await opened.call('shared', 'hello')).toBe('hi')
  await home.write('shared', { 'hello.ts': tool('hello', 'good day'), 'bye.ts': tool('bye', 'bye') })
  opened.events.length = 0
  const report = await opened.service.reload('shared')
  expect(report).toMatchObject({
    changed: true,
    dryRun: false,
    tools: { added: ['bye'], removed: [], changed: [{ name: 'hello', changes: [{ path: '/description', before: 'Says hi', after: 'Says good day' }] }] },
    resources: { added: [], removed: [], changed: [] },
  })
  expect(opened.tools('shared')).toEqual(['bye', 'hello'])
  expect(await opened.call('shared', 'hello')).toBe('good day')
  expect(opened.events).toEqual([{ type: 'listChanged', namespace: 'shared', lists: new Set(['tools']) }])
  expect(opened.service.catalog.current.version).toBe(first.version + 1)
  // A list that was taken before is still whole.
  expect(first.namespaces.get('shared')?.tools.map(({ name }) => name)).toEqual(['hello'])
  await expect.poll(() => opened.processes.size).toBe(1)
})

it('keeps what is published when a file is broken, and says file, line, column and message', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open()
  const before = opened.service.catalog.current
  await home.write('shared', { 'broken.ts': 'export const b = = 2\n', 'other.ts': tool('other', 'o') })
  const error = await failureOf(opened.service.reload('shared'))
  expect(error.code).toBe('reload_failed')
  expect(error.row.status).toBe(422)
  expect(problemsOf(error)).toMatchObject([{ file: 'broken.ts', line: 1, column: expect.any(Number), code: 'syntax_error', message: expect.any(String) }])
  expect(opened.service.catalog.current).toBe(before)
  expect(await opened.call('shared', 'hello')).toBe('hi')
  expect(await home.names('generations/shared')).toHaveLength(1)
  expect(opened.service.list()).toMatchObject([{ name: 'shared', state: 'published', unpublishedChanges: true, problems: [{ file: 'broken.ts' }] }])
  await expect.poll(() => opened.processes.size).toBe(1)
})

it('refuses two files that define one tool, naming both', async () => {
  await home.write('shared', { 'a.ts': tool('same', 'a') })
  const opened = await home.open()
  await home.write('shared', { 'b.ts': tool('same', 'b') })
  const problems = problemsOf(await failureOf(opened.service.reload('shared')))
  expect(problems.map(({ code }) => code)).toContain('duplicate_name')
  expect(JSON.stringify(problems)).toContain('a.ts')
  expect(JSON.stringify(problems)).toContain('b.ts')
  expect(await opened.call('shared', 'same')).toBe('a')
})

it('reports a manifest that cannot be used where it is written', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open()
  await home.write('shared', { 'tooldock.json': '{\n  "limits": {\n    "memoryMb": 1\n  }\n}\n' })
  expect(problemsOf(await failureOf(opened.service.reload('shared')))).toMatchObject([
    { file: 'tooldock.json', line: 3, column: 5, code: 'invalid_manifest', message: expect.stringContaining('limits.memoryMb') },
  ])
})

it('refuses a folder whose import never ends', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open({ config: { workerStartSeconds: 3 } })
  await home.write('shared', { 'loop.ts': 'for (;;);' })
  expect((await failureOf(opened.service.reload('shared'))).code).toBe('reload_failed')
  expect(await opened.call('shared', 'hello')).toBe('hi')
  await expect.poll(() => opened.processes.size).toBe(1)
})

it('restarts nothing when the folder is what is published', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open()
  const before = opened.service.catalog.current
  expect(await opened.service.reload('shared')).toMatchObject({ changed: false, generation: before.namespaces.get('shared')?.generation })
  expect(opened.service.catalog.current).toBe(before)
})

it('reports in a dry run what a reload would change, and changes nothing', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi'), 'old.ts': tool('old', 'old') })
  const opened = await home.open()
  const before = opened.service.catalog.current
  await rm(join(home.dataDir, 'tools/shared/old.ts'))
  await home.write('shared', { 'hello.ts': tool('hello', 'hi').replace("{ type: 'object' }", "{ type: 'object', properties: { 'a/b': { type: 'string' } } }") })
  const report = await opened.service.reload('shared', { dryRun: true })
  expect(report).toMatchObject({ dryRun: true, changed: true, tools: { added: [], removed: ['old'], changed: [{ name: 'hello' }] } })
  expect(report.tools.changed[0]?.changes.map(({ path }) => path)).toContain('/inputSchema/properties')
  expect(report.generation).toBe(before.namespaces.get('shared')?.generation)
  expect(opened.service.catalog.current).toBe(before)
  expect(await home.names('generations/shared')).toEqual([report.generation])
  expect(await opened.service.generations('shared')).toHaveLength(1)
  await expect.poll(() => opened.processes.size).toBe(0)
})

it('keeps tools of one name in two namespaces apart', async () => {
  await home.write('one', { 'hello.ts': tool('hello', 'from one') })
  await home.write('two', { 'hello.ts': tool('hello', 'from two') })
  const opened = await home.open()
  await home.write('one', { 'hello.ts': tool('hello', 'again') })
  const two = opened.service.catalog.current.namespaces.get('two')
  await opened.service.reload('one')
  expect(opened.service.catalog.current.namespaces.get('two')).toBe(two)
  expect([await opened.call('one', 'hello'), await opened.call('two', 'hello')]).toEqual(['again', 'from two'])
})

it('goes back to a kept generation, and keeps as many as configured', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'v1') })
  const opened = await home.open({ config: { generationsKept: 2 } })
  const [first] = await opened.service.generations('shared')
  for (const version of ['v2', 'v3']) {
    await home.write('shared', { 'hello.ts': tool('hello', version) })
    await opened.service.reload('shared')
  }
  await expect.poll(() => home.names('generations/shared')).toHaveLength(2)
  expect((await failureOf(opened.service.reload('shared', { generation: first?.id ?? '' }))).code).toBe('generation_not_found')

  const [third, second] = await opened.service.generations('shared')
  expect([third?.published, second?.published]).toEqual([true, false])
  expect(await opened.service.reload('shared', { generation: second?.id ?? '', dryRun: true })).toMatchObject({ changed: true, generation: third?.id })
  expect(await opened.call('shared', 'hello')).toBe('v3')
  expect(await opened.service.reload('shared', { generation: second?.id ?? '' })).toMatchObject({ changed: true, generation: second?.id })
  expect(await opened.call('shared', 'hello')).toBe('v2')
  expect(opened.service.list()[0]?.unpublishedChanges).toBe(true)
})

it('refuses to go back to files that were changed since', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'v1') })
  const opened = await home.open()
  const [first] = await opened.service.generations('shared')
  await home.write('shared', { 'hello.ts': tool('hello', 'v2') })
  await opened.service.reload('shared')
  const file = join(home.dataDir, 'generations/shared', first?.id ?? '', 'hello.ts')
  await chmod(file, 0o644)
  await writeFile(file, tool('hello', 'forged'))
  expect(await failureOf(opened.service.reload('shared', { generation: first?.id ?? '' }))).toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('changed'),
  })
  expect(await opened.call('shared', 'hello')).toBe('v2')
})

it('swaps nothing when the database fails in the middle of publishing', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'v1') })
  let fails = false
  const opened = await home.open({
    store: ({ namespaces, generations }) => ({
      namespaces,
      generations: {
        ...generations,
        publish: (record) => (fails ? Promise.reject(new ToolDockError('store_unavailable', 'The database does not answer.')) : generations.publish(record)),
      },
    }),
  })
  const before = opened.service.catalog.current
  await home.write('shared', { 'hello.ts': tool('hello', 'v2') })
  fails = true
  expect((await failureOf(opened.service.reload('shared'))).code).toBe('store_unavailable')
  expect(opened.service.catalog.current).toBe(before)
  expect(await opened.call('shared', 'hello')).toBe('v1')
  expect(await home.names('generations/shared')).toHaveLength(1)
  fails = false
  await opened.service.reload('shared')
  expect(await opened.call('shared', 'hello')).toBe('v2')
})

it('lets calls in flight finish on the generation they began on', async () => {
  const slow = (text: string): string =>
    tool('slow', text).replace('async () =>', "async () => (await new Promise((resolve) => setTimeout(resolve, 1500)), '')+")
  await home.write('shared', { 'slow.ts': slow('old') })
  const opened = await home.open()
  const call = opened.call('shared', 'slow')
  await home.write('shared', { 'slow.ts': slow('new') })
  await opened.service.reload('shared')
  expect(await call).toBe('old')
  expect(await opened.call('shared', 'slow')).toBe('new')
  await expect.poll(() => opened.processes.size).toBe(1)
})

it('reloads everything, and a folder that fails keeps what it had', async () => {
  await home.write('bad', { 'a.ts': tool('a', 'a') })
  await home.write('good', { 'a.ts': tool('a', 'a') })
  const opened = await home.open()
  await home.write('bad', { 'a.ts': 'nonsense nonsense' })
  await home.write('good', { 'b.ts': tool('b', 'b') })
  await home.write('new', { 'c.ts': tool('c', 'c') })
  const results = await opened.service.reloadAll()
  expect(results).toMatchObject([
    { namespace: 'bad', problems: [{ file: 'a.ts' }], message: expect.stringContaining('a.ts') },
    { namespace: 'good', changed: true },
    { namespace: 'new', changed: true, tools: { added: ['c'] } },
  ])
  expect([opened.tools('bad'), opened.tools('good'), opened.tools('new')]).toEqual([['a'], ['a', 'b'], ['c']])
})

it('withdraws a namespace whose folder is gone when it is reloaded', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open()
  await rm(join(home.dataDir, 'tools/shared'), { recursive: true })
  expect(await opened.service.reload('shared')).toMatchObject({ changed: true, generation: null, tools: { removed: ['hello'] } })
  expect(opened.tools('shared')).toBeUndefined()
  expect(opened.service.list()).toEqual([])
  await expect.poll(() => home.names('generations')).toEqual([])
  expect((await failureOf(opened.service.reload('shared'))).code).toBe('namespace_not_found')
  // The name is free again.
  await home.write('shared', { 'hello.ts': tool('hello', 'again') })
  await opened.service.reload('shared')
  expect(await opened.call('shared', 'hello')).toBe('again')
})

it('deletes a namespace with everything it had, only when asked twice', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open()
  expect(await failureOf(opened.service.remove('shared'))).toMatchObject({ code: 'conflict', details: { tools: 1, files: 1, generations: 1 } })
  expect(await opened.call('shared', 'hello')).toBe('hi')
  expect(await opened.service.remove('shared', { force: true })).toMatchObject({ namespace: 'shared', tools: 1 })
  expect(opened.tools('shared')).toBeUndefined()
  await expect.poll(() => home.names('generations')).toEqual([])
  expect(await home.names('tools')).toEqual([])
  expect(await opened.store.namespaces.find('shared')).toBeUndefined()
  await expect.poll(() => opened.processes.size).toBe(0)
})

it('refuses names that are no namespace before they become a path', async () => {
  const opened = await home.open()
  for (const name of ['../etc', 'a/b', 'Api', 'api', 'a__b', '', '.hidden']) expect((await failureOf(opened.service.reload(name))).code).toBe('invalid_params')
})

it('knows no namespace that is neither published nor a folder', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open()
  await opened.service.remove('shared', { force: true })
  for (const name of ['shared', 'never'])
    for (const change of [
      () => opened.service.reload(name),
      () => opened.service.acceptPermissions(name, []),
      () => opened.service.generations(name),
      () => opened.service.remove(name, { force: true }),
    ])
      expect((await failureOf(change())).code).toBe('namespace_not_found')
})

it('leaves no process and no half-made copy behind when it is closed in the middle of a reload', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open({ config: { workerStartSeconds: 60 } })
  await home.write('shared', { 'loop.ts': 'for (;;);' })
  const reload = failureOf(opened.service.reload('shared'))
  await expect.poll(() => opened.processes.size).toBe(1)
  await opened.close()
  await reload
  expect(opened.processes.size).toBe(0)
  expect(await home.names('generations/shared')).toHaveLength(1)
})

it('leaves no process behind when it is closed', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open()
  await opened.call('shared', 'hello')
  await opened.close()
  expect(opened.processes.size).toBe(0)
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(home.dataDir)
  expect((await failureOf(opened.service.reload('shared'))).code).toBe('shutting_down')
})
