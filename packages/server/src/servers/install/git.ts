import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkCommand } from '../safety/check-command.ts'
import { gitHostUrl, gitRefFault, gitUrlFault } from '../safety/git-url.ts'
import { checkRemoteUrl } from '../safety/remote-address.ts'
import type { ServerSource } from '../server.types.ts'
import { type InstallContext, type InstalledProgram, installEnvironment } from './install-context.ts'
import { installFailed } from './install-error.ts'
import { findNpmProgram, installNpmProject } from './npm.ts'
import { findPythonProgram, installPythonProject, venvPython } from './pypi.ts'

type GitSource = Extract<ServerSource, { kind: 'git' }>

interface Git {
  run(title: string, args: readonly string[]): Promise<string>
}

/** Only what ToolDock says: no configuration of users, no prompt, no hooks, no links, no protocol that runs a program. */
async function openGit(context: InstallContext, { url, ref }: GitSource): Promise<Git> {
  const { config, programs } = context
  const fault = gitUrlFault(url, config)
  if (fault !== undefined) throw installFailed(`The repository is refused: ${fault}.`)
  if (ref !== undefined && gitRefFault(ref) !== undefined) throw installFailed(`The ref is refused: ${gitRefFault(ref)}.`)
  const host = gitHostUrl(url)
  const refused = host === undefined ? undefined : await checkRemoteUrl(host, config.upstreamAllowPrivate)
  if (refused !== undefined) throw installFailed(`The repository is refused: ${refused}`)
  const command = await programs.find('git')
  if (command === undefined) throw installFailed('git is not installed: no such program in SERVER_PATH.')
  const env = {
    ...(await installEnvironment(context)),
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ALLOW_PROTOCOL: config.allowCustomCommands ? 'https:ssh:file' : 'https:ssh',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
    GIT_LFS_SKIP_SMUDGE: '1',
    ...(config.extraCaCerts === undefined ? {} : { GIT_SSL_CAINFO: config.extraCaCerts }),
  }
  // A link of the repository could lead an installer out of the folder; without them each is a small text file.
  const settings = [
    'core.symlinks=false',
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    'advice.detachedHead=false',
    'init.defaultBranch=main',
    'gc.auto=0',
  ]
  return { run: (title, args) => context.run({ title, command, args: [...settings.flatMap((setting) => ['-c', setting]), ...args], env }) }
}

/** Clones one commit, installs what the project needs, and finds its program (or checks the one that was given). */
export async function installGit(context: InstallContext, source: GitSource): Promise<InstalledProgram> {
  const git = await openGit(context, source)
  await git.run('Making a repository', ['init', '--quiet', '--template='])
  await git.run(`Fetching ${source.ref ?? 'the default branch'}`, [
    'fetch',
    '--quiet',
    '--depth=1',
    '--no-tags',
    '--no-recurse-submodules',
    '--',
    source.url,
    source.ref ?? 'HEAD',
  ])
  await git.run('Checking out', ['checkout', '--quiet', '--detach', 'FETCH_HEAD'])
  const version = (await git.run('Reading the commit', ['rev-parse', 'HEAD'])).trim()
  await rm(join(context.dir, '.git'), { recursive: true })
  return { ...(await installProject(context, source)), version }
}

/** The commit that a new installation would be. */
export async function newestGitCommit(context: InstallContext, source: GitSource): Promise<string> {
  const git = await openGit(context, source)
  const printed = await git.run('Asking for the newest commit', ['ls-remote', '--', source.url, source.ref ?? 'HEAD'])
  const commit = /^([0-9a-f]{40,64})\t/.exec(printed)?.[1] ?? (/^[0-9a-f]{40,64}$/.test(source.ref ?? '') ? source.ref : undefined)
  if (commit === undefined) throw installFailed(`The repository has no ${source.ref ?? 'default branch'}.`)
  return commit
}

async function installProject(context: InstallContext, source: GitSource): Promise<InstalledProgram> {
  const { dir } = context
  const installScripts = source.installScripts ?? false
  const has = async (name: string): Promise<boolean> => (await stat(join(dir, name)).catch(() => undefined))?.isFile() ?? false
  const kind = (await has('package.json'))
    ? 'npm'
    : (await has('pyproject.toml')) || (await has('setup.py'))
      ? 'project'
      : (await has('requirements.txt'))
        ? 'requirements'
        : 'none'
  const isNpm = kind === 'npm' && (await hasDependencies(dir))
  if (isNpm || (kind === 'npm' && installScripts))
    await installNpmProject(context, installScripts, (await has('package-lock.json')) || (await has('npm-shrinkwrap.json')))
  // With a command of its own, a project that has requirements.txt needs no build.
  const asRequirements = kind === 'requirements' || (kind === 'project' && source.command !== undefined && !installScripts && (await has('requirements.txt')))
  const python = asRequirements ? 'requirements' : kind === 'project' ? 'project' : undefined
  if (python !== undefined) await installPythonProject(context, { installScripts, kind: python })
  if (source.command !== undefined) return givenCommand(context, source, python !== undefined)
  if (kind === 'npm') return findNpmProgram(dir, '.')
  if (kind === 'project') return findPythonProgram(dir, undefined)
  throw installFailed('The repository does not say how it is run: give a command, such as "python" with the arguments ["server.py"].')
}

async function hasDependencies(dir: string): Promise<boolean> {
  try {
    const { dependencies, optionalDependencies } = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')) as Record<string, object | undefined>
    return Object.keys({ ...dependencies, ...optionalDependencies }).length > 0
  } catch {
    // npm says better what is wrong with it.
    return true
  }
}

/** `python` is that of the project's own environment. The arguments of the source follow. */
async function givenCommand({ config, programs }: InstallContext, { command = '', args }: GitSource, hasVenv: boolean): Promise<InstalledProgram> {
  const { problems, path } = await checkCommand(command, args, { programs, allowCustomCommands: config.allowCustomCommands })
  if (path === undefined) throw installFailed(`The command is refused: ${problems.join('; ')}.`)
  const isPython = command === 'python' || command === 'python3'
  return { version: '', locate: (at) => ({ command: hasVenv && isPython ? venvPython(at) : path, args: [] }) }
}
