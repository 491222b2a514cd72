import { styleText } from 'node:util'

/** One column of a table: its heading, and what its cell says. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => string | number | null | undefined]

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** Where a command writes: what was asked for to stdout, everything else to stderr. */
export interface Output {
  /** A line of the result. */
  print(line: string): void
  /** Text of the result that others wrote, with its own line ends. */
  printText(text: string): void
  /** The result as JSON, indented on a terminal. */
  printJson(value: unknown): void
  /** Rows below their headings, aligned; nothing when there are none. */
  printTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void
  /** A line for the person who waits: progress, warnings, hints. */
  say(line: string): void
  /** In colour when stdout is a terminal and `NO_COLOR` is not set. */
  style(style: Style, text: string): string
}

/** What an output is made of. */
export interface OutputStreams {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly stderr: NodeJS.WritableStream
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the control characters that are taken out.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour of ours.
const COLOUR = /\u001b\[\d+m/g
const GAP = '  '

/** What others wrote, without what a terminal would take for commands. */
export const plain = (text: string): string => text.replace(CONTROL, '')

export function createOutput({ stdout, stderr }: OutputStreams, env: NodeJS.ProcessEnv): Output {
  const isTerminal = stdout.isTTY === true
  const isColoured = isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'
  const print = (line: string): void => void stdout.write(`${line}\n`)
  const style: Output['style'] = (name, text) => (isColoured ? styleText(name, text, { validateStream: false }) : text)
  const length = (text: string): number => text.replace(COLOUR, '').length

  return {
    print,
    printText: (text) => void stdout.write(isTerminal ? plain(text) : text),
    say: (line) => void stderr.write(`${line}\n`),
    printJson: (value) => print(JSON.stringify(value, undefined, isTerminal ? 2 : undefined)),
    printTable(rows, columns) {
      if (rows.length === 0) return
      const lines = rows.map((row) => columns.map(([, cell]) => oneLine(cell(row))))
      const headings = columns.map(([heading]) => style('dim', heading))
      const widths = columns.map((_, i) => Math.max(...[headings, ...lines].map((cells) => length(cells[i] ?? ''))))
      for (const cells of [headings, ...lines]) {
        print(
          cells
            .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - length(cell)))
            .join(GAP)
            .trimEnd(),
        )
      }
    },
    style,
  }
}

function oneLine(cell: string | number | null | undefined): string {
  if (cell === null || cell === undefined) return '-'
  return String(cell).replace(/\s+/g, ' ')
}
