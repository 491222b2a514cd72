import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/settings.ts'
import { ToolDockError } from '../errors/tooldock-error.ts'
import { buildEnvironment } from './environment/environment.ts'
import type { Assessor } from './safety/assess.ts'
import { checkCommand } from './safety/check-command.ts'
import type { Programs } from './safety/programs.ts'
import { checkRemoteUrl } from './safety/remote-address.ts'
import type { Installed, ServerConfig } from './server.types.ts'

/** What a start does: every reference is resolved and every rule was asked again. */
export type Launch =
  | {
      readonly kind: 'process'
      /** Absolute path. */
      readonly command: string
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
      readonly cwd: string
    }
  | {
      readonly kind: 'remote'
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly transport: 'auto' | 'streamable-http' | 'sse'
      readonly allowPrivate: boolean
    }

export interface LaunchDeps {
  readonly config: Pick<Config, 'allowCustomCommands' | 'upstreamAllowPrivate'>
  /** `DATA_DIR/servers`, absolute. */
  readonly serversDir: string
  readonly programs: Programs
  readonly assessor: Pick<Assessor, 'assertAllowed'>
  /** Puts secrets in place of `${secret:NAME}`. @throws {ToolDockError} `secret_unavailable` */
  readonly resolveSecrets: (namespace: string, text: string) => Promise<string>
}

/**
 * The command line and environment of a server, or the address of a remote one. Asked before every start: the row in the
 * database may be older than a rule, and a secret may have changed.
 * @throws {ToolDockError} `server_blocked`, `secret_unavailable`, `namespace_unavailable` when it is not installed
 */
export async function prepareLaunch(config: ServerConfig, installed: Installed | undefined, deps: LaunchDeps): Promise<Launch> {
  await deps.assessor.assertAllowed(config)
  const { namespace, source } = config
  if (source.kind === 'remote') return prepareRemote(config, source, deps)
  const dir = join(deps.serversDir, namespace)
  const home = join(dir, 'home')
  const files = join(dir, 'files')
  await Promise.all([mkdir(join(home, 'tmp'), { recursive: true, mode: 0o700 }), mkdir(files, { recursive: true, mode: 0o700 })])
  const env = await buildEnvironment(config, home, { path: deps.programs.path, resolve: deps.resolveSecrets })
  const args = await Promise.all(source.args.map((arg) => deps.resolveSecrets(namespace, arg)))
  if (source.kind === 'command') return { kind: 'process', command: await resolveCommand(config, source.command, args, deps), args, env, cwd: files }
  if (installed === undefined) throw new ToolDockError('namespace_unavailable', `"${namespace}" is not installed: start it again to install it.`)
  return { kind: 'process', command: installed.command, args: [...installed.args, ...args], env, cwd: source.kind === 'git' ? installed.dir : files }
}

/** Arguments are judged as they will be passed: a secret must not hold what was refused when written openly. */
async function resolveCommand({ namespace, override }: ServerConfig, command: string, args: readonly string[], deps: LaunchDeps): Promise<string> {
  const { path } = await checkCommand(command, args, {
    programs: deps.programs,
    allowCustomCommands: deps.config.allowCustomCommands || override !== undefined,
  })
  // What is refused is not repeated: it may be a secret.
  if (path === undefined) throw new ToolDockError('server_blocked', `"${namespace}" may not run: its arguments are refused with its secrets in place.`)
  return path
}

async function prepareRemote(
  { namespace, override }: ServerConfig,
  { url, headers, transport }: Extract<ServerConfig['source'], { kind: 'remote' }>,
  deps: LaunchDeps,
): Promise<Launch> {
  const allowPrivate = deps.config.upstreamAllowPrivate || override !== undefined
  const address = await deps.resolveSecrets(namespace, url)
  if ((await checkRemoteUrl(address, allowPrivate)) !== undefined)
    throw new ToolDockError('server_blocked', `"${namespace}" may not be reached: its URL is refused with its secrets in place.`)
  const resolved: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) resolved[name] = await deps.resolveSecrets(namespace, value)
  return { kind: 'remote', url: address, headers: resolved, transport, allowPrivate }
}
