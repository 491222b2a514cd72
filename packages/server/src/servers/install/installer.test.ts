import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requireOrSkip } from '../../../../../test/skips.ts'
import { openFiles, processesNaming } from '../../../../../test/system/processes.ts'
import { UV_FOLDER } from '../../../../../test/uv.ts'
import { loadConfig } from '../../config/load-config.ts'
import { createProcesses, type Processes } from '../../process/processes.ts'
import { createPrograms } from '../safety/programs.ts'
import type { Installed } from '../server.types.ts'
import type { InstallConfig } from './install-context.ts'
import { createInstaller, type InstallableSource, type Installer } from './installer.ts'

const log = pino({ level: 'silent' })
const machine = loadConfig()
const FOLDERS = [UV_FOLDER, ...machine.programPath]
let dataDir: string
let processes: Processes
const closing: (() => unknown)[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tooldock-install-'))
  processes = createProcesses({ log, dataDir })
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  expect(processes.size).toBe(0)
  await processes.close()
  expect(processesNaming(dataDir)).toEqual([])
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
})

function open(change: Partial<InstallConfig> = {}, folders: readonly string[] = FOLDERS): Installer {
  const installer = createInstaller({
    serversDir: join(dataDir, 'servers'),
    processes,
    programs: createPrograms(folders),
    config: { ...machine, allowCustomCommands: true, ...change },
    scrub: (text) => text.replaceAll('known-secret', '[redacted]'),
    log,
  })
  closing.push(() => installer.close())
  return installer
}

const names = async (namespace: string): Promise<string[]> => readdir(join(dataDir, 'servers', namespace)).catch(() => [])

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A registry that takes requests and never answers, and when it has one. */
async function silentRegistry(): Promise<{ readonly url: string; readonly asked: Promise<void> }> {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { url: await serve(() => resolve()), asked: promise }
}

/** A repository with one commit; the answer is its file:// URL. */
async function repository(files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}): Promise<string> {
  const dir = await mkdtemp(join(dataDir, 'repository-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), content)
  }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(dir, name))
  commit(dir, 'init', '-q')
  return `file://${dir}`
}

function commit(dir: string, ...first: string[]): void {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: dir, env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null' } })
  if (first.length > 0) git(...first)
  git('add', '-A')
  git('commit', '-q', '-m', 'x')
}

