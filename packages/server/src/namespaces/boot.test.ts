import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTestHome, failureOf, type TestHome, tool } from './test-namespaces.ts'

let home: TestHome
beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

/** Ends the worker that runs, as a crash would: it is the process whose command line names our DATA_DIR. */
async function killWorker(processes: { readonly size: number }): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command.includes(`--allow-fs-read=${home.dataDir}`)) process.kill(Number(pid), 'SIGKILL')
  }
  await expect.poll(() => processes.size).toBe(0)
}

it('never serves an edit that nobody reloaded: not after a crash, not after a restart', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'published'), 'text.ts': "export const text = 'x'\n" })
  const first = await home.open()
  expect(await first.call('shared', 'hello')).toBe('published')
  await home.write('shared', { 'hello.ts': tool('hello', 'edited') })
  await killWorker(first.processes)
  expect(await first.call('shared', 'hello')).toBe('published')
  await first.close()

  const second = await home.open()
  expect(second.processes.size).toBe(0)
  expect(await second.call('shared', 'hello')).toBe('published')
  expect(second.warnings.filter((line) => line.includes('unpublished changes'))).toHaveLength(1)
  expect(second.service.list()).toMatchObject([{ unpublishedChanges: true }])
  await second.service.reload('shared')
  expect(await second.call('shared', 'hello')).toBe('edited')
})

it('serves the last good generation of a folder that is broken at boot', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'good') })
  await (await home.open()).close()
  await home.write('shared', { 'hello.ts': 'this is = not a tool' })
  const opened = await home.open()
  expect(opened.service.loaded).toBe(true)
  expect(await opened.call('shared', 'hello')).toBe('good')
})

it('is loaded although a new folder is broken, and says what is wrong with it', async () => {
  await home.write('broken', { 'hello.ts': 'this is = not a tool' })
  await home.write('fine', { 'hello.ts': tool('hello', 'hi') })
  const opened = await home.open()
  expect(opened.service.loaded).toBe(true)
  expect(opened.service.list()).toMatchObject([
    { name: 'broken', state: 'unpublished', generation: null, problems: [{ file: 'hello.ts' }] },
    { name: 'fine', state: 'published' },
  ])
  expect(opened.tools('broken')).toBeUndefined()
})

it('keeps no worker of a folder it has only published, but of one that is to be kept warm, at this start and the next', async () => {
  await home.write('cold', { 'hello.ts': tool('hello', 'cold') })
  await home.write('warm', { 'hello.ts': tool('hello', 'warm'), 'tooldock.json': '{"keepWarm": true}' })
  const first = await home.open()
  await first.service.settled
  expect(first.service.list()).toMatchObject([
    { name: 'cold', worker: 'stopped' },
    { name: 'warm', worker: 'running' },
  ])
  expect(await first.call('cold', 'hello')).toBe('cold')
  await first.close()
  const second = await home.open()
  await second.service.settled
  expect(second.service.list()).toMatchObject([
    { name: 'cold', worker: 'stopped' },
    { name: 'warm', worker: 'running' },
  ])
})

it('lists a hundred namespaces that nobody calls without a single process', async () => {
  await home.write('ns000', { 'hello.ts': tool('hello', 'hi') })
  const first = await home.open()
  const [record] = await first.store.generations.listPublished()
  if (record === undefined) throw new Error('nothing was published')
  for (let index = 1; index < 100; index++) {
    const namespace = `ns${String(index).padStart(3, '0')}`
    for (const folder of ['tools', 'generations']) await cp(join(home.dataDir, folder, 'ns000'), join(home.dataDir, folder, namespace), { recursive: true })
    await first.store.generations.publish({ ...record, namespace })
  }
  await first.close()

  const opened = await home.open()
  expect(opened.service.catalog.current.namespaces.size).toBe(100)
  expect(opened.tools('ns099')).toEqual(['hello'])
  expect(opened.service.list().filter(({ unpublishedChanges }) => unpublishedChanges)).toEqual([])
  expect(opened.processes.size).toBe(0)
  expect(await opened.call('ns042', 'hello')).toBe('hi')
  expect(opened.processes.size).toBe(1)
})

