import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTestDataDir, FIXTURE, fixture, openTestServers, removeTestDataDir, type TestServers } from './test-servers.ts'

vi.setConfig({ testTimeout: 120_000 })

let dataDir: string
let repository: string
let servers: TestServers
beforeEach(async () => {
  dataDir = await createTestDataDir()
  repository = await mkdtemp(join(tmpdir(), 'tooldock-repository-'))
  git('init', '-q')
  await mkdir(join(repository, 'bin'))
  await copyFile(FIXTURE, join(repository, 'bin/server.mjs'))
  await writeFile(join(repository, 'package.json'), '{"name":"fixture","version":"1.0.0","bin":"bin/server.mjs"}')
  commit()
  // Cloning from a folder is for those who may run custom commands.
  servers = await openTestServers(dataDir, { config: { allowCustomCommands: true } })
})
afterEach(async () => {
  await servers.close()
  await removeTestDataDir(dataDir)
  await rm(repository, { recursive: true, force: true })
})

function git(...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: repository, encoding: 'utf8' }).trim()
}

function commit(): string {
  git('add', '-A')
  git('commit', '-qm', 'change')
  return git('rev-parse', 'HEAD')
}

async function edit(change: (text: string) => string): Promise<string> {
  const path = join(repository, 'bin/server.mjs')
  await writeFile(path, change(await readFile(path, 'utf8')))
  return commit()
}

const cloned = (namespace: string, more: object = {}) =>
  fixture(namespace, 'well', { source: { kind: 'git', url: `file://${repository}`, args: ['well'] }, ...more })
const packages = async (namespace: string): Promise<string[]> =>
  (await readdir(join(dataDir, 'servers', namespace))).filter((name) => name.startsWith('package'))
const onePackage = (namespace: string) => vi.waitFor(async () => expect(await packages(namespace)).toHaveLength(1), { timeout: 10_000 })

it('an upgrade shows versions and differences first, and takes over when it is asked to', async () => {
  expect(await servers.service.create(cloned('tool'))).toMatchObject({ state: 'installing' })
  const { installed } = await servers.until('tool', 'running')
  const first = git('rev-parse', 'HEAD')
  expect(installed?.version).toBe(first)
  const second = await edit((text) =>
    text.replace("{ name: 'pid'", "{ name: 'added', inputSchema: { type: 'object' } },\n  { name: 'pid'").replace('Says what it hears', 'Echoes'),
  )

  expect((await servers.service.upgrade('tool', { dryRun: true })).change).toMatchObject({ state: 'running', dryRun: true })
  const shown = await servers.until('tool', ({ change }) => change?.state !== 'running')
  expect(shown.change).toMatchObject({ state: 'done', from: first, to: second, diff: { tools: { added: ['added'], changed: [{ name: 'echo' }] } } })
  expect(shown).toMatchObject({ installed: { version: first }, tools: 10, generation: 1 })
  await onePackage('tool')

  await servers.service.upgrade('tool', { dryRun: false })
  expect(await servers.until('tool', ({ change }) => change?.state !== 'running')).toMatchObject({
    state: 'running',
    installed: { version: second },
    tools: 11,
    change: { state: 'done', dryRun: false },
  })
  expect(servers.stateEvents.map(({ state }) => state)).toEqual(['installing', 'stopped', 'starting', 'running'])
  await onePackage('tool')
  await servers.service.upgrade('tool', { dryRun: false })
  expect((await servers.until('tool', ({ change }) => change?.state === 'failed')).change?.message).toContain('is the newest version')
})

it('an upgrade that does not answer is rolled back: what ran goes on, and the next start runs it too', async () => {
  await servers.service.create(cloned('tool'))
  const { installed } = await servers.until('tool', 'running')
  await edit(() => 'process.exit(5)\n')
  await servers.service.upgrade('tool', { dryRun: false })
  const { change } = await servers.until('tool', ({ change: report }) => report?.state === 'failed')
  expect(change?.message).toMatch(/exited with code 5; what there was is kept/)
  expect(await servers.call('tool', 'echo', { text: 'still here' })).toBe('still here')
  await servers.service.restartServer('tool')
  expect((await servers.until('tool', 'running')).installed?.version).toBe(installed?.version)
  await onePackage('tool')
})

it('an installation that fails says why, and can be repeated by a start', async () => {
  await servers.service.create(cloned('tool', { source: { kind: 'git', url: `file://${repository}-missing`, args: [] } }))
  const { reason, progress } = await servers.until('tool', 'failed')
  expect(reason).toContain('failed')
  expect(progress).toEqual([])
  await servers.service.update('tool', { source: { url: `file://${repository}` } })
  await servers.until('tool', ({ change }) => change?.state === 'done')
  await servers.service.startServer('tool')
  await servers.until('tool', 'running')
})

it('a stop ends an installation and what it wrote; a removal too', async () => {
  await servers.service.create(cloned('one'))
  expect(await servers.service.stopServer('one')).toMatchObject({ state: 'stopped', installed: null })
  expect(await packages('one')).toEqual([])
  await servers.service.create(cloned('two'))
  await servers.service.remove('two')
  expect(servers.service.has('two')).toBe(false)
  expect(await readdir(join(dataDir, 'servers'))).toEqual(['one'])
  expect(servers.processes.size).toBe(0)
  await servers.service.startServer('one')
  await servers.until('one', 'running')
})

it('a second change of the same server while one is under way is refused', async () => {
  await servers.service.create(cloned('tool'))
  await servers.until('tool', 'running')
  await edit((text) => `${text}\n`)
  await servers.service.upgrade('tool', { dryRun: true })
  await expect(servers.service.upgrade('tool', { dryRun: true })).rejects.toMatchObject({ code: 'conflict' })
  await expect(servers.service.update('tool', { env: { A: 'b' } })).rejects.toMatchObject({ code: 'conflict' })
  await servers.until('tool', ({ change }) => change?.state === 'done')
})
