import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSandbox, locateRuntime, type Runtime, type WorkerSpec, workerCommand } from './sandbox.ts'

const isRoot = process.getuid?.() === 0
const isLinux = process.platform === 'linux'
const log = { warn() {} }

/** Runs inside the sandbox: tries what `argv[0]` names and prints `refused CODE`, or what it got. */
const PROBE = `
import fs from 'node:fs'
const [secret, gateway, outside] = JSON.parse(process.env.PROBE)
const ways = {
  nothing: () => 'ran',
  ownFile: () => fs.readFileSync(new URL('./own.txt', import.meta.url), 'utf8'),
  readSecret: () => fs.readFileSync(secret, 'utf8'),
  readByPromise: () => fs.promises.readFile(secret, 'utf8'),
  readByStream: async () => { let text = ''; for await (const chunk of fs.createReadStream(secret)) text += chunk; return text },
  openSecret: () => String(fs.openSync(secret, 'r')),
  statSecret: () => String(fs.statSync(secret).size),
  listParent: () => fs.readdirSync(outside).join(),
  readByDots: () => fs.readFileSync(new URL('.', import.meta.url).pathname + '../secret/token', 'utf8'),
  makeSymlink: () => { fs.symlinkSync(secret, new URL('./made', import.meta.url).pathname); return fs.readFileSync(new URL('./made', import.meta.url), 'utf8') },
  writeOwn: () => { fs.writeFileSync(new URL('./own.txt', import.meta.url), 'changed'); return 'written' },
  writeTemp: () => { fs.writeFileSync('/tmp/probe-' + process.pid, ''); return 'written' },
  importOutside: () => import('file://' + outside + '/code.mjs').then((module) => module.text),
  requireOutside: async () => (await import('node:module')).createRequire(import.meta.url)(outside + '/code.cjs').text,
  runMain: async () => (await import('node:module')).runMain(outside + '/code.cjs') ?? 'ran',
  ownEnviron: () => fs.readFileSync('/proc/self/environ', 'utf8'),
  gatewayEnviron: () => fs.readFileSync('/proc/' + gateway + '/environ', 'utf8'),
  ownMemory: () => String(fs.openSync('/proc/self/mem', 'r')),
  rootByProc: () => fs.readFileSync('/proc/self/root' + secret, 'utf8'),
  bindingFs: () => process.binding('fs').readFileUtf8(secret, 0),
  bindingSpawn: () => String(typeof process.binding('spawn_sync').spawn),
  sqlite: async () => { const { DatabaseSync } = await import('node:sqlite'); new DatabaseSync(secret + '.db').exec('create table t (a)'); return 'opened' },
  sqliteBuiltin: () => Object.keys(process.getBuiltinModule('node:sqlite') ?? {}).join() || Promise.reject(Object.assign(new Error(), { code: 'no module' })),
  spawn: async () => String((await import('node:child_process')).spawnSync('cat', [secret]).stdout ?? Promise.reject(Object.assign(new Error(), { code: 'no output' }))),
  fork: async () => { (await import('node:child_process')).fork(outside + '/code.mjs'); return 'forked' },
  workerThread: async () => { new (await import('node:worker_threads')).Worker('1', { eval: true }); return 'started' },
  workerWithoutPermission: async () => { new (await import('node:worker_threads')).Worker('1', { eval: true, execArgv: [] }); return 'started' },
  addon: () => { process.dlopen({ exports: {} }, outside + '/addon.node'); return 'loaded' },
  wasi: async () => { new (await import('node:wasi')).WASI({ version: 'preview1', preopens: { '/': '/' } }); return 'made' },
  ffi: async () => String(Object.keys(await import('node:ffi'))),
  inspectorOpen: async () => { (await import('node:inspector')).open(0); return String((await import('node:inspector')).url()) },
  inspectorSession: async () => { const session = new (await import('node:inspector')).Session(); session.connect(); return 'connected' },
  heapSnapshot: async () => (await import('node:v8')).writeHeapSnapshot('/tmp/probe.heapsnapshot'),
  report: () => process.report.writeReport('/tmp/probe.report.json'),
  execve: () => process.execve('/bin/cat', ['cat', secret], {}),
  cluster: async () => { (await import('node:cluster')).default.fork(); return 'forked' },
  loadEnvFile: () => { process.loadEnvFile(secret); return 'loaded' },
  openAsBlob: async () => (await fs.openAsBlob(secret)).text(),
  compileCache: async () => ((await import('node:module')).enableCompileCache(outside + '/cache').directory ? 'enabled' : Promise.reject(Object.assign(new Error(), { code: 'skipped' }))),
  dropPermission: () => { process.permission.has = () => true; return fs.readFileSync(secret, 'utf8') },
  setFlags: async () => { (await import('node:v8')).setFlagsFromString('--no-permission'); return fs.readFileSync(secret, 'utf8') },
  environment: () => JSON.stringify(Object.keys(process.env).sort()),
  identity: () => process.getuid() + ':' + process.getgid() + ':' + process.getgroups(),
  becomeRoot: () => { process.setuid(0); return 'root' },
  stopGateway: () => { process.kill(gateway, 0); return 'signalled' },
  readGranted: () => fs.readFileSync(secret, 'utf8'),
  writeState: () => { const file = process.env.HOME + '/kept'; fs.writeFileSync(file, 'kept'); return fs.readFileSync(file, 'utf8') },
  loopback: async () => { const { createServer } = await import('node:net'); const server = createServer().listen(0, '127.0.0.1'); await new Promise((resolve) => server.once('listening', resolve)); server.close(); return 'listened' },
}
try {
  console.log(await ways[process.env.WAY]())
} catch (error) {
  console.log('refused ' + (error.code ?? error.message))
}
process.exit(0)
`

