import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Postgres, startPostgres } from '../../../../test/postgres.ts'
import { requireOrSkip } from '../../../../test/skips.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import { firstIdOf } from '../telemetry/time-ids.ts'
import { type BackupOptions, createBackups } from './backups.ts'
import { END_OF_ARCHIVE, type Member, packMember, textMember } from './pack-members.ts'
import { restoreBackup } from './restore-backup.ts'
import { settleRestore } from './settle-restore.ts'

const CALLS = 2500
const KILLS = 6
const log = pino({ level: 'silent' })
const CLI = join(import.meta.dirname, '../../../cli/src/main.ts')
const EVERYTHING = { packages: true, secrets: true }
let dir: string
let postgres: Postgres | undefined

beforeAll(async () => {
  if (requireOrSkip('postgresql').skip !== true) postgres = await startPostgres()
})
afterAll(() => postgres?.stop())
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'tooldock-backup-')))
})
afterEach(() => rm(dir, { recursive: true }))

const configOf = (dataDir: string, databaseUrl?: string): Config =>
  loadConfig({ DATA_DIR: dataDir, ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }) }, dir)

describe.each([
  { from: 'sqlite', to: 'sqlite' },
  { from: 'sqlite', to: 'postgres' },
  { from: 'postgres', to: 'sqlite' },
] as const)('a backup of $from, restored into $to', ({ from, to }) => {
  test.skipIf((from === 'postgres' || to === 'postgres') && requireOrSkip('postgresql').skip)(
    'brings back every row and every file, and no sign-in',
    async () => {
      const source = configOf(join(dir, 'source'), from === 'postgres' ? await newDatabase() : undefined)
      await fill(source)
      const file = await backUp(source, EVERYTHING)
      const target = configOf(join(dir, 'target'), to === 'postgres' ? await newDatabase() : undefined)
      const report = await restoreBackup(file, target, { force: false })
      expect(report).toMatchObject({ aside: null, reinstall: ['gone'], head: { database: from } })
      expect(report.notes).toEqual([expect.stringMatching(/^servers\/one\/home\/out: /)])

      const [before, after] = await Promise.all([source, target].map(readAll))
      const at = (installed: unknown) => JSON.parse(JSON.stringify(installed).replaceAll(source.dataDir, target.dataDir))
      const servers = before?.servers.map((server) => ({ ...server, installed: server.namespace === 'gone' ? null : at(server.installed) }))
      expect({ ...after, signIns: before?.signIns }).toEqual({ ...before, servers })
      expect(after).toMatchObject({ calls: CALLS, signIns: [] })
      expect(after?.signingKey).toBe(before?.signingKey)
      const kept = Object.fromEntries(
        Object.entries(await tree(source.dataDir))
          .filter(([path]) => !/^(db|logs|lock)|home\/(tmp|out)|\.edit-|unnamed/.test(path))
          .map(([path, content]) => [path, content.replace('-> /servers/.pythons', '-> ../../.pythons')]),
      )
      const restored = Object.fromEntries(Object.entries(await tree(target.dataDir)).filter(([path]) => !/^(db|logs|lock)/.test(path)))
      expect(restored).toEqual(kept)
      // What an installer linked by an absolute path leads to the same file of the new folder.
      expect(await realpath(join(target.dataDir, 'servers/one/package-1/node'))).toBe(join(target.dataDir, 'servers/.pythons/node'))
    },
  )
})

test('without packages and secrets, neither is in the archive, and servers are installed again', async () => {
  const source = configOf(join(dir, 'source'))
  await fill(source)
  const target = configOf(join(dir, 'target'))
  const report = await restoreBackup(await backUp(source, { packages: false, secrets: false }), target, { force: false })
  expect(report.reinstall).toEqual(['gone', 'one'])
  const files = Object.keys(await tree(target.dataDir))
  expect(files).toContain('generations/demo/g1/node_modules')
  expect(files.filter((path) => /^(token|secret\.key)$|package-1|tools\/demo\/node_modules/.test(path))).toEqual([])
  expect((await readAll(target)).signingKey).not.toBe((await readAll(source)).signingKey)
})

