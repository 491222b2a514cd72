/** What an option of a program means to ToolDock. An option that is in no table is refused: a new version may load code by it. */
export type OptionRule =
  /** Takes no value. */
  | { readonly kind: 'flag' }
  /** Takes a value, which must pass. */
  | { readonly kind: 'value'; readonly check: (value: string) => string | undefined }
  /** Never. */
  | { readonly kind: 'refused'; readonly why: string }

export type OptionTable = ReadonlyMap<string, OptionRule>

export const INLINE = 'it runs code from the command line'
export const ELSEWHERE = 'it loads code or settings from elsewhere'
export const DEBUGGER = 'it opens a debugger'

const FLAG: OptionRule = { kind: 'flag' }

export function optionTable(parts: {
  readonly flags?: readonly string[]
  readonly values?: Readonly<Record<string, (value: string) => string | undefined>>
  readonly refused?: Readonly<Record<string, readonly string[]>>
}): OptionTable {
  const table = new Map<string, OptionRule>()
  for (const name of parts.flags ?? []) table.set(name, FLAG)
  for (const [names, check] of Object.entries(parts.values ?? {})) for (const name of names.split(' ')) table.set(name, { kind: 'value', check })
  for (const [why, names] of Object.entries(parts.refused ?? {})) for (const name of names) table.set(name, { kind: 'refused', why })
  return table
}

export const anyValue = (value: string): string | undefined => (value.startsWith('-') || value === '' ? 'is not a value' : undefined)
export const matching =
  (pattern: RegExp, words: string) =>
  (value: string): string | undefined =>
    pattern.test(value) ? undefined : words

export interface ReadOptions {
  readonly problems: readonly string[]
  /** Every value of options that take one, by the name in the table. */
  readonly values: readonly { readonly option: string; readonly value: string }[]
  /** Index of the first argument that is no option of the program; the length when there is none. */
  readonly rest: number
}

/** Reads the options in front of the first other argument. `normalize` makes other spellings of a name one. */
export function readOptions(program: string, args: readonly string[], table: OptionTable, normalize: (name: string) => string = (name) => name): ReadOptions {
  const problems: string[] = []
  const values: { option: string; value: string }[] = []
  let index = 0
  for (; index < args.length; index++) {
    const argument = args[index] ?? ''
    if (argument === '--') return { problems, values, rest: index + 1 }
    if (argument === '-' || !argument.startsWith('-')) break
    const equals = argument.startsWith('--') ? argument.indexOf('=') : -1
    const written = equals < 0 ? argument : argument.slice(0, equals)
    const option = normalize(written)
    const rule = table.get(option)
    if (rule === undefined) problems.push(`${program} ${show(written)}: ToolDock does not know this option as safe`)
    else if (rule.kind === 'refused') problems.push(`${program} ${show(written)}: ${rule.why}`)
    else if (rule.kind === 'value') {
      if (equals < 0) index++
      const value = equals < 0 ? args[index] : argument.slice(equals + 1)
      const problem = value === undefined ? 'has no value' : rule.check(value)
      if (problem !== undefined) problems.push(`${program} ${show(written)}: ${problem}`)
      else if (value !== undefined) values.push({ option, value })
    }
  }
  return { problems, values, rest: Math.min(index, args.length) }
}

/** A piece of a command line in a message: short, and on one line. */
export function show(text: string): string {
  const plain = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
  return plain
}