let dir: string
let spec: WorkerSpec
let runtime: Runtime
const secret = () => join(dir, 'secret/token')

beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'sandbox-')))
  for (const name of ['runtime', 'generation', 'secret', 'state']) mkdirSync(join(dir, name))
  writeFileSync(join(dir, 'generation/probe.mjs'), PROBE)
  writeFileSync(join(dir, 'generation/own.txt'), 'own')
  writeFileSync(secret(), 'TOP SECRET', { mode: 0o600 })
  writeFileSync(join(dir, 'secret/code.mjs'), "export const text = 'loaded'")
  writeFileSync(join(dir, 'secret/code.cjs'), "exports.text = 'loaded'")
  writeFileSync(join(dir, 'secret/addon.node'), '')
  // A private folder above the generation, as under /root.
  if (isRoot) chmodSync(dir, 0o700)
  runtime = { ...locateRuntime(), main: join(dir, 'generation/probe.mjs'), readable: [join(dir, 'runtime')] }
  spec = { generationDir: join(dir, 'generation'), stateDir: join(dir, 'state'), permissions: [], memoryMb: 128, env: {} }
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function attempt(way: string, permissions: readonly string[] = [], env: Record<string, string> = {}): Promise<string> {
  const { command, args, env: base, cwd } = await createSandbox({ log, runtime }).prepare({ ...spec, permissions, env })
  const probe = JSON.stringify([secret(), process.pid, join(dir, 'secret')])
  const { stdout } = await promisify(execFile)(command, [...args], { env: { ...base, WAY: way, PROBE: probe }, cwd, timeout: 20_000 })
  return stdout.trim()
}

