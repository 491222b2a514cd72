import type { Config } from '../../config/settings.ts'
import { environmentProblems } from '../environment/environment.ts'
import type { ServerSource } from '../server.types.ts'
import { type CommandDeps, checkCommand } from './check-command.ts'
import { gitHostUrl, gitRefFault, gitUrlFault } from './git-url.ts'
import { isNpmName, isNpmVersion, isPypiName, isPypiVersion } from './package-spec.ts'
import { checkRemoteUrl } from './remote-address.ts'

export interface BlockerDeps {
  readonly programs: CommandDeps['programs']
  readonly config: Pick<Config, 'allowCustomCommands' | 'upstreamAllowPrivate'>
}

/** Why a server may not run, by the check that says so. Each list is empty when it may. */
export interface Blockers {
  readonly package: readonly string[]
  readonly command: readonly string[]
  readonly environment: readonly string[]
  readonly address: readonly string[]
}

/** Names of HTTP headers that belong to the connection. */
const REFUSED_HEADERS = /^(host|content-length|transfer-encoding|connection|upgrade|te|trailer|keep-alive|proxy-.*|expect)$/i

/**
 * The checks that need no registry: asked on every way in (create, import, update, registry, restored row) and again at
 * each start. Resolves the names of remote hosts.
 */
export async function findBlockers(
  server: { readonly source: ServerSource; readonly env: Readonly<Record<string, string>> },
  deps: BlockerDeps,
): Promise<Blockers> {
  const { source, env } = server
  const args = 'args' in source ? source.args : []
  const nul = args.some((arg) => arg.includes('\0')) ? ['an argument holds a NUL character'] : []
  return {
    package: packageProblems(source),
    command: [...nul, ...(await commandProblems(source, deps))],
    environment: environmentProblems(env),
    address: await addressProblems(source, deps),
  }
}

function packageProblems(source: ServerSource): string[] {
  if (source.kind !== 'npm' && source.kind !== 'pypi') return []
  const [isName, isVersion] = source.kind === 'npm' ? [isNpmName, isNpmVersion] : [isPypiName, isPypiVersion]
  const problems: string[] = []
  if (!isName(source.package)) problems.push('this is not the name of a package of the registry')
  if (source.version !== undefined && !isVersion(source.version)) problems.push('the version must be an exact one, such as 1.2.3, or a tag')
  if (source.bin !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(source.bin)) problems.push('"bin" must be the name of a program of the package')
  return problems
}

async function commandProblems(source: ServerSource, { programs, config }: BlockerDeps): Promise<readonly string[]> {
  if ((source.kind !== 'command' && source.kind !== 'git') || source.command === undefined) return []
  return (await checkCommand(source.command, source.args, { programs, allowCustomCommands: config.allowCustomCommands })).problems
}

async function addressProblems(source: ServerSource, { config }: BlockerDeps): Promise<string[]> {
  if (source.kind === 'remote') {
    const fault = await checkRemoteUrl(source.url, config.upstreamAllowPrivate)
    return [...(fault === undefined ? [] : [fault]), ...headerProblems(source.headers)]
  }
  if (source.kind !== 'git') return []
  const faults = [gitUrlFault(source.url, config), source.ref === undefined ? undefined : gitRefFault(source.ref)].filter((fault) => fault !== undefined)
  const host = gitHostUrl(source.url)
  const refused = faults.length > 0 || host === undefined ? undefined : await checkRemoteUrl(host, config.upstreamAllowPrivate)
  return refused === undefined ? faults : [...faults, refused]
}

function headerProblems(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const shown = JSON.stringify(name.slice(0, 80))
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return [`${shown} is not the name of a header`]
    if (REFUSED_HEADERS.test(name)) return [`the header ${shown} belongs to the connection`]
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    return /[\x00-\x08\x0a-\x1f\x7f]/.test(value) ? [`the header ${shown} holds a control character`] : []
  })
}
