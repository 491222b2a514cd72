import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Logger } from 'pino'
import { findStrippedRuntime } from './stripped-runtime.ts'

/** The user and group nobody, as every Linux has them. */
const NOBODY = 65_534
/** What Node itself needs beside the heap of the tools. */
const RUNTIME_MB = 64
/** Below this, young objects get less room than Node gives them: else they alone would fill a small worker. */
const SMALL_MB = 256
const SMALL_SEMI_SPACE_MB = 4
/** Node's own variables that do not change what a worker may do. All others of these families load code or options. */
const HARMLESS = new Set(['NODE_ENV', 'NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_USE_ENV_PROXY'])
const DANGEROUS = /^(NODE_|LD_|DYLD_|OPENSSL_|SSL_|GCONV_|GLIBC_|MALLOC_|UV_|V8_|ASAN_)|^(PATH|HOME|TMPDIR|SHELL|BASH_ENV|ENV|IFS)$/

export interface WorkerSpec {
  readonly generationDir: string
  readonly dependenciesDir?: string
  readonly stateDir: string
  /** Accepted permissions only. */
  readonly permissions: readonly string[]
  readonly memoryMb: number
  readonly env: Readonly<Record<string, string>>
}

export interface WorkerCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
}

/**
 * `user`: become nobody. `reader`: become nobody with the capability to read any file, for folders that nobody cannot
 * reach. `signal`: only die with the gateway. `none`: setpriv is missing or does not work here.
 */
export type Confinement = 'user' | 'reader' | 'signal' | 'none'

export interface Sandbox {
  /** The command of a worker; makes its state directory when it may write. */
  prepare(spec: WorkerSpec): Promise<WorkerCommand>
}

export interface Runtime {
  readonly execPath: string
  readonly main: string
  /** Files and folders every worker may read. */
  readonly readable: readonly string[]
}

/** The worker program and exactly the packages it needs; never their common parent, where `.env` or a token may lie. */
export function locateRuntime(): Runtime {
  const own = fileURLToPath(import.meta.url)
  const packages = join(dirname(own), '../../..')
  const stripped = findStrippedRuntime(dirname(packages))
  const readable =
    stripped === undefined ? ['worker', 'sdk'].flatMap((name) => [join(packages, name, 'src'), join(packages, name, 'package.json')]) : [stripped]
  const seen = new Set<string>()
  const add = (name: string, from: string): void => {
    const manifest = createRequire(from).resolve(`${name}/package.json`)
    if (seen.has(manifest)) return
    seen.add(manifest)
    readable.push(dirname(manifest))
    const { dependencies = {} } = createRequire(from)(manifest) as { dependencies?: Record<string, string> }
    for (const dependency of Object.keys(dependencies)) add(dependency, manifest)
  }
  for (const name of ['zod', 'ajv']) add(name, own)
  // How the workspace packages are linked; the link is read to resolve their names.
  const links = ['sdk', 'worker'].map((name) => join(packages, '../node_modules/@tooldock', name)).filter((path) => existsSync(path))
  const main = stripped === undefined ? join(packages, 'worker/src', `main${extname(own)}`) : join(stripped, 'packages/worker/src/main.js')
  return { execPath: process.execPath, main, readable: [...readable, ...links] }
}

/** All that a worker may read. */
function readableBy(spec: WorkerSpec, runtime: Runtime): string[] {
  const readable = [...runtime.readable, spec.generationDir]
  if (spec.dependenciesDir !== undefined) readable.push(spec.dependenciesDir)
  if (spec.permissions.includes('write')) readable.push(spec.stateDir)
  for (const permission of spec.permissions) if (permission.startsWith('read:')) readable.push(permission.slice('read:'.length))
  return readable
}

/**
 * The command line that confines a worker (pure). Node's permission model is the guard; the user nobody is the second.
 *
 * No compile cache: it needs a folder that tools could write to, and code cached there by one would run in the next worker.
 */