test('what is there is refused, or moved aside whole when forced', async () => {
  const source = configOf(join(dir, 'source'))
  await fill(source)
  const file = await backUp(source, EVERYTHING)
  const before = await tree(source.dataDir)
  await expect(restoreBackup(file, source, { force: false })).rejects.toThrow(/not empty: --force/)
  expect(await tree(source.dataDir)).toEqual(before)
  await writeFile(join(source.dataDir, 'tools/demo/later.ts'), 'later')
  const { aside } = await restoreBackup(file, source, { force: true })
  expect(await readFile(join(aside?.dir ?? '', 'tools/demo/later.ts'), 'utf8')).toBe('later')
  expect(await readdir(aside?.dir ?? '')).toEqual(['db', 'generations', 'secret.key', 'servers', 'state', 'token', 'tools'])
  expect(Object.keys(await tree(join(source.dataDir, 'tools')))).not.toContain('demo/later.ts')
})

test.skipIf(requireOrSkip('postgresql').skip)('tables of PostgreSQL are moved into a schema aside, and the database migrates on', async () => {
  const url = await newDatabase()
  const source = configOf(join(dir, 'source'), url)
  await fill(source)
  const file = await backUp(source, EVERYTHING)
  const before = await readAll(source)
  await using(source, (store) => store.namespaces.ensure('later'))
  const { aside } = await restoreBackup(file, source, { force: true })
  expect(aside?.schema).toMatch(/^tooldock_before_/)
  expect({ ...(await readAll(source)), signIns: before.signIns, servers: [] }).toEqual({ ...before, servers: [] })
})

test('one backup at a time; one whose reader goes away ends, and leaves nothing', async () => {
  const source = configOf(join(dir, 'source'))
  await fill(source)
  const backups = createBackups({ config: source, dataDir: source.dataDir, version: '1', holdGenerations: () => () => undefined })
  const { stream } = await backups.create(EVERYTHING)
  await expect(backups.create(EVERYTHING)).rejects.toMatchObject({ code: 'conflict' })
  stream.destroy()
  await expect.poll(() => spoolsIn(source.dataDir)).toEqual([])
  const again = await backups.create(EVERYTHING)
  again.stream.resume()
  await once(again.stream, 'end')
})

