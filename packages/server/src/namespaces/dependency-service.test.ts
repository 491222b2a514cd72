import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { processesNaming } from '../../../../test/system/processes.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Config } from '../config/settings.ts'
import { createNpmProjects } from '../servers/install/npm-projects.ts'
import { createPrograms } from '../servers/safety/programs.ts'
import { createDependencyService } from './dependency-service.ts'
import type { DependencyInstall, DependencyService } from './dependency-service.types.ts'
import { createFileHistory } from './files/file-history.ts'
import { createTestHome, failureOf, type TestHome, type TestService, tool } from './test-namespaces.ts'

const machine = loadConfig()
const log = pino({ level: 'silent' })
const SPEAKER = tool('speak', 'x', "import { word } from 'word'").replace("=> 'x'", '=> word')

let home: TestHome
let opened: TestService
let registry: { readonly server: Server; readonly url: string }
/** Tarballs by version of the one package that there is. */
let tarballs: ReadonlyMap<string, Buffer>
let packages: string
let onAsked: (path: string) => boolean

beforeAll(async () => {
  packages = await mkdtemp(join(tmpdir(), 'tooldock-packages-'))
  tarballs = new Map([
    ['1.0.0', await pack('1.0.0', 'one')],
    ['2.0.0', await pack('2.0.0', 'two')],
    ['3.0.0', await pack('3.0.0', 'three', { postinstall: "node -e \"require('fs').writeFileSync('ran', '')\"" })],
  ])
})
afterAll(() => rm(packages, { recursive: true }))
beforeEach(async () => {
  home = await createTestHome()
  await home.write('shared', { 'hello.ts': tool('hello', 'hi') })
  opened = await home.open()
  onAsked = () => true
  registry = await serveRegistry()
})
afterEach(async () => {
  registry.server.closeAllConnections()
  registry.server.close()
  expect(processesNaming(join(home.dataDir, 'tools'))).toEqual([])
  await home.remove()
})

/** A package that exports `word`, as `npm pack` makes it. */
async function pack(version: string, word: string, scripts: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const dir = join(packages, version)
  const files = {
    'package.json': JSON.stringify({ name: 'word', version, type: 'module', exports: './index.js', scripts }),
    'index.js': `export const word = '${word}'`,
    'index.d.ts': `export declare const word: '${word}'`,
  }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), content)
  }
  const npm = (await createPrograms(machine.programPath).find('npm')) ?? 'npm'
  execFileSync(npm, ['pack', '--silent', '--ignore-scripts'], { cwd: dir, env: { PATH: dirname(process.execPath), HOME: dir } })
  return readFile(join(dir, `word-${version}.tgz`))
}

async function serveRegistry(): Promise<typeof registry> {
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (!onAsked(path)) return
    const version = /^\/word\/-\/word-(.+)\.tgz$/.exec(path)?.[1]
    if (version !== undefined) return void response.end(tarballs.get(version))
    if (path !== '/word') return void response.writeHead(404).end('{}')
    const url = `http://${request.headers.host}`
    const versions = [...tarballs.keys()].map((name) => [
      name,
      { name: 'word', version: name, dist: { tarball: `${url}/word/-/word-${name}.tgz` }, ...(name === '3.0.0' && { hasInstallScript: true }) },
    ])
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name: 'word', 'dist-tags': { latest: '1.0.0' }, versions: Object.fromEntries(versions) }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function service(change: Partial<Config> = {}): DependencyService {
  const config = { ...machine, npmRegistry: registry.url, httpProxy: undefined, httpsProxy: undefined, ...change }
  return createDependencyService({
    config,
    namespaces: opened.service,
    history: createFileHistory({ store: opened.store.files, config, log }),
    npm: createNpmProjects({
      ...{ processes: opened.processes, programs: createPrograms(machine.programPath), config },
      pythonsDir: join(home.dataDir, 'pythons'),
      scrub: (text) => text,
    }),
    log,
  })
}

const lines: string[] = []
const install = (change: DependencyInstall['change'], more: Partial<DependencyInstall> = {}, dependencies = service()) =>
  dependencies.install('shared', {
    change,
    installScripts: false,
    by: 'ann',
    signal: new AbortController().signal,
    onLine: (line) => void lines.push(line),
    ...more,
  })
const left = async (): Promise<string[]> => (await readdir(join(home.dataDir, 'tools/shared'))).filter((name) => name.startsWith('.'))

