import type { Config } from '../config/settings.ts'
import { environmentProblems } from './environment/environment.ts'
import { checkCommand } from './safety/check-command.ts'
import { gitRefFault, gitUrlFault } from './safety/git-url.ts'
import type { Programs } from './safety/programs.ts'
import { checkRemoteUrl } from './safety/remote-address.ts'
import type { ServerConfig } from './server.types.ts'

export interface SourceProblemsDeps {
  readonly config: Pick<Config, 'allowCustomCommands' | 'upstreamAllowPrivate'>
  readonly programs: Programs
}

/** Why a server may not run, on every way in; what depends on secrets is asked again at every start. */
export async function sourceProblems({ source, env }: Pick<ServerConfig, 'source' | 'env'>, { config, programs }: SourceProblemsDeps): Promise<string[]> {
  const problems = environmentProblems(env)
  const commandProblems = async (command: string, args: readonly string[]): Promise<readonly string[]> =>
    (await checkCommand(command, args, { programs, allowCustomCommands: config.allowCustomCommands })).problems
  if (source.kind === 'command') problems.push(...(await commandProblems(source.command, source.args)))
  if (source.kind === 'git') {
    const faults = [gitUrlFault(source.url, config), source.ref === undefined ? undefined : gitRefFault(source.ref)]
    problems.push(...faults.filter((fault) => fault !== undefined).map((fault) => `the repository is refused: ${fault}`))
    if (source.command !== undefined) problems.push(...(await commandProblems(source.command, source.args)))
  }
  if (source.kind === 'remote') {
    // The host must be known now; a secret belongs into a path, a query or a header.
    const fault = await checkRemoteUrl(source.url, config.upstreamAllowPrivate)
    if (fault !== undefined) problems.push(`the URL is refused: ${fault}`)
  }
  return problems
}