describe('an archive that is not what was written is refused, and nothing is changed', () => {
  const evil = (path: string, change: Partial<Member> = {}): Member => ({ ...textMember(path, 'evil'), ...change })
  const link = (path: string, target: string): Member => evil(path, { kind: 'link', target, bytes: 0, content: async function* () {} })
  const added: readonly [string, readonly Member[], RegExp][] = [
    ['a name with ..', [evil('tools/demo/../../../evil')], /leads out of the archive/],
    ['an absolute name', [evil('/etc/evil')], /leads out of the archive/],
    ['a file beside the folders', [evil('.env')], /nothing of this name/],
    ['a folder that is no namespace', [evil('tools/.ssh/x')], /no namespace/],
    ['a link that leads out', [link('tools/demo/evil', '../../..')], /leads out of its namespace/],
    ['a link to an absolute path', [link('generations/demo/g1/evil', '/etc')], /leads out of its namespace/],
    ['a link among the files of a server', [link('servers/one/files/evil', '/etc')], /not kept/],
    ['a file by way of a link', [link('tools/demo/evil', 'lib'), evil('tools/demo/evil/x')], /its name is taken/],
    ['a name twice', [evil('tools/demo/x'), evil('tools/demo/x')], /its name is taken/],
    ['a file that was not backed up', [evil('tools/demo/added.ts')], /is missing|was not backed up/],
  ]
  test('by names, links, changed bytes, a missing end, too many bytes, or a newer version', async () => {
    const source = configOf(join(dir, 'source'))
    await fill(source)
    const file = await backUp(source, { packages: false, secrets: false })
    const whole = gunzipSync(await readFile(file))
    const target = configOf(join(dir, 'target'))
    const refused = async (content: Buffer, words: RegExp, limits: Partial<Config> = {}) => {
      const path = join(dir, 'changed.tar.gz')
      await writeFile(path, content)
      await expect(restoreBackup(path, { ...target, ...limits }, { force: false })).rejects.toThrow(words)
      expect(Object.keys(await tree(target.dataDir)).filter((name) => !/^(lock|logs|db|tools|state|servers|generations)$/.test(name))).toEqual([])
    }
    const manifestAt = whole.lastIndexOf('manifest.json\0')
    for (const [, members, words] of added) {
      const chunks: Uint8Array[] = [whole.subarray(0, manifestAt)]
      for (const member of members) for await (const chunk of packMember(member, [])) chunks.push(chunk)
      await refused(gzipSync(Buffer.concat([...chunks, whole.subarray(manifestAt)])), words)
    }
    const changed = Buffer.from(whole)
    changed.write('X', changed.indexOf('export const tool'))
    await refused(gzipSync(changed), /tools\/demo\/tool\.ts": its content/)
    await refused((await readFile(file)).subarray(0, -2000), /cannot be read as a backup/)
    await refused(gzipSync(Buffer.concat([whole.subarray(0, manifestAt), END_OF_ARCHIVE])), /not a whole one/)
    await refused(Buffer.from('no archive'), /cannot be read as a backup/)
    await refused(await readFile(file), /RESTORE_BYTES_MAX/, { restoreBytesMax: 10_000 })
    await refused(await readFile(file), /RESTORE_FILES_MAX/, { restoreFilesMax: 10 })
    const newer = Buffer.from(whole.toString('latin1').replaceAll('"001-namespaces"', '"999-namespaces"'), 'latin1')
    await refused(gzipSync(newer), /its content is not what was backed up/)
    await restoreBackup(file, target, { force: false })
  })
})

test(`a restore that is killed leaves the old or the new whole, ${KILLS} times`, { timeout: 120_000 }, async () => {
  const source = configOf(join(dir, 'source'))
  await fill(source)
  const file = await backUp(source, EVERYTHING)
  const old = join(dir, 'old')
  await using(configOf(old), (store) => store.namespaces.ensure('old'))
  await put(old, { 'tools/old/a.ts': 'old', 'state/old/x': 'old', token: 'old' })
  const begin = performance.now()
  await cp(old, join(dir, 'whole'), { recursive: true })
  const runCli = (dataDir: string) =>
    spawn(process.execPath, [CLI, 'restore', '--force', file], { env: { PATH: process.env.PATH, DATA_DIR: dataDir }, cwd: dir, stdio: 'ignore' })
  await once(runCli(join(dir, 'whole')), 'exit')
  const wholeMs = performance.now() - begin
  const outcomes = { old: 0, new: 0 }
  for (let kill = 0; kill < KILLS; kill++) {
    const target = configOf(join(dir, `target-${kill}`))
    await cp(old, target.dataDir, { recursive: true })
    const child = runCli(target.dataDir)
    const exited = once(child, 'exit')
    // The first half of a run is the start of the program.
    setTimeout(() => child.kill('SIGKILL'), wholeMs * (0.4 + (0.6 * kill) / KILLS))
    await exited
    await settleRestore(target.dataDir, target)
    const { namespaces } = await readAll(target)
    const files = await tree(target.dataDir)
    const isOld = namespaces.some(({ name }) => name === 'old')
    outcomes[isOld ? 'old' : 'new'] += 1
    expect(namespaces.map(({ name }) => name)).toEqual(isOld ? ['old'] : ['demo'])
    expect([files['tools/old/a.ts'], files['state/old/x'], files.token]).toEqual(isOld ? ['old', 'old', 'old'] : [undefined, undefined, 'token'])
    expect('tools/demo/tool.ts' in files).toBe(!isOld)
    expect(Object.keys(files).filter((name) => /^\.(restore|backup)/.test(name))).toEqual([])
    await rm(target.dataDir, { recursive: true })
  }
  expect(outcomes.old).toBeGreaterThan(0)
})

const spoolsIn = async (dataDir: string): Promise<string[]> => (await readdir(dataDir)).filter((name) => name.startsWith('.backup-'))

async function newDatabase(): Promise<string> {
  const { default: pg } = await import('pg')
  const client = new pg.Client(postgres?.url ?? '')
  await client.connect()
  const name = `backup_${crypto.randomUUID().replaceAll('-', '')}`
  await client.query(`create database ${name}`)
  await client.end()
  return (postgres?.url ?? '').replace(/\/postgres$/, `/${name}`)
}

async function using<T>(config: Config, work: (store: Store) => Promise<T>): Promise<T> {
  await mkdir(join(config.dataDir, 'db'), { recursive: true })
  const store = await openStore(config, log)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

async function backUp(config: Config, options: BackupOptions): Promise<string> {
  const backups = createBackups({ config, dataDir: config.dataDir, version: '1.2.3', holdGenerations: () => () => undefined })
  const { stream, fileName } = await backups.create(options)
  await pipeline(stream, createWriteStream(join(dir, fileName)))
  await expect.poll(() => spoolsIn(config.dataDir)).toEqual([])
  return join(dir, fileName)
}

/** A row in every table, and a file of every kind. */
async function fill(config: Config): Promise<void> {
  const { dataDir } = config
  const t0 = Date.parse('2026-11-22T10:00:00.000Z')
  const installed = (name: string) => ({
    ...{ version: '1', command: join(dataDir, 'servers', name, 'package-1/node'), args: [join(dataDir, 'servers', name, 'package-1/main.js')] },
    ...{ dir: join(dataDir, 'servers', name, 'package-1'), installedAt: '2026-01-01T00:00:00.000Z' },
  })
  await using(config, async (store) => {
    await store.generations.publish({
      ...{ namespace: 'demo', id: 'g1', createdAt: '2026-01-01T00:00:00.000Z', filesHash: 'h', dependenciesId: 'deps-1' },
      manifest: { description: 'it\'s "quoted" – 中\n', env: {}, limits: {}, permissions: [], keepWarm: false },
      ...{ catalogue: { tools: [], resources: [], resourceTemplates: [], prompts: [], completions: false }, catalogueKey: 'k' },
    })
    await store.namespaces.setPermissions('demo', ['write'])
    const version = { path: 'tool.ts', from: null, by: 'token', at: '2026-01-01T00:00:00.000Z', action: 'write', bytes: 3, etag: 'e' } as const
    await store.files.addVersions(
      'demo',
      Array.from({ length: 25 }, (_, index) => ({ ...version, id: `v${index}`, content: Buffer.from([0, index, 255]) })),
      { perFile: 100, bytes: 1000 },
    )
    await store.secrets.set({ namespace: '', name: 'KEY', sealed: 'c2VhbGVk', setAt: '2026-01-01T00:00:00.000Z' }, 10)
    for (const name of ['one', 'gone']) {
      await store.servers.add(name, { env: {} }, 10)
      await store.servers.setInstalled(name, { env: {} }, installed(name))
    }
    await store.bundles.add('both', { entries: [] }, 10)
    await store.tools.setSetting({ namespace: 'demo', tool: 'tool', enabled: false, override: { title: 'T' } }, 10)
    await store.tools.setExample({ namespace: 'demo', tool: 'tool', name: 'e', arguments: { a: 1 } }, 10)
    const key = {
      id: 'k1',
      name: 'key',
      prefix: 'td_abc',
      hash: 'hash',
      access: { role: 'caller' },
      lastUsedAt: null,
      createdAt: '2026-01-01',
      createdBy: 'token',
    }
    await store.apiKeys.add(key, 10)
    await store.signIns.add({ hash: 'h', principal: 'token', expiresAt: '2099-01-01' })
    await store.signingKeys.loadOrCreate('request-state')
    const about = { namespace: 'demo', method: 'tools/call', name: 'tool', protocol: 'mcp', principal: 'token', outcome: 'ok' } as const
    const call = { ...about, era: 'modern', durationMs: 1.25, requestBytes: 1, resultBytes: 5_000_000_000, requestId: 'r' } as const
    await store.calls.add(Array.from({ length: CALLS }, (_, index) => ({ ...call, id: String(firstIdOf(t0 + index)), at: new Date(t0 + index).toISOString() })))
    await store.callCounts.add([{ ...about, minuteMs: t0, bucket: 3, count: 7 }])
    await store.audit.add([
      { id: String(firstIdOf(t0)), at: new Date(t0).toISOString(), principal: 'token', action: 'a', subject: 's', status: 200, requestId: 'r', details: {} },
    ])
  })
  await put(dataDir, {
    ...{ 'tools/demo/tool.ts': 'export const tool = 1', 'tools/demo/.edit-1/tool.ts': 'half', 'tools/demo/node_modules/a/index.js': 'a' },
    ...{ 'generations/demo/g1/tool.ts': 'export const tool = 0', 'generations/demo/deps-1/node_modules/a/index.js': 'a', 'generations/demo/unnamed/x': 'x' },
    [`state/demo/${'long'.repeat(30)}/${'ü'.repeat(60)}`]: 'kept',
    ...{ 'servers/one/package-1/main.js': '1', 'servers/.pythons/node': '#!', 'servers/one/files/config.yaml': 'a: 1', 'servers/one/home/tmp/x': 'x' },
    ...{ token: 'token', 'secret.key': 'key' },
  })
  for (const folder of ['tools/empty', 'logs']) await mkdir(join(dataDir, folder))
  await symlink('../deps-1/node_modules', join(dataDir, 'generations/demo/g1/node_modules'))
  await symlink('tool.ts', join(dataDir, 'tools/demo/same.ts'))
  await symlink(join(dataDir, 'servers/.pythons/node'), join(dataDir, 'servers/one/package-1/node'))
  await symlink('/etc', join(dataDir, 'servers/one/home/out'))
}

async function put(dataDir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(dataDir, dirname(path)), { recursive: true })
    await writeFile(join(dataDir, path), text)
  }
}

