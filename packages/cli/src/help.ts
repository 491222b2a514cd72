import { type Command, GLOBAL_OPTIONS, type Option, type Options } from './command.ts'

const INDENT = '  '

/** What `tooldock --help` prints. */
export function helpOfAll(commands: readonly Command[]): string {
  return [
    'Usage: tooldock <command> [options]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Options of every command:',
    ...optionLines(GLOBAL_OPTIONS),
    '',
    'It speaks to the gateway of TOOLDOCK_URL or of the settings here, with the token of TOOLDOCK_TOKEN, BEARER_TOKEN or DATA_DIR/token.',
    'Exit codes: 0 done, 1 failed, 2 used wrongly, 3 no gateway answers.',
    'More about one: tooldock <command> --help',
  ].join('\n')
}

/** The commands that begin with one word, such as `keys`. */
export function helpOfGroup(word: string, commands: readonly Command[]): string {
  return [
    `Usage: tooldock ${word} <command> [options]`,
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    `More about one: tooldock ${word} <command> --help`,
  ].join('\n')
}

export function helpOf(command: Command): string {
  const options = optionLines(command.options)
  return [
    ...usageOf(command).map((line, i) => `${i === 0 ? 'Usage: ' : '       '}${line}`),
    '',
    command.summary,
    ...(command.details === undefined ? [] : ['', command.details]),
    ...(options.length === 0 ? [] : ['', 'Options:', ...options]),
    '',
    'Options of every command:',
    ...optionLines(GLOBAL_OPTIONS),
  ].join('\n')
}

/** One line for each way to use it. */
export function usageOf({ name, usage, options }: Command): string[] {
  const some = Object.keys(options).length > 0 ? ' [options]' : ''
  return usage.map((args) => `tooldock ${name}${some}${args === '' ? '' : ` ${args}`}`)
}

/** `-h, --help` */
export function optionTitle(name: string, { short, value }: Option): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
}

const optionLines = (options: Options): string[] => columns(Object.entries(options).map(([name, option]) => [optionTitle(name, option), option.doc]))

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `${INDENT}${left.padEnd(width)}${INDENT}${right}`)
}