it('lists again, one at a time and without keeping a worker, what another runtime had listed', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const first = await home.open({ runtimeKey: 'old' })
  const [before] = await first.store.generations.listPublished()
  await first.close()
  const opened = await home.open({ runtimeKey: 'new' })
  const [after] = await opened.store.generations.listPublished()
  expect(after?.id).toBe(before?.id)
  expect(after?.catalogueKey).not.toBe(before?.catalogueKey)
  expect(opened.processes.size).toBe(0)
  expect(opened.tools('shared')).toEqual(['hello'])
})

it('still serves a namespace whose folder is gone, and says so', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  await (await home.open()).close()
  await rm(join(home.dataDir, 'tools/shared'), { recursive: true })
  const opened = await home.open()
  expect(await opened.call('shared', 'hello')).toBe('hi')
  expect(opened.warnings.join()).toContain('is gone')
})

it('does not publish a folder by accident when the generation it had is missing on disk', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  await (await home.open()).close()
  await rm(join(home.dataDir, 'generations/shared'), { recursive: true })
  const opened = await home.open()
  expect(opened.service.list()).toMatchObject([{ state: 'unpublished', problems: [{ code: 'generation_missing' }] }])
  await opened.service.reload('shared')
  expect(await opened.call('shared', 'hello')).toBe('hi')
})

it('removes what an interrupted publication left, and nothing else', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  const first = await home.open()
  const kept = await home.names('generations/shared')
  await first.close()
  for (const leftover of [
    'generations/shared/.tmp-20260101T000000000Z-abc',
    'generations/shared/20260101T000000000Z-abcdefab',
    'generations/shared/deps-0123',
    'generations/gone/20260101T000000000Z-abcdefab',
    'tools/.removed-gone',
  ])
    await mkdir(join(home.dataDir, leftover), { recursive: true })
  const opened = await home.open()
  expect(await home.names('generations/shared')).toEqual(kept)
  expect(await home.names('generations')).toEqual(['shared'])
  expect(await home.names('tools')).toEqual(['shared'])
  expect(opened.service.list()).toHaveLength(1)
})

it('ignores files and names that cannot be served, and says why', async () => {
  await home.write('shared', { 'hello.ts': tool('hello', 'hi'), 'legacy.py': 'def register_tools(registry): pass\n' })
  await home.write('Not_a_Name', { 'hello.ts': tool('hello', 'hi') })
  await home.write('api', { 'hello.ts': tool('hello', 'hi') })
  await writeFile(join(home.dataDir, 'tools/stray.ts'), tool('stray', 'x'))
  const opened = await home.open()
  expect([...opened.service.catalog.current.namespaces.keys()]).toEqual(['shared'])
  expect(opened.warnings.filter((line) => line.includes('is not served'))).toHaveLength(2)
  await home.write('shared', { 'more.ts': tool('more', 'm') })
  expect((await opened.service.reload('shared')).warnings).toEqual(['Python files are not served: legacy.py.'])
})

it('copies the examples into an empty tools directory, once', async () => {
  const examplesDir = join(home.dataDir, 'examples')
  await mkdir(join(examplesDir, 'shared'), { recursive: true })
  await writeFile(join(examplesDir, 'shared/hello.ts'), tool('hello', 'example'))
  await writeFile(join(examplesDir, 'README.md'), 'not a namespace')
  const first = await home.open({ examplesDir })
  expect(await first.call('shared', 'hello')).toBe('example')
  await first.service.remove('shared', { force: true })
  await home.write('own', { 'hello.ts': tool('hello', 'own') })
  await first.service.reload('own')
  await first.close()
  const second = await home.open({ examplesDir })
  expect(await home.names('tools')).toEqual(['own'])
  expect((await failureOf(second.service.reload('shared'))).code).toBe('namespace_not_found')
})
