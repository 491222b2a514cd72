import { parseArgs } from 'node:util'
import { ConfigError, loadConfig, loadEnvironment } from '@tooldock/server/config/load-config'
import { ToolDockError } from '@tooldock/server/errors/tooldock-error'
import { StartError } from '@tooldock/server/kernel/start-error'
import { readVersion } from '@tooldock/server/version'
import { ApiError, createApi, UnreachableError } from './api.ts'
import { type Command, type Context, EXIT, type ExitCode, GLOBAL_OPTIONS } from './command.ts'
import { CommandError, UsageError } from './command-error.ts'
import { COMMANDS } from './commands.ts'
import { findGateway } from './find-gateway.ts'
import { helpOf, helpOfAll, helpOfGroup, usageOf } from './help.ts'
import { createInput, type InputStreams } from './input.ts'
import { nearest } from './nearest.ts'
import { createOutput, type Output, type OutputStreams } from './output.ts'

/** What a command has of its process. */
export interface CliProcess extends OutputStreams, InputStreams {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

/** Runs the command that `argv` names. Whatever goes wrong is a line on stderr and a code that says which kind it is. */
export async function runCli(argv: readonly string[], process: CliProcess): Promise<ExitCode> {
  const output = createOutput(process, process.env)
  let command: Command | undefined
  try {
    const found = findCommand(argv)
    if (found.command === undefined) return withoutCommand(found, output)
    command = found.command
    return await runCommand(command, found.rest, process, output)
  } catch (error) {
    return report(error, { output, command, json: argv.includes('--json') })
  }
}

interface Found {
  readonly command: Command | undefined
  /** The first word, when there is one. */
  readonly word: string | undefined
  /** What is left without the name of the command. */
  readonly rest: readonly string[]
}

/** Global options may stand before the name of the command, too. */
function findCommand(argv: readonly string[]): Found {
  const at = argv.findIndex((arg, i) => !arg.startsWith('-') && argv[i - 1] !== '--url')
  if (at === -1) return { command: undefined, word: undefined, rest: argv }
  const word = argv[at]
  for (const words of [2, 1]) {
    const name = argv.slice(at, at + words).join(' ')
    const command = COMMANDS.find((it) => it.name === name)
    if (command !== undefined) return { command, word, rest: [...argv.slice(0, at), ...argv.slice(at + words)] }
  }
  return { command: undefined, word, rest: [...argv.slice(0, at), ...argv.slice(at + 1)] }
}

/** No word, a word that stands for several commands, or one that is none. */
function withoutCommand({ word, rest }: Found, output: Output): ExitCode {
  const isHelp = rest.includes('--help') || rest.includes('-h')
  if (word === undefined) {
    const { values } = parseArgs({ args: [...rest], options: GLOBAL_OPTIONS, allowPositionals: true })
    if (values.version) {
      output.print(readVersion())
      return EXIT.done
    }
    ;(isHelp ? output.print : output.say)(helpOfAll(COMMANDS))
    return isHelp ? EXIT.done : EXIT.usedWrongly
  }
  if (word === 'help') {
    const topic = findCommand(rest)
    output.print(topic.command === undefined ? helpOfAll(COMMANDS) : helpOf(topic.command))
    return EXIT.done
  }
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${word} `))
  if (group.length === 0)
    throw new UsageError(
      `There is no command "${word}".${nearest(
        word,
        COMMANDS.map(({ name }) => name),
        'tooldock ',
      )}`,
    )
  ;(isHelp ? output.print : output.say)(helpOfGroup(word, group))
  return isHelp ? EXIT.done : EXIT.usedWrongly
}

async function runCommand(command: Command, rest: readonly string[], process: CliProcess, output: Output): Promise<ExitCode> {
  const { env, cwd } = process
  const { values, positionals } = parseArgs({ args: [...rest], options: { ...GLOBAL_OPTIONS, ...command.options }, allowPositionals: true })
  if (values.help) {
    output.print(helpOf(command))
    return EXIT.done
  }
  if (values.version) {
    output.print(readVersion())
    return EXIT.done
  }
  if (positionals.length < command.argsMin || positionals.length > command.argsMax)
    throw new UsageError(positionals.length < command.argsMin ? 'Something is missing.' : `"${positionals[command.argsMax]}" is too much.`)
  const readConfig = () => loadConfig(env, cwd)
  const input = createInput(process)
  const running = command.run({
    args: positionals,
    options: values as Context['options'],
    json: values.json === true,
    output,
    input,
    env,
    cwd,
    loadConfig: readConfig,
    openApi: async () => createApi(await findGateway({ url: values.url, env: loadEnvironment(env, cwd).merged, loadConfig: readConfig })),
  })
  return (await running.finally(input.close)) ?? EXIT.done
}

/** What a person can mend is said in a line; anything else is a fault of ours and shows where. */
function report(
  error: unknown,
  { output, command, json }: { readonly output: Output; readonly command: Command | undefined; readonly json: boolean },
): ExitCode {
  const isUsage = error instanceof UsageError || isParseError(error)
  const code = isUsage ? EXIT.usedWrongly : error instanceof UnreachableError ? EXIT.unreachable : EXIT.failed
  for (const line of linesOf(error)) output.say(`tooldock: ${line}`)
  if (isUsage)
    for (const line of command === undefined ? ['tooldock --help'] : [...usageOf(command), `tooldock ${command.name} --help`]) output.say(`  ${line}`)
  if (json)
    output.printJson({
      error: { code: error instanceof ApiError || error instanceof ToolDockError ? error.code : codeName(code), message: linesOf(error).join(' ') },
    })
  return code
}

const codeName = (code: ExitCode): string =>
  ({ [EXIT.done]: 'done', [EXIT.failed]: 'failed', [EXIT.usedWrongly]: 'used_wrongly', [EXIT.unreachable]: 'unreachable' })[code]

function linesOf(error: unknown): string[] {
  if (error instanceof ConfigError) return error.problems.map(({ env, message }) => `${env} ${message}`)
  if (isParseError(error)) return [error.message.split(/\.\s/)[0] ?? error.message]
  // The gateway was stopped, or a proxy gave up, in the middle of an answer.
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET') return ['The connection to the gateway ended before its answer did.']
  const isExpected = error instanceof UsageError || error instanceof CommandError || error instanceof ToolDockError || error instanceof StartError
  return [isExpected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)]
}

const isParseError = (error: unknown): error is Error =>
  error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS_')
