import { ELSEWHERE, INLINE, show } from './options.ts'

/** Short options without a value that change nothing about which code runs. */
const FLAGS = 'bBdEIOPqsSuvV'
const X_OPTION =
  /^(dev|utf8(=[01])?|faulthandler|importtime|no_debug_ranges|warn_default_encoding|int_max_str_digits=\d+|tracemalloc(=\d+)?|frozen_modules(=(on|off))?|gil=[01])$/
const W_OPTION = /^(default|error|always|module|once|ignore)$/
/** Modules that install or run what their arguments say, or open a prompt. */
const REFUSED_MODULES: ReadonlySet<string> = new Set(
  (
    'pip ensurepip venv virtualenv pipx uv easy_install code codeop pdb bdb idlelib timeit cProfile profile trace runpy doctest unittest pytest asyncio sqlite3 pydoc zipapp ' +
    'compileall webbrowser http socketserver smtpd test this antigravity IPython ptpython bpython jupyter lib2to3 distutils setuptools build poetry conda subprocess os pty'
  ).split(' '),
)

/** Reads `python` options letter by letter, as Python does (`-ic`, `-mpip`); what follows script or module is the server's own. */
export function checkPython(program: string, args: readonly string[]): string[] {
  const problems: string[] = []
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? ''
    if (argument === '-') return [...problems, `${program} -: it runs code from standard input`]
    if (argument.startsWith('--')) {
      if (argument === '--') return [...problems, `${program} --: name the script first`]
      problems.push(`${program} ${show(argument)}: ToolDock does not know this option as safe`)
      continue
    }
    if (!argument.startsWith('-')) return [...problems, ...checkScript(program, argument)]
    const read = readLetters(program, argument.slice(1), args[index + 1])
    problems.push(...read.problems)
    if (read.ends) return problems
    if (read.tookNext) index++
  }
  return [...problems, `${program}: no script or module is named, so it would run code from standard input`]
}

interface Letters {
  readonly problems: readonly string[]
  /** `-m` and `-c` end the options. */
  readonly ends: boolean
  readonly tookNext: boolean
}

function readLetters(program: string, letters: string, next: string | undefined): Letters {
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? ''
    const attached = letters.slice(at + 1)
    const value = attached === '' ? next : attached
    const valued = (problem: string | undefined): Letters => ({
      problems: problem === undefined ? [] : [`${program} -${letter}: ${problem}`],
      ends: false,
      tookNext: attached === '',
    })
    if (letter === 'c') return { problems: [`${program} -c: ${INLINE}`], ends: true, tookNext: false }
    if (letter === 'i') return { problems: [`${program} -i: it runs code from standard input`], ends: false, tookNext: false }
    if (letter === 'm') {
      const problem = moduleProblem(value)
      return { problems: problem === undefined ? [] : [`${program} -m: ${problem}`], ends: true, tookNext: false }
    }
    if (letter === 'X') return valued(X_OPTION.test(value ?? '') ? undefined : ELSEWHERE)
    if (letter === 'W') return valued(W_OPTION.test(value ?? '') ? undefined : 'only default, error, always, module, once and ignore; others import modules')
    if (!FLAGS.includes(letter))
      return { problems: [`${program} ${show(`-${letter}`)}: ToolDock does not know this option as safe`], ends: false, tookNext: false }
  }
  return { problems: [], ends: false, tookNext: false }
}

/** Why `-m module` is refused. */
export function moduleProblem(module: string | undefined): string | undefined {
  if (module === undefined || !/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/.test(module)) return 'no module of this name can be'
  const [top = ''] = module.split('.')
  return REFUSED_MODULES.has(top) ? `the module ${top} runs or installs what its arguments say` : undefined
}

/** Why a script is refused: it is no file that lies somewhere. */
export function checkScript(program: string, script: string): string[] {
  if (script === '') return [`${program}: the script has no name`]
  if (/^\/+(dev|proc)(\/|$)/.test(script)) return [`${program} ${show(script)}: it runs code from an open stream`]
  if (/^[a-z][a-z0-9+.-]*:/i.test(script)) return [`${program} ${show(script)}: ${ELSEWHERE}`]
  return []
}