describe('a worker in the sandbox', () => {
  it('runs, reads its own generation and uses the network', async () => {
    expect(await attempt('nothing')).toBe('ran')
    expect(await attempt('ownFile')).toBe('own')
    expect(await attempt('loopback')).toBe('listened')
  })

  it.each([
    ...[
      'readSecret',
      'readByPromise',
      'readByStream',
      'openSecret',
      'statSecret',
      'listParent',
      'readByDots',
      'rootByProc',
      'loadEnvFile',
      'openAsBlob',
      'dropPermission',
      'setFlags',
    ],
    ...['importOutside', 'requireOutside', 'runMain', 'makeSymlink', 'writeOwn', 'writeTemp', 'heapSnapshot', 'report'],
    ...['ownEnviron', 'gatewayEnviron', 'ownMemory', 'bindingFs', 'bindingSpawn', 'sqlite', 'sqliteBuiltin'],
    ...[
      'spawn',
      'fork',
      'execve',
      'cluster',
      'compileCache',
      'workerThread',
      'workerWithoutPermission',
      'addon',
      'wasi',
      'ffi',
      'inspectorOpen',
      'inspectorSession',
      'becomeRoot',
    ],
  ])('is refused: %s', async (way) => {
    expect(await attempt(way)).toMatch(/^refused /)
  })

  it('has an environment of its own, without what would load code', async () => {
    const env = { API_KEY: 'x', NODE_ENV: 'test', NODE_OPTIONS: '--allow-fs-read=*', LD_PRELOAD: '/x.so', OPENSSL_CONF: '/x', PATH: '/evil', HOME: '/root' }
    expect(JSON.parse(await attempt('environment', [], env))).toEqual(['API_KEY', 'HOME', 'LANG', 'NODE_ENV', 'PATH', 'PROBE', 'TERM', 'TMPDIR', 'WAY'])
  })

  it.runIf(isRoot && isLinux)('has the capability to read every file only when nobody could not reach its folder', async () => {
    const argsAt = async (mode: number): Promise<string> => {
      chmodSync(dir, mode)
      return (await createSandbox({ log, runtime }).prepare(spec)).args.join(' ')
    }
    // An installation below a private folder, such as a home, is out of reach as well.
    expect((await argsAt(0o755)).includes('dac_read_search')).toBe(!isOpenToAll(process.execPath))
    expect(await attempt('ownFile')).toBe('own')
    expect(await argsAt(0o700)).toContain('+dac_read_search')
  })

  it.runIf(isRoot && isLinux)('is nobody, not root, and cannot signal the gateway', async () => {
    expect(await attempt('identity')).toMatch(/^65534:65534:(65534)?$/)
    expect(await attempt('stopGateway')).toBe('refused EPERM')
  })

  it('may do what was accepted, and no more', async () => {
    expect(await attempt('writeState', ['write'])).toBe('kept')
    expect(await attempt('writeOwn', ['write'])).toMatch(/^refused ERR_ACCESS_DENIED/)
    expect(await attempt('readGranted', [`read:${join(dir, 'secret')}`])).toBe('TOP SECRET')
    expect(await attempt('workerThread', ['worker-threads'])).toBe('started')
    expect(await attempt('sqliteBuiltin', ['sqlite'])).toContain('DatabaseSync')
    expect(await attempt('spawn', ['sqlite', 'write', 'worker-threads'])).toMatch(/^refused ERR_ACCESS_DENIED/)
    if (isRoot && isLinux) expect(statSync(join(dir, 'state')).uid).toBe(65_534)
    expect(readFileSync(join(dir, 'generation/own.txt'), 'utf8')).toBe('own')
  })
})

/** May everybody enter all folders above this path? */
function isOpenToAll(path: string): boolean {
  const folder = dirname(path)
  return folder === path || ((statSync(folder).mode & 0o001) !== 0 && isOpenToAll(folder))
}

describe('workerCommand', () => {
  it('never grants the common parent of the runtime packages', () => {
    const { readable } = locateRuntime()
    expect(
      readable.every((path) =>
        /\/(packages\/(worker|sdk)\/(src|package\.json)|node_modules\/[^/]+|node_modules\/.cache\/runtime|node_modules\/@tooldock\/(sdk|worker))$/.test(path),
      ),
    ).toBe(true)
    expect(readable.map((path) => path.split('/').at(-1))).toEqual(
      expect.arrayContaining(['zod', 'ajv', 'fast-deep-equal', 'fast-uri', 'json-schema-traverse', 'require-from-string']),
    )
  })

  it('grants each permission by its own flag', () => {
    const flags = (permissions: string[]) =>
      workerCommand({ ...spec, permissions }, runtime, 'none').args.filter((arg) => !workerCommand(spec, runtime, 'none').args.includes(arg))
    expect(flags(['child-process'])).toEqual(['--allow-child-process'])
    expect(flags(['worker-threads'])).toEqual(['--allow-worker'])
    expect(flags(['addons'])).toEqual(['--allow-addons'])
    expect(flags(['read:/srv/data'])).toEqual(['--allow-fs-read=/srv/data'])
    expect(flags(['write'])).toEqual([`--allow-fs-read=${spec.stateDir}`, `--allow-fs-write=${spec.stateDir}`])
    expect(workerCommand({ ...spec, permissions: ['sqlite'] }, runtime, 'none').args).not.toContain('--no-experimental-sqlite')
  })
})
