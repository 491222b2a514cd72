import { isAbsolute } from 'node:path'
import { show } from './options.ts'
import { isProgram, type Programs } from './programs.ts'
import { checkNode } from './rules-node.ts'
import { checkPython } from './rules-python.ts'
import { checkNpx, checkUv, checkUvx, type RunnerCheck } from './rules-runners.ts'

export interface CommandDeps {
  readonly programs: Programs
  /** ALLOW_CUSTOM_COMMANDS */
  readonly allowCustomCommands: boolean
}

export interface CheckedCommand {
  /** Why the command is refused, in words; empty: it may run. */
  readonly problems: readonly string[]
  /** Absolute path that ToolDock found; undefined with problems. */
  readonly path?: string
}

const CHECKS: Readonly<Record<string, (args: readonly string[]) => RunnerCheck>> = {
  python: (args) => ({ problems: checkPython('python', args) }),
  python3: (args) => ({ problems: checkPython('python3', args) }),
  node: (args) => ({ problems: checkNode(args) }),
  npx: checkNpx,
  uvx: (args) => checkUvx('uvx', args),
  uv: checkUv,
}

/**
 * May this command line run? Asked on every way in and again at every start. There is no shell: arguments are passed as
 * they are, and what follows the script or the package is the server's own.
 */
export async function checkCommand(command: string, args: readonly string[], { programs, allowCustomCommands }: CommandDeps): Promise<CheckedCommand> {
  if ([command, ...args].some((part) => part.includes('\0'))) return { problems: ['a command line cannot hold a NUL character'] }
  if (allowCustomCommands) return findCustom(command, programs)
  const check = Object.hasOwn(CHECKS, command) ? CHECKS[command] : undefined
  if (check === undefined)
    return { problems: [`${show(command)} is not one of ${Object.keys(CHECKS).join(', ')}, written by name alone; ALLOW_CUSTOM_COMMANDS=true allows others`] }
  const { problems, executable } = check(args)
  if (problems.length > 0) return { problems }
  if (executable !== undefined && (await programs.find(executable)) !== undefined)
    return {
      problems: [`${command} ${show(executable)}: a program of this machine has this name and could run instead of the package; use the kinds npm or pypi`],
    }
  return found(command, await programs.find(command))
}

async function findCustom(command: string, programs: Programs): Promise<CheckedCommand> {
  if (!isAbsolute(command)) return found(command, await programs.find(command))
  return found(command, (await isProgram(command)) ? command : undefined)
}

function found(command: string, path: string | undefined): CheckedCommand {
  return path === undefined ? { problems: [`${show(command)} is not installed: no such program in SERVER_PATH`] } : { problems: [], path }
}

/** The package that `npx …`, `uvx …` or `uv tool run …` runs, when it can be installed instead; undefined when it cannot. */
export function packageOf(command: string, args: readonly string[]): RunnerCheck['package'] {
  if (command !== 'npx' && command !== 'uvx' && command !== 'uv') return undefined
  const check = CHECKS[command]?.(args)
  return check === undefined || check.problems.length > 0 ? undefined : check.package
}
