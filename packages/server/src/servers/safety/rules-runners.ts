import { anyValue, ELSEWHERE, INLINE, matching, type OptionTable, optionTable, readOptions, show } from './options.ts'
import { type PackageSpec, parseNpmSpec, parsePypiSpec } from './package-spec.ts'
import { checkPython, checkScript, moduleProblem } from './rules-python.ts'

/** What a runner (`npx`, `uvx`, `uv run`) would run. */
export interface RunnerCheck {
  readonly problems: readonly string[]
  /** The one package that is run, when it is plainly one. */
  readonly package?: PackageSpec & { readonly kind: 'npm' | 'pypi'; readonly bin?: string; readonly args: readonly string[] }
  /** A name that the runner also seeks on the PATH, where it may find a shell. */
  readonly executable?: string
}

const NPM_SPEC = 'must be a package of the registry: name, or name@version'
const PYPI_SPEC = 'must be a package of the index: name, or name==version'
const npmSpec = (value: string): string | undefined => (parseNpmSpec(value) === undefined ? NPM_SPEC : undefined)
const pypiSpec = (value: string): string | undefined => (parsePypiSpec(value) === undefined ? PYPI_SPEC : undefined)
const pypiSpecs = (value: string): string | undefined =>
  value
    .split(',')
    .map(pypiSpec)
    .find((problem) => problem !== undefined)
const pythonVersion = matching(/^((cpython|pypy)@?)?\d+(\.\d+){0,2}t?$/, 'must be a version, not a path')
const folder = matching(/^\/[^\0\n]*$/, 'must be an absolute path')

const NPX: OptionTable = optionTable({
  flags: [
    '-y',
    '--yes',
    '-q',
    '--quiet',
    '--no',
    '--no-install',
    '--offline',
    '--prefer-offline',
    '--prefer-online',
    '--ignore-scripts',
    '--no-update-notifier',
  ],
  values: { '-p --package': npmSpec },
  refused: {
    [INLINE]: ['-c', '--call'],
    [ELSEWHERE]: [
      ...[
        '--registry',
        '--prefix',
        '--userconfig',
        '--globalconfig',
        '--script-shell',
        '--shell',
        '--node-options',
        '--node-arg',
        '-n',
        '--cache',
        '--git',
        '-w',
        '--workspace',
      ],
      ...['-ws', '--workspaces', '-C', '-g', '--global', '--location', '--scope'],
    ],
  },
})

const UV_COMMON_FLAGS = [
  '-q',
  '--quiet',
  '-v',
  '--verbose',
  '--offline',
  '--no-progress',
  '--native-tls',
  '--system-certs',
  '--no-config',
  '-n',
  '--no-cache',
  '--isolated',
  '--refresh',
]
const UV_COMMON_FLAGS_MORE = [
  '--no-build',
  '--no-python-downloads',
  '--managed-python',
  '--no-managed-python',
  '-U',
  '--upgrade',
  '--frozen',
  '--locked',
  '--no-sync',
  '--no-dev',
  '--all-extras',
]
const UV_REFUSED = {
  [ELSEWHERE]: [
    ...[
      '--index',
      '--index-url',
      '-i',
      '--extra-index-url',
      '--default-index',
      '-f',
      '--find-links',
      '--env-file',
      '--config-file',
      '--with-requirements',
      '--with-editable',
      '--editable',
    ],
    ...[
      '--allow-insecure-host',
      '--trusted-host',
      '--overrides',
      '-c',
      '--constraints',
      '-b',
      '--build-constraints',
      '--cache-dir',
      '--config-setting',
      '-C',
      '--reinstall',
    ],
  ],
}
const UV_VALUES = {
  '-p --python': pythonVersion,
  '--prerelease --resolution --index-strategy --python-preference --color': matching(/^[a-z-]+$/, 'must be a word'),
  '--exclude-newer': matching(/^[0-9TZ:.+-]+$/, 'must be a date'),
  '--with -w': pypiSpecs,
}
const UV_FLAGS = [...UV_COMMON_FLAGS, ...UV_COMMON_FLAGS_MORE]
const UVX: OptionTable = optionTable({ flags: UV_FLAGS, values: { ...UV_VALUES, '--from': pypiSpec }, refused: UV_REFUSED })
/** `--directory` and `--project` name a folder of this machine, as a script does. */
const UV_GLOBAL: OptionTable = optionTable({ flags: UV_FLAGS, values: { '--directory --project': folder }, refused: UV_REFUSED })
const UV_RUN: OptionTable = optionTable({
  flags: UV_FLAGS,
  values: {
    ...UV_VALUES,
    '--directory --project': folder,
    '-m --module': moduleProblem,
    '-s --script': anyValue,
    '--extra --group --package': matching(/^[\w.-]+$/, 'must be a name'),
  },
  refused: UV_REFUSED,
})