export function workerCommand(spec: WorkerSpec, runtime: Runtime, confinement: Confinement): WorkerCommand {
  const granted = new Set(spec.permissions)
  const canWrite = granted.has('write')
  const args = ['--permission', '--allow-net', ...readableBy(spec, runtime).map((path) => `--allow-fs-read=${path}`)]
  if (canWrite) args.push(`--allow-fs-write=${spec.stateDir}`)
  if (granted.has('child-process')) args.push('--allow-child-process')
  if (granted.has('worker-threads')) args.push('--allow-worker')
  if (granted.has('addons')) args.push('--allow-addons')
  // Raw memory and native functions: no permission grants them.
  args.push('--no-experimental-ffi')
  // node:sqlite does not ask the permission model; without the flag it can open any file.
  if (!granted.has('sqlite')) args.push('--no-experimental-sqlite')
  if (spec.memoryMb < SMALL_MB) args.push(`--max-semi-space-size=${SMALL_SEMI_SPACE_MB}`)
  args.push('--disable-sigusr1', '--disable-warning=ExperimentalWarning', `--max-old-space-size=${spec.memoryMb - RUNTIME_MB}`, runtime.main)

  const home = canWrite ? spec.stateDir : '/nonexistent'
  const own = Object.entries(spec.env).filter(([name]) => HARMLESS.has(name) || !DANGEROUS.test(name))
  const env = { ...Object.fromEntries(own), PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, TMPDIR: home, LANG: 'C.UTF-8', TERM: 'dumb' }
  if (confinement === 'none') return { command: runtime.execPath, args, env, cwd: '/' }
  return { command: 'setpriv', args: [...setprivArgs(confinement), '--', runtime.execPath, ...args], env, cwd: '/' }
}

function setprivArgs(confinement: Exclude<Confinement, 'none'>): string[] {
  const withGateway = ['--pdeathsig', 'KILL']
  if (confinement === 'signal') return withGateway
  const id = String(NOBODY)
  const capabilities = confinement === 'reader' ? '-all,+dac_read_search' : '-all'
  return ['--reuid', id, '--regid', id, '--clear-groups', '--inh-caps', capabilities, '--ambient-caps', capabilities, '--no-new-privs', ...withGateway]
}

/** May everybody enter all folders above `path`, and read it? What lies inside is not looked at; what is missing does not count. */
async function isReachable(path: string): Promise<boolean> {
  const allows = async (checked: string, bits: number): Promise<boolean> => {
    const found = await stat(checked).catch(() => undefined)
    return found === undefined || (found.mode & bits) === bits
  }
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) if (!(await allows(folder, 0o001))) return false
  return allows(path, 0o004)
}

/** Finds out once, at the first worker, what this machine allows; warns once when it allows less than it should. */
export function createSandbox({ log, runtime = locateRuntime() }: { readonly log: Pick<Logger, 'warn'>; readonly runtime?: Runtime }): Sandbox {
  let probed: ReturnType<typeof probe> | undefined

  async function probe(): Promise<Exclude<Confinement, 'user'>> {
    const wanted = process.getuid?.() === 0 ? 'reader' : 'signal'
    if (process.platform !== 'linux') return 'none'
    try {
      await promisify(execFile)('setpriv', [...setprivArgs(wanted), '--', 'true'], { timeout: 10_000, env: { PATH: '/usr/bin:/bin' } })
      return wanted
    } catch (error) {
      if (wanted === 'reader')
        log.warn({ err: error }, 'setpriv (util-linux) does not work here: workers run as root, confined by the permission model of Node alone')
      return 'none'
    }
  }

  return {
    async prepare(spec) {
      probed ??= probe()
      const confinement = await probed
      if (spec.permissions.includes('write')) {
        await mkdir(spec.stateDir, { recursive: true, mode: 0o700 })
        if (confinement === 'reader') await chown(spec.stateDir, NOBODY, NOBODY)
      }
      if (confinement !== 'reader') return workerCommand(spec, runtime, confinement)
      const paths = [runtime.execPath, ...readableBy(spec, runtime).filter((path) => path !== spec.stateDir)]
      const reachable = await Promise.all(paths.map(isReachable))
      if (reachable.every(Boolean)) return workerCommand(spec, runtime, 'user')
      if (spec.permissions.some((permission) => permission === 'child-process' || permission === 'addons'))
        log.warn({ dir: spec.generationDir }, 'programs that this namespace starts can read every file: its folder can be reached by root alone')
      return workerCommand(spec, runtime, 'reader')
    },
  }
}
