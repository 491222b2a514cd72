import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Config } from '../../config/settings.ts'
import type { Processes } from '../../process/processes.ts'
import type { Programs } from '../safety/programs.ts'
import { installFailed } from './install-error.ts'
import type { ProgressLines } from './progress-lines.ts'

export type InstallConfig = Pick<
  Config,
  | ('allowCustomCommands' | 'upstreamAllowPrivate' | 'installTimeoutSeconds' | 'installBytesMax' | 'installsAtOnceMax' | 'installsPendingMax')
  | ('npmRegistry' | 'npmRegistryToken' | 'pypiIndexUrl' | 'httpProxy' | 'httpsProxy' | 'noProxy' | 'extraCaCerts')
>

/** What was installed, wherever its folder is moved to. */
export interface InstalledProgram {
  readonly version: string
  /** Called with the final folder. */
  readonly locate: (dir: string) => { readonly command: string; readonly args: readonly string[] }
}

export interface Step {
  /** Said before it runs. */
  readonly title: string
  /** Absolute path. */
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env: Readonly<Record<string, string>>
}

/** What the installation of one kind works with. Everything is written below `dir`, which is new and empty but for `homeDir`. */
export interface InstallContext {
  readonly dir: string
  /** HOME of the installing programs; removed before the folder is put in place. */
  readonly homeDir: string
  /** Interpreters that uv downloads, for all servers. */
  readonly pythonsDir: string
  readonly config: InstallConfig
  readonly programs: Programs
  readonly say: (line: string) => void
  /** Runs one program to its end and answers what it printed on stdout. @throws {ToolDockError} `install_failed`, or the reason of an abort */
  run(step: Step): Promise<string>
}

const STDOUT_MAX = 4 * 1024 * 1024
const LAST_LINES = 15
/** After an abort; what is written is thrown away anyway. */
const STOP_GRACE_MS = 500

export function createStepRunner(processes: Pick<Processes, 'spawn'>, dir: string, progress: ProgressLines, signal: AbortSignal): InstallContext['run'] {
  return async ({ title, command, args, env, cwd = dir }) => {
    signal.throwIfAborted()
    progress.say(title)
    const errors = progress.stream()
    const child = processes.spawn({ command, args, env, cwd, stdin: 'ignore', protocol: false, stdout: 'raw', onOutput: (_, chunk) => errors.write(chunk) })
    const stop = (): void => void child.stop(STOP_GRACE_MS)
    signal.addEventListener('abort', stop, { once: true })
    const output = progress.stream()
    const stdout: Buffer[] = []
    let bytes = 0
    child.stdout?.on('data', (chunk: Buffer) => {
      output.write(chunk)
      bytes += chunk.length
      if (bytes <= STDOUT_MAX) stdout.push(chunk)
    })
    const printed = child.stdout === undefined || child.pid === undefined ? undefined : once(child.stdout, 'close')
    const { code, signal: killed, error } = await child.exited
    await printed
    // Nothing that it started stays.
    await child.stop(STOP_GRACE_MS)
    signal.removeEventListener('abort', stop)
    output.end()
    errors.end()
    signal.throwIfAborted()
    const name = basename(command)
    if (error !== undefined) throw installFailed(`${name} could not be started: ${error.message}`)
    if (code !== 0) throw installFailed(`"${title}" failed: ${name} ended with ${killed ?? `code ${code}`}.`, progress.lines.slice(-LAST_LINES))
    return Buffer.concat(stdout).toString()
  }
}

/** The environment of every installing program: its own home, the proxies, and nothing else of the gateway. */
export async function installEnvironment({ homeDir, programs, config }: InstallContext): Promise<Record<string, string>> {
  const tmp = join(homeDir, 'tmp')
  await mkdir(tmp, { recursive: true })
  const { httpProxy, httpsProxy, noProxy, extraCaCerts } = config
  const env: Record<string, string> = { PATH: programs.path, HOME: homeDir, TMPDIR: tmp, LANG: 'C.UTF-8', TERM: 'dumb', NO_COLOR: '1', CI: 'true' }
  // Authorities that the system trusts are trusted: npm runs on Node.js, uv knows the name of today and that of before.
  Object.assign(env, { NODE_USE_SYSTEM_CA: '1', UV_SYSTEM_CERTS: 'true', UV_NATIVE_TLS: 'true' })
  if (httpProxy !== undefined) Object.assign(env, { HTTP_PROXY: httpProxy, http_proxy: httpProxy })
  if (httpsProxy !== undefined) Object.assign(env, { HTTPS_PROXY: httpsProxy, https_proxy: httpsProxy })
  if (noProxy !== undefined) Object.assign(env, { NO_PROXY: noProxy, no_proxy: noProxy })
  if (extraCaCerts !== undefined) env.NODE_EXTRA_CA_CERTS = extraCaCerts
  return env
}