/** Starts it as a start would, asks `initialize`, and ends it. Nothing but the one process runs. */
async function ask(installed: Installed): Promise<{ readonly name: string; readonly children: number }> {
  const child = processes.spawn({
    command: installed.command,
    args: installed.args,
    env: { PATH: '/nonexistent', HOME: dataDir },
    cwd: installed.dir,
    stdin: 'pipe',
    protocol: false,
    stdout: 'raw',
    onOutput: () => {},
  })
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
  child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`)
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += chunk
    if (text.includes('\n')) break
  }
  const children = processesNaming(installed.dir).length
  await child.stop()
  return { name: (JSON.parse(text.split('\n')[0] ?? '') as { result: { serverInfo: { name: string } } }).result.serverInfo.name, children }
}

describe('npm', { ...requireOrSkip('npm-registry'), timeout: 120_000 }, () => {
  it('installs a real package at an exact version with a lock file, and runs its program with node directly', async () => {
    const installer = open()
    const job = installer.start({ namespace: 'memory', source: { kind: 'npm', package: '@modelcontextprotocol/server-memory', version: '2026.7.4', args: [] } })
    const installed = await job.done
    expect(installed).toMatchObject({ version: '2026.7.4', command: process.execPath, args: [expect.stringMatching(/server-memory\/dist\/index\.js$/)] })
    expect(await names('memory')).toEqual([expect.stringMatching(/^package-[0-9a-f]{12}$/)])
    expect(JSON.parse(await readFile(join(installed.dir, 'package-lock.json'), 'utf8'))).toMatchObject({
      packages: { '': { dependencies: { '@modelcontextprotocol/server-memory': '2026.7.4' } } },
    })
    expect(await readdir(installed.dir)).not.toContain('.install-home')
    expect(job.lines.join('\n')).toContain('without install scripts')
    expect(await ask(installed)).toEqual({ name: 'memory-server', children: 1 })

    // An upgrade is planned without touching what runs, installed beside it, and undone by keeping the old one.
    const plan = await installer.planUpgrade(
      { namespace: 'memory', source: { kind: 'npm', package: '@modelcontextprotocol/server-memory', version: '2026.7.4', args: [] } },
      installed,
    )
    expect(plan).toMatchObject({ from: '2026.7.4', to: expect.stringMatching(/^\d+\.\d+\.\d+$/), source: { version: plan.to } })
    expect(plan.to).not.toBe(plan.from)
    expect(await names('memory')).toHaveLength(1)
  })

  it('says that a package does not exist, with the last lines of npm, and leaves nothing', async () => {
    const job = open().start({ namespace: 'none', source: { kind: 'npm', package: '@modelcontextprotocol/no-such-server', args: [] } })
    await expect(job.done).rejects.toMatchObject({ code: 'install_failed', details: { lines: expect.arrayContaining([expect.stringContaining('404')]) } })
    expect(await names('none')).toEqual([])
  })
})

describe('pypi', { ...requireOrSkip('uv'), timeout: 120_000 }, () => {
  it('installs a real package with hashes, and runs its program with its own Python', async () => {
    const installer = open()
    const source: InstallableSource = { kind: 'pypi', package: 'mcp-server-time', args: [] }
    const installed = await installer.start({ namespace: 'time', source }).done
    expect(installed.command).toBe(join(installed.dir, 'venv/bin/python'))
    expect(await readFile(join(installed.dir, 'requirements.lock'), 'utf8')).toMatch(
      new RegExp(`^mcp-server-time==${installed.version} .*\n.*--hash=sha256:`, 'm'),
    )
    expect((await ask({ ...installed, args: [...installed.args, '--local-timezone=UTC'] })).name).toBe('mcp-time')
    expect(await installer.planUpgrade({ namespace: 'time', source }, installed)).toMatchObject({ from: installed.version, to: installed.version })
  })

  it('says that a package does not exist', async () => {
    const job = open().start({ namespace: 'none', source: { kind: 'pypi', package: 'no-such-mcp-server-anywhere', args: [] } })
    await expect(job.done).rejects.toMatchObject({ code: 'install_failed' })
    expect(await names('none')).toEqual([])
  })
})

it('without uv or npm the error says how to get them', async () => {
  const installer = open({}, [])
  await expect(installer.start({ namespace: 'a', source: { kind: 'pypi', package: 'mcp-server-time', args: [] } }).done).rejects.toThrow(
    /uv is not installed.*pip install uv/,
  )
  await expect(installer.start({ namespace: 'b', source: { kind: 'npm', package: 'a', args: [] } }).done).rejects.toThrow(/npm is not installed/)
  await expect(installer.start({ namespace: 'c', source: { kind: 'git', url: 'https://127.0.0.1/a', args: [] } }).done).rejects.toThrow(/git is not installed/)
})

it.each<InstallableSource>([
  { kind: 'npm', package: '--registry=http://x', args: [] },
  { kind: 'npm', package: 'git+https://x/a', args: [] },
  { kind: 'npm', package: 'a', version: 'file:../x', args: [] },
  { kind: 'npm', package: '../x', args: [] },
  { kind: 'npm', package: 'a\n', args: [] },
  { kind: 'pypi', package: '-r /etc/passwd', args: [] },
  { kind: 'pypi', package: 'a @ https://x', args: [] },
  { kind: 'pypi', package: 'a', version: '1 --index-url http://x', args: [] },
  { kind: 'git', url: '--upload-pack=touch /tmp/x', args: [] },
  { kind: 'git', url: 'ext::sh -c id', args: [] },
  { kind: 'git', url: 'http://host/a', args: [] },
  { kind: 'git', url: '/etc', args: [] },
  { kind: 'git', url: 'https://169.254.169.254/a', args: [] },
  { kind: 'git', url: 'ssh://-oProxyCommand=id/a', args: [] },
  { kind: 'git', url: 'git@-oProxyCommand=id:a', args: [] },
  { kind: 'git', url: 'https://user:word@host/a', args: [] },
  { kind: 'git', url: 'https://host/a', ref: '--upload-pack=id', args: [] },
  { kind: 'git', url: 'https://host/a', ref: 'a..b', args: [] },
])('command injection is impossible by a source from a restored row: %j', async (source) => {
  const job = open().start({ namespace: 'a', source })
  await expect(job.done).rejects.toMatchObject({ code: 'install_failed' })
  expect(job.lines).toEqual([])
  expect(await names('a')).toEqual([])
})

describe('git', { timeout: 60_000 }, () => {
  const PROGRAM = 'process.stdin.once("data", () => console.log(JSON.stringify({ result: { serverInfo: { name: "cloned" } } })))'
  const files = { 'package.json': '{"name":"cloned","version":"1.0.0","bin":"main.js"}', 'main.js': PROGRAM }

  it('clones one commit and runs its program; a checkout keeps no history', async () => {
    const url = await repository(files)
    const installer = open()
    const installed = await installer.start({ namespace: 'cloned', source: { kind: 'git', url, args: [] } }).done
    expect(installed.version).toMatch(/^[0-9a-f]{40}$/)
    expect(await ask(installed)).toEqual({ name: 'cloned', children: 1 })
    expect(await readdir(installed.dir)).toEqual(['main.js', 'package.json'])

    await writeFile(join(new URL(url).pathname, 'more.js'), '')
    commit(new URL(url).pathname)
    const plan = await installer.planUpgrade({ namespace: 'cloned', source: { kind: 'git', url, args: [] } }, installed)
    expect(plan.to).not.toBe(installed.version)
    const upgraded = await installer.start({ namespace: 'cloned', source: plan.source }).done
    expect(upgraded.version).toBe(plan.to)
    // Both are there until somebody decides.
    expect((await ask(installed)).name).toBe('cloned')
    await installer.keepOnly('cloned', [upgraded])
    expect(await names('cloned')).toHaveLength(1)
    expect((await ask(upgraded)).name).toBe('cloned')
  })

  it('runs no install script unless that is granted', async () => {
    const marker = join(dataDir, 'marker')
    const url = await repository({
      ...files,
      'package.json': JSON.stringify({ name: 'cloned', bin: 'main.js', scripts: { install: `touch ${marker}` }, dependencies: { local: 'file:local' } }),
      'local/package.json': `{"name":"local","version":"1.0.0","scripts":{"postinstall":"touch ${marker}-2"}}`,
      'local/index.js': '',
    })
    const installer = open()
    await installer.start({ namespace: 'cloned', source: { kind: 'git', url, args: [] } }).done
    await expect(access(marker)).rejects.toThrow()
    await expect(access(`${marker}-2`)).rejects.toThrow()
    await installer.start({ namespace: 'cloned', source: { kind: 'git', url, args: [], installScripts: true } }).done
    await access(marker)
  })

  it('an .npmrc of the repository changes nothing', async () => {
    const { url: registry } = await silentRegistry()
    const url = await repository({
      ...files,
      '.npmrc': `registry=${registry}\nignore-scripts=false\n`,
      'package.json': JSON.stringify({
        name: 'cloned',
        bin: 'main.js',
        scripts: { install: `touch ${join(dataDir, 'marker')}` },
        dependencies: { local: 'file:local' },
      }),
      'local/package.json': '{"name":"local","version":"1.0.0"}',
    })
    await open().start({ namespace: 'cloned', source: { kind: 'git', url, args: [] } }).done
    await expect(access(join(dataDir, 'marker'))).rejects.toThrow()
  })

  it('links of a repository lead nowhere: each becomes a small file', async () => {
    const secret = join(dataDir, 'secret.txt')
    await writeFile(secret, 'secret')
    const url = await repository(files, { 'stolen.txt': secret, node_modules: '/etc' })
    const installed = await open().start({ namespace: 'cloned', source: { kind: 'git', url, args: [] } }).done
    expect(await readFile(join(installed.dir, 'stolen.txt'), 'utf8')).toBe(secret)
  })

  it('a command of the source is checked, and python is that of the project', requireOrSkip('uv'), async () => {
    const url = await repository({ 'server.py': 'print(1)', 'requirements.txt': '' })
    const installer = open({ allowCustomCommands: false })
    await expect(installer.start({ namespace: 'a', source: { kind: 'git', url, args: [] } }).done).rejects.toThrow(/refused/)
    const custom = open()
    const installed = await custom.start({ namespace: 'py', source: { kind: 'git', url, command: 'python', args: ['server.py'] } }).done
    expect(installed.command).toBe(join(installed.dir, 'venv/bin/python'))
    await expect(custom.start({ namespace: 'py2', source: { kind: 'git', url, args: [] } }).done).rejects.toThrow(/give a command/)
  })

  it.each(['-e ./local', ' --editable=./local', '-\\\ne ./local', './local', '--extra-index-url http://127.0.0.1:1/', '-r other.txt'])(
    'a Python project builds nothing unless that is granted: %j',
    requireOrSkip('uv'),
    async (line) => {
      const marker = join(dataDir, 'marker')
      const setup = `open(${JSON.stringify(marker)}, "w")\nfrom setuptools import setup\nsetup(name="local", version="1")`
      const url = await repository({ 'requirements.txt': line, 'other.txt': '-e ./local', 'local/setup.py': setup, 'server.py': '' })
      const job = open().start({ namespace: 'py', source: { kind: 'git', url, command: 'python', args: ['server.py'] } })
      await expect(job.done).rejects.toMatchObject({ code: 'install_failed' })
      await expect(access(marker)).rejects.toThrow()
    },
  )

  it('checkouts do not race: of two at once for one namespace one wins, others do not mix, and no descriptor stays open', requireOrSkip('linux'), async () => {
    const installer = open()
    const urls = await Promise.all(['one', 'two', 'three'].map((name) => repository({ ...files, 'name.txt': name })))
    const warm = await installer.start({ namespace: 'warm', source: { kind: 'git', url: urls[0] ?? '', args: [] } }).done
    expect(warm.version).toHaveLength(40)
    const descriptors = openFiles(process.pid)
    const jobs = urls.map((url, index) => {
      const server = { namespace: `ns-${index}`, source: { kind: 'git', url, args: [] } } as const
      const job = installer.start(server)
      expect(() => installer.start(server)).toThrow(expect.objectContaining({ code: 'conflict' }))
      return job
    })
    const installed = await Promise.all(jobs.map(({ done }) => done))
    expect(await Promise.all(installed.map(({ dir }) => readFile(join(dir, 'name.txt'), 'utf8')))).toEqual(['one', 'two', 'three'])
    for (const index of urls.keys()) expect(await names(`ns-${index}`)).toHaveLength(1)
    await expect.poll(() => openFiles(process.pid)).toBeLessThanOrEqual(descriptors)
  })

  it('a repository larger than INSTALL_BYTES_MAX is refused and removed', async () => {
    const url = await repository({ ...files, 'big.bin': 'x'.repeat(3_000_000) })
    await expect(open({ installBytesMax: 1_000_000 }).start({ namespace: 'big', source: { kind: 'git', url, args: [] } }).done).rejects.toThrow(
      /INSTALL_BYTES_MAX/,
    )
    expect(await names('big')).toEqual([])
  })
})

describe('an installation that does not end', { timeout: 60_000 }, () => {
  const source: InstallableSource = { kind: 'npm', package: 'anything', args: [] }

  it('two at once for one namespace: one wins, one is a conflict; cancelled, it leaves no process and no file', async () => {
    const { url, asked } = await silentRegistry()
    const installer = open({ npmRegistry: url })
    const job = installer.start({ namespace: 'slow', source })
    expect(() => installer.start({ namespace: 'slow', source })).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(installer.find('slow')).toBe(job)
    await asked
    expect(await names('slow')).toEqual([expect.stringMatching(/^package\.tmp-/)])
    await job.cancel()
    await expect(job.done).rejects.toMatchObject({ code: 'cancelled' })
    expect(await names('slow')).toEqual([])
    expect(processes.size).toBe(0)
    expect(installer.find('slow')).toBeUndefined()
  })

  it('is ended after INSTALL_TIMEOUT_SECONDS', async () => {
    const { url } = await silentRegistry()
    await expect(open({ npmRegistry: url, installTimeoutSeconds: 3 }).start({ namespace: 'slow', source }).done).rejects.toThrow(/INSTALL_TIMEOUT_SECONDS/)
    expect(await names('slow')).toEqual([])
  })

  it('one that waits for its turn is cancelled at once; closing cancels all', async () => {
    const { url, asked } = await silentRegistry()
    const installer = open({ npmRegistry: url, installsAtOnceMax: 1 })
    const first = installer.start({ namespace: 'one', source })
    await asked
    const second = installer.start({ namespace: 'two', source })
    await second.cancel()
    await expect(second.done).rejects.toMatchObject({ code: 'cancelled' })
    const third = installer.start({ namespace: 'three', source })
    await installer.close()
    for (const job of [first, third]) await expect(job.done).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('of a gateway that was killed: its processes end, and the next start removes what it wrote', requireOrSkip('linux'), async () => {
    const { url, asked } = await silentRegistry()
    const gateway = processes.spawn({
      command: process.execPath,
      args: [join(import.meta.dirname, 'test-killed-gateway.ts'), dataDir, url],
      env: { PATH: process.env.PATH ?? '' },
      cwd: '/',
      stdin: 'ignore',
      protocol: false,
      onOutput: () => {},
    })
    await asked
    expect(await names('killed')).toHaveLength(1)
    const folder = join(dataDir, 'servers/killed')
    expect(workersIn(folder)).not.toEqual([])
    process.kill(gateway.pid ?? 0, 'SIGKILL')
    await expect.poll(() => workersIn(folder), { timeout: 15_000 }).toEqual([])
    await open().cleanUp()
    expect(await names('killed')).toEqual([])
  })
})

/** Processes whose working folder is below `folder`. */
function workersIn(folder: string): string[] {
  return execFileSync('sh', ['-c', 'for p in /proc/[0-9]*; do readlink $p/cwd 2>/dev/null; done; true'], { encoding: 'utf8' })
    .split('\n')
    .filter((cwd) => cwd.startsWith(folder))
}

it('no secret reaches a line: tokens and passwords of registries, URLs with passwords, known secrets', { timeout: 60_000 }, async () => {
  const headers: (string | undefined)[] = []
  const url = await serve((request, response) => {
    headers.push(request.headers.authorization)
    response
      .writeHead(403, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: 'token-of-registry is no good here, known-secret https://user:word@host/' }))
  })
  const said: string[] = []
  const job = open({ npmRegistry: url, npmRegistryToken: 'token-of-registry' }).start(
    { namespace: 'private', source: { kind: 'npm', package: '@own/server', args: [] } },
    (line) => said.push(line),
  )
  const error: unknown = await job.done.catch((reason: unknown) => reason)
  expect(headers).toContain('Bearer token-of-registry')
  expect(said.join('\n')).toContain('403')
  expect(said.join('\n')).toContain('[redacted]')
  for (const text of [said.join('\n'), job.lines.join('\n'), JSON.stringify(error), String(error)])
    expect(text).not.toMatch(/token-of-registry|known-secret|word@/)
})
