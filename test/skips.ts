import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestOptions } from 'vitest'
import { hasUv } from './uv.ts'

/** Why tests may be left out, and how to have them run. */
interface Skip {
  readonly reason: string
  /** The command or change that enables the tests. */
  readonly enable: string
  /** Is what the tests need there? */
  readonly available: () => boolean
  /** May this be missing in CI? Everything that `apt-get` brings may not. */
  readonly allowedInCi: boolean
}

/** Where Debian keeps the programs of a PostgreSQL server, newest first. */
export function postgresBinFolder(): string | undefined {
  const versions = [20, 19, 18, 17, 16, 15, 14]
  const folders = versions.flatMap((version) => [`/usr/lib/postgresql/${version}/bin`, `/opt/homebrew/opt/postgresql@${version}/bin`])
  return folders.find((folder) => existsSync(`${folder}/initdb`) && existsSync(`${folder}/postgres`))
}

/** Debian's browser; undefined when there is none. */
export function chromiumProgram(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((program) => existsSync(program))
}

/** Debian's library that shows a process another time; undefined when there is none. */
export function fakeTimeLibrary(): string | undefined {
  return ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`).find((path) => existsSync(path))
}

function canMount(): boolean {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false
  const folder = mkdtempSync(join(tmpdir(), 'tooldock-mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0
  if (mounted) spawnSync('umount', [folder])
  rmdirSync(folder)
  return mounted
}

/** The program that reads compose files, of either generation. */
export function composeProgram(): readonly [string, ...string[]] | undefined {
  const programs = [['docker', 'compose'], ['docker-compose']] as const
  return programs.find(([program, ...args]) => spawnSync(program, [...args, 'version'], { stdio: 'ignore' }).status === 0)
}

/** The one list of reasons for which a test or a step may be skipped. In CI anything else that is skipped fails the run. */
export const SKIPS = {
  postgresql: {
    reason: 'no PostgreSQL server is installed',
    enable: 'apt-get install postgresql',
    available: () => postgresBinFolder() !== undefined,
    allowedInCi: false,
  },
  chromium: {
    reason: 'no Chromium is installed',
    enable: 'apt-get install chromium',
    available: () => chromiumProgram() !== undefined,
    allowedInCi: false,
  },
  nginx: {
    reason: 'no nginx is installed',
    enable: 'apt-get install nginx-light gettext-base',
    available: () => existsSync('/usr/sbin/nginx') && existsSync('/usr/bin/envsubst'),
    allowedInCi: false,
  },
  promtool: {
    reason: "Prometheus' promtool is not installed",
    enable: 'apt-get install prometheus',
    available: () => existsSync('/usr/bin/promtool'),
    allowedInCi: false,
  },
  root: {
    reason: 'only root can start a process as another user',
    enable: 'run the tests as root on Linux, in a container for example',
    available: () => process.getuid?.() === 0 && existsSync('/usr/bin/setpriv'),
    allowedInCi: false,
  },
  mount: {
    reason: 'no file system can be mounted',
    enable: 'run the tests as root on Linux, in a container with the capability SYS_ADMIN for example',
    available: canMount,
    // Containers of CI rarely may.
    allowedInCi: true,
  },
  faketime: {
    reason: 'libfaketime is not installed',
    enable: 'apt-get install faketime',
    available: () => fakeTimeLibrary() !== undefined,
    allowedInCi: false,
  },
  pty: {
    reason: 'no `script` of util-linux gives a terminal to a child',
    enable: 'apt-get install bsdutils',
    available: () => existsSync('/usr/bin/script') && process.platform === 'linux',
    allowedInCi: false,
  },
  linux: {
    reason: 'the behaviour exists on Linux only',
    enable: 'run the tests on Linux',
    available: () => process.platform === 'linux',
    allowedInCi: false,
  },
  systemd: {
    reason: 'no systemd-analyze is there to check the unit with',
    enable: 'apt-get install systemd',
    available: () => existsSync('/usr/bin/systemd-analyze'),
    allowedInCi: false,
  },
  'docker-compose': {
    reason: 'neither docker compose nor docker-compose is there; the compose files are checked by their schema alone',
    enable: 'apt-get install docker-compose',
    available: () => composeProgram() !== undefined,
    // The schema says the same.
    allowedInCi: true,
  },
  uv: {
    reason: 'uv is not there, and could not be installed from the Python package index',
    enable: 'pip install uv, with a package index that can be reached',
    available: hasUv,
    // Nobody's network is ours to demand.
    allowedInCi: true,
  },
  'npm-registry': {
    reason: 'the configured npm registry does not answer',
    enable: 'npm config set registry <a registry that has @modelcontextprotocol/server-memory>',
    available: () =>
      spawnSync('npm', ['view', '@modelcontextprotocol/server-memory', 'version'], { timeout: 30_000, env: { ...process.env, NODE_USE_SYSTEM_CA: '1' } })
        .status === 0,
    allowedInCi: true,
  },
  'audit-registry': {
    reason: 'the configured npm registry does not answer audit requests',
    enable: 'npm config set registry <a registry that serves /-/npm/v1/security>',
    available: () => true,
    allowedInCi: true,
  },
} as const satisfies Record<string, Skip>

export type SkipName = keyof typeof SKIPS

declare module 'vitest' {
  interface TaskMeta {
    /** The row of `SKIPS` that left this test out. */
    skip?: SkipName
  }
}

/** The words for a skip: loud enough to be found in a log. */
export function skipNotice(name: SkipName): string {
  const { reason, enable } = SKIPS[name]
  return `SKIPPED (${name}): ${reason}. To enable: ${enable}`
}

/**
 * Options for `describe` or `test`: run when what `name` stands for is there, else skip loudly.
 *
 *     describe('store on PostgreSQL', requireOrSkip('postgresql'), () => …)
 *
 * @throws in CI when it is missing and must not be.
 */
export function requireOrSkip(name: SkipName): TestOptions {
  const skip: Skip = SKIPS[name]
  if (skip.available()) return {}
  if (process.env.CI && !skip.allowedInCi) throw new Error(`In CI this must not be skipped. ${skipNotice(name)}`)
  console.warn(skipNotice(name))
  return { skip: true, meta: { skip: name } }
}
