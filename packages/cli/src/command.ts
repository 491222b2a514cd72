import type { Config } from '@tooldock/server/config/settings'
import type { Api } from './api.ts'
import type { Input } from './input.ts'
import type { Output } from './output.ts'

/** How `tooldock` ends. */
export const EXIT = { done: 0, failed: 1, usedWrongly: 2, unreachable: 3 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An option of a command, as `parseArgs` of `node:util` knows it, with what its help says. */
export interface Option {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** May be given several times. */
  readonly multiple?: true
  /** What its value is called in the help, when it has one: `<name>`. */
  readonly value?: string
  /** One sentence. */
  readonly doc: string
}
export type Options = Readonly<Record<string, Option>>

/** What was given for the options. */
export type OptionValues<T extends Options> = {
  readonly [K in keyof T]?: T[K]['type'] extends 'boolean' ? boolean : T[K] extends { readonly multiple: true } ? readonly string[] : string
}

/** What every command understands. */
export const GLOBAL_OPTIONS = {
  help: { type: 'boolean', short: 'h', doc: 'Say how the command is used.' },
  version: { type: 'boolean', short: 'V', doc: 'Print the version.' },
  json: { type: 'boolean', doc: 'Print the result as JSON.' },
  url: { type: 'string', value: '<url>', doc: 'The gateway to speak to, instead of TOOLDOCK_URL or the one that the settings here describe.' },
} as const satisfies Options

/** What a command is given. */
export interface Context<T extends Options = Options> {
  /** The words after the name of the command. */
  readonly args: readonly string[]
  readonly options: OptionValues<T>
  /** `--json`: print JSON and nothing else to stdout. */
  readonly json: boolean
  readonly output: Output
  readonly input: Input
  /** The environment; settings may also come from a `.env` file, which `loadConfig` reads. */
  readonly env: NodeJS.ProcessEnv
  /** The current folder. */
  readonly cwd: string
  /** The settings as a gateway that is started here would read them. @throws {ConfigError} */
  loadConfig(): Config
  /** The gateway's API; nothing is sent before the first request. @throws {ConfigError} */
  openApi(): Promise<Api>
}

export interface Command {
  /** One or two words: `list`, `keys create`. */
  readonly name: string
  /** One sentence. */
  readonly summary: string
  /** What follows the name; one line for each way to use it. */
  readonly usage: readonly string[]
  readonly options: Options
  /** Further sentences and examples for its help. */
  readonly details?: string
  /** What `args` may be; further ones are a wrong use. */
  readonly argsMax: number
  readonly argsMin: number
  /** Nothing returned is `EXIT.done`. What is thrown becomes a line on stderr and an exit code in main.ts. */
  run(context: Context): Promise<ExitCode | undefined>
}

/** Checks a command, its `run` knowing the types of its options. */
export function defineCommand<const T extends Options>(
  definition: Omit<Command, 'options' | 'run'> & { readonly options: T; run(context: Context<T>): Promise<ExitCode | undefined> },
): Command {
  return { ...definition, run: (context) => definition.run(context as Context<T>) }
}