export function checkNpx(args: readonly string[]): RunnerCheck {
  const { problems, values, rest } = readOptions('npx', args, NPX)
  const [first, ...own] = args.slice(rest)
  // npm takes these for the value of a switch before them, and then runs what follows.
  if (first === 'true' || first === 'false' || first === 'null') return { problems: [...problems, `npx ${first}: ${NPM_SPEC}`] }
  const packages = values.map(({ value }) => parseNpmSpec(value)).filter((spec) => spec !== undefined)
  if (first === undefined || first === '-') return { problems: [...problems, 'npx: no package is named'] }
  if (packages.length > 0) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(first)) return { problems: [...problems, `npx ${show(first)}: must be the name of a program of the package`] }
    const [only] = packages
    return { problems, executable: first, ...(packages.length === 1 && only !== undefined ? { package: { ...only, kind: 'npm', bin: first, args: own } } : {}) }
  }
  const spec = parseNpmSpec(first)
  if (spec === undefined) return { problems: [...problems, `npx ${show(first)}: ${NPM_SPEC}`] }
  // With a scope or a version npx takes the package; a bare name may also be a program that is installed.
  return {
    problems,
    package: { ...spec, kind: 'npm', args: own },
    ...(spec.name.startsWith('@') || spec.version !== undefined ? {} : { executable: spec.name }),
  }
}

export function checkUvx(program: string, args: readonly string[]): RunnerCheck {
  const { problems, values, rest } = readOptions(program, args, UVX)
  const [first, ...own] = args.slice(rest)
  if (first === undefined || first === '-') return { problems: [...problems, `${program}: no package is named`] }
  const from = values.findLast(({ option }) => option === '--from')
  const spec = parsePypiSpec(from?.value ?? first)
  const command = parsePypiSpec(first)
  if (spec === undefined || command === undefined || (from !== undefined && command.version !== undefined))
    return { problems: [...problems, `${program} ${show(first)}: ${PYPI_SPEC}`] }
  const executable = command.name.replace(/\[.*$/, '')
  if (/^(python|pypy)[\d.]*$/i.test(executable)) return { problems: [...problems, `${program} ${executable}: use the command python`] }
  // Other packages and interpreters are wishes that the installed form does not know.
  const isPlain = values.every(({ option }) => option === '--from')
  return { problems, executable, ...(isPlain ? { package: { ...spec, kind: 'pypi', ...(from === undefined ? {} : { bin: executable }), args: own } } : {}) }
}

export function checkUv(args: readonly string[]): RunnerCheck {
  const { problems, rest } = readOptions('uv', args, UV_GLOBAL)
  const [subcommand, ...own] = args.slice(rest)
  if (subcommand === 'tool' && own[0] === 'run') {
    const tool = checkUvx('uv tool run', own.slice(1))
    return { ...tool, problems: [...problems, ...tool.problems] }
  }
  if (subcommand === 'run') {
    const run = checkUvRun(own)
    return { ...run, problems: [...problems, ...run.problems] }
  }
  return { problems: [...problems, `uv ${show(subcommand ?? '')}: only "uv run" and "uv tool run"`] }
}

function checkUvRun(args: readonly string[]): RunnerCheck {
  const { problems, values, rest } = readOptions('uv run', args, UV_RUN)
  const script = values.find(({ option }) => option === '-s' || option === '--script')
  if (script !== undefined) return { problems: [...problems, ...checkScript('uv run', script.value)] }
  if (values.some(({ option }) => option === '-m' || option === '--module')) return { problems }
  const [command, ...own] = args.slice(rest)
  if (command === undefined || command === '-') return { problems: [...problems, 'uv run: no script or program is named'] }
  if (/^(python|pypy)[\d.]*$/i.test(command)) return { problems: [...problems, ...checkPython(`uv run ${command}`, own)] }
  if (command.endsWith('.py')) return { problems: [...problems, ...checkScript('uv run', command)] }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(command))
    return { problems: [...problems, `uv run ${show(command)}: must be a .py file or the name of a program of the project`] }
  return { problems, executable: command }
}