it('installs, upgrades and removes packages; the running tools change only with the whole', { timeout: 120_000 }, async () => {
  expect(await service().read('shared')).toEqual({ packageJson: null, etag: null, installed: [], lockFile: false })
  expect(await install({ kind: 'install', packages: ['word'] })).toMatchObject({ changed: true })
  const first = await service().read('shared')
  expect(first).toMatchObject({ installed: [{ name: 'word', version: '1.0.0', wanted: '^1.0.0', direct: true }], lockFile: true })
  expect(lines.join('\n')).toContain('Installing word, without install scripts')
  await opened.files.save('shared', 'speak.ts', Buffer.from(SPEAKER), { by: 'ann' })
  expect(await opened.call('shared', 'speak')).toBe('one')

  const { files, complete } = await service().types('shared')
  expect(files.map(({ path }) => path).sort()).toEqual(['node_modules/word/index.d.ts', 'node_modules/word/package.json'])
  expect([complete, files.some(({ content }) => content === `export declare const word: 'one'`)]).toEqual([true, true])

  const packageJson = JSON.stringify({ private: true, dependencies: { word: '2.0.0' } })
  expect(await failureOf(install({ kind: 'replace', packageJson, etags: ['"old"'] }))).toMatchObject({ code: 'precondition_failed' })
  await install({ kind: 'replace', packageJson, etags: [first.etag ?? ''] })
  expect(await opened.call('shared', 'speak')).toBe('two')

  // What the tools need cannot be taken from them; nothing has changed.
  const failed = await failureOf(install({ kind: 'uninstall', packages: ['word'] }))
  expect(failed).toMatchObject({ code: 'reload_failed', details: { problems: [{ file: 'speak.ts', code: 'import_failed' }] } })
  expect(await service().read('shared')).toMatchObject({ packageJson, installed: [{ name: 'word', version: '2.0.0' }] })
  expect(opened.service.list()).toMatchObject([{ unpublishedChanges: false }])
  expect(await opened.call('shared', 'speak')).toBe('two')

  await opened.files.remove('shared', 'speak.ts', { by: 'ann' })
  await install({ kind: 'uninstall', packages: ['word'] })
  expect((await service().read('shared')).installed).toEqual([])
  expect(await left()).toEqual([])
  const { versions } = await opened.files.history('shared', { path: 'package.json', limit: 10 })
  expect(versions.map(({ action, by }) => [action, by])).toEqual([
    ['write', 'ann'],
    ['write', 'ann'],
    ['write', 'ann'],
  ])
})

it('changes nothing that runs when an installation fails, is cancelled or outlasts its time', { timeout: 120_000 }, async () => {
  await install({ kind: 'install', packages: ['word@1.0.0'] })
  await opened.files.save('shared', 'speak.ts', Buffer.from(SPEAKER), { by: 'ann' })
  const before = await service().read('shared')
  const isUnchanged = async (): Promise<void> => {
    expect(await service().read('shared')).toEqual(before)
    expect(await opened.call('shared', 'speak')).toBe('one')
    expect(await left()).toEqual([])
  }

  expect(await failureOf(install({ kind: 'install', packages: ['no-such-package'] }))).toMatchObject({
    code: 'install_failed',
    details: { lines: expect.any(Array) },
  })
  await isUnchanged()

  const cancelling = new AbortController()
  onAsked = () => {
    cancelling.abort(new Error('enough'))
    return false
  }
  await expect(install({ kind: 'install', packages: ['word@2.0.0'] }, { signal: cancelling.signal })).rejects.toThrow('enough')
  await isUnchanged()

  onAsked = () => false
  expect(await failureOf(install({ kind: 'install', packages: ['word@2.0.0'] }, {}, service({ installTimeoutSeconds: 1 })))).toMatchObject({
    code: 'install_failed',
  })
  onAsked = () => true
  await isUnchanged()

  // Somebody edits package.json while packages are fetched.
  onAsked = (path) => {
    if (path.endsWith('.tgz')) void home.write('shared', { 'package.json': '{"dependencies":{"word":"1.0.0"},"name":"edited"}' })
    return true
  }
  await rm(join(home.dataDir, 'tools/shared/node_modules'), { recursive: true })
  expect(await failureOf(install({ kind: 'install', packages: ['word@2.0.0'] }))).toMatchObject({ code: 'conflict' })
  expect(await opened.call('shared', 'speak')).toBe('one')
})

it('runs install scripts only when both the setting and the request say so', { timeout: 120_000 }, async () => {
  const ran = (): Promise<boolean> =>
    readFile(join(home.dataDir, 'tools/shared/node_modules/word/ran')).then(
      () => true,
      () => false,
    )
  await install({ kind: 'install', packages: ['word@3.0.0'] })
  expect(await ran()).toBe(false)
  await install({ kind: 'uninstall', packages: ['word'] })
  const change = { kind: 'install', packages: ['word@3.0.0'] } as const
  expect(await failureOf(service().check('shared', change, true))).toMatchObject({ code: 'forbidden' })
  await install(change, { installScripts: true }, service({ allowInstallScripts: true }))
  expect(await ran()).toBe(true)
})

it('takes packages of the registry and nothing else', async () => {
  for (const spec of ['../x', 'file:/etc', 'https://a.b/c.tgz', 'a/b', 'git+ssh://x', '--registry=x', 'word@^1', 'word@npm:other', ''])
    expect(await failureOf(service().check('shared', { kind: 'install', packages: [spec] }, false)), spec).toMatchObject({ code: 'invalid_params' })
  for (const dependencies of [{ a: 'file:../x' }, { a: '..' }, { a: 'user/repo' }, { a: 'github:a/b' }, { a: 'http://x' }, { a: 'x.tgz' }, { a: '~/x' }])
    expect(await failureOf(service().check('shared', { kind: 'replace', packageJson: JSON.stringify({ dependencies }) }, false))).toMatchObject({
      code: 'invalid_params',
    })
  for (const packageJson of ['{', '[]', '{"workspaces":["a"]}', '{"dependencies":[]}', '{"overrides":{"a":{"b":"file:x"}}}'])
    expect(await failureOf(service().check('shared', { kind: 'replace', packageJson }, false)), packageJson).toMatchObject({ code: 'invalid_params' })
  await service().check('shared', { kind: 'replace', packageJson: '{"dependencies":{"a":"^1.2 || 2.x","b":"npm:@c/d@>=1 <2","e":"latest"}}' }, false)
  await home.write('shared', { 'package-lock.json': '{"packages":{"node_modules/a":{"resolved":"file:/etc","link":true}}}' })
  expect(await failureOf(service().check('shared', { kind: 'install', packages: ['word'] }, false))).toMatchObject({ code: 'invalid_params' })
})
