/** A command as `["program", "argument"]`. */
export type Command = readonly [program: string, ...args: string[]]

export interface Instruction {
  readonly name: string
  /** Options such as `--from=build`; the last of a name counts. */
  readonly flags: Readonly<Record<string, string>>
  /** What follows them, with the values of ARG in place. */
  readonly text: string
}

export interface Stage {
  readonly name: string | undefined
  readonly base: string
  readonly instructions: readonly Instruction[]
}

/** The stages of a Dockerfile, as far as ours goes: no heredocs, no ONBUILD. @throws for a line that is none */
export function parseDockerfile(source: string): readonly Stage[] {
  const lines = source
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const global: Record<string, string> = {}
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = []
  let values = global
  for (const line of lines) {
    const [, name, rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    if (name === undefined) throw new Error(`No instruction: ${line}`)
    const flags: Record<string, string> = {}
    // What a shell runs, it expands itself.
    const expanded = name === 'RUN' ? rest : rest.replace(/\$\{(\w+)\}/g, (_, key: string) => (name === 'FROM' ? global : values)[key] ?? '')
    const text = expanded.replace(/^(?:--([\w-]+)(?:=(\S+))?\s+)+/, (all) => {
      for (const [, flag = '', value = ''] of all.matchAll(/--([\w-]+)(?:=(\S+))?/g)) flags[flag] = value
      return ''
    })
    if (name === 'FROM') {
      const [base = '', , alias] = text.split(/\s+/)
      stages.push({ name: alias, base, instructions: [] })
      values = {}
      continue
    }
    // Without a value it takes the one that stands before the first FROM.
    const [key = '', value = global[key] ?? ''] = text.split('=')
    if (name === 'ARG') values[key] = value
    stages.at(-1)?.instructions.push({ name, flags, text: name === 'ARG' ? `${key}=${value}` : text })
  }
  return stages
}

/** `KEY=value OTHER="with spaces"` */
export function parsePairs(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g)].map(([, key = '', quoted, bare]) => [key, quoted ?? bare ?? '']))
}

/** The exec form, which alone passes signals on. @throws for the shell form */
export function parseCommand(text: string): Command {
  const [program, ...args] = JSON.parse(text) as string[]
  if (program === undefined) throw new Error(`No command: ${text}`)
  return [program, ...args]
}