const readAll = (config: Config) =>
  using(config, async (store) => ({
    namespaces: await store.namespaces.list(),
    generations: await store.generations.listPublished(),
    versions: await store.files.versions('demo', { limit: 100 }),
    content: (await store.files.findVersion('demo', 'v7'))?.content?.toString('hex'),
    secrets: await store.secrets.list(),
    servers: await store.servers.list(),
    bundles: await store.bundles.list(),
    settings: await store.tools.listSettings(),
    examples: await store.tools.listExamples('demo', 'tool'),
    keys: await store.apiKeys.list(),
    signIns: await store.signIns.list(),
    calls: await store.calls.count(),
    call: await store.calls.list({}, { limit: 1 }),
    audit: await store.audit.list({}, { limit: 10 }),
    totals: await store.callCounts.totals({ fromMs: Date.parse('2026-11-22T00:00:00.000Z'), toMs: Date.parse('2026-11-23T00:00:00.000Z') }, 'tool'),
    signingKey: (await store.signingKeys.loadOrCreate('request-state')).toString('hex'),
  }))

/** By path: the content of a file, `-> target` of a link, and of an empty folder nothing. */
async function tree(root: string, at = ''): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of (await readdir(join(root, at))).sort()) {
    const path = at === '' ? name : `${at}/${name}`
    const stat = await lstat(join(root, path))
    if (stat.isDirectory()) {
      const below = await tree(root, path)
      Object.assign(found, Object.keys(below).length === 0 ? { [path]: '' } : below)
    } else found[path] = stat.isSymbolicLink() ? `-> ${(await readlink(join(root, path))).replace(root, '')}` : await readFile(join(root, path), 'latin1')
  }
  return found
}
