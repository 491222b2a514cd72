import { glob, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isPypiName, isPypiVersion } from '../safety/package-spec.ts'
import type { ServerSource } from '../server.types.ts'
import { chooseProgram } from './choose-program.ts'
import { type InstallContext, type InstalledProgram, installEnvironment } from './install-context.ts'
import { installFailed } from './install-error.ts'

type PypiSource = Extract<ServerSource, { kind: 'pypi' }>

const VENV = 'venv'
const PYTHON = join(VENV, 'bin/python')
const WANTED = 'requirements.in'
const LOCK = 'requirements.lock'

interface Uv {
  run(title: string, args: readonly string[]): Promise<string>
}

/** @throws {ToolDockError} `install_failed`: uv is missing, and how to get it */
async function openUv(context: InstallContext): Promise<Uv> {
  const command = await context.programs.find('uv')
  if (command === undefined)
    throw installFailed(
      'uv is not installed, which Python packages need: https://docs.astral.sh/uv/getting-started/installation/ (or: pip install uv), into a folder of SERVER_PATH.',
    )
  const { pypiIndexUrl, extraCaCerts } = context.config
  const env = {
    ...(await installEnvironment(context)),
    UV_NO_CACHE: '1',
    UV_NO_CONFIG: '1',
    UV_NO_PROGRESS: '1',
    UV_PYTHON_INSTALL_DIR: context.pythonsDir,
    ...(pypiIndexUrl === undefined ? {} : { UV_DEFAULT_INDEX: pypiIndexUrl }),
    ...(extraCaCerts === undefined ? {} : { SSL_CERT_FILE: extraCaCerts }),
  }
  return { run: (title, args) => context.run({ title, command, args, env }) }
}

/** Wheels only, unless building was granted: building a source package runs its code. */
const buildOptions = (installScripts: boolean): string[] => (installScripts ? [] : ['--only-binary', ':all:'])

function assertPypiSource({ package: name, version }: PypiSource): void {
  if (!isPypiName(name)) throw installFailed('This is not the name of a Python package.')
  if (version !== undefined && !isPypiVersion(version)) throw installFailed('The version must be an exact one, such as 1.2.3.')
}

/** Resolves to a lock file with hashes, then installs exactly that into an environment that can be moved. */
export async function installPypi(context: InstallContext, source: PypiSource): Promise<InstalledProgram> {
  assertPypiSource(source)
  const { package: name, version, bin, installScripts = false } = source
  const uv = await openUv(context)
  await makeVenv(uv)
  await lock(context, uv, name, version, installScripts)
  await uv.run(`Installing ${name} from PyPI${installScripts ? '' : ', without building anything'}`, [
    ...['pip', 'install', '--python', PYTHON, '--require-hashes', ...buildOptions(installScripts)],
    ...['-r', LOCK],
  ])
  return findPythonProgram(context.dir, name, bin)
}

/** The version that a new installation would be. */
export async function newestPypiVersion(context: InstallContext, source: PypiSource): Promise<string> {
  assertPypiSource(source)
  const uv = await openUv(context)
  await makeVenv(uv)
  const locked = await lock(context, uv, source.package, undefined, source.installScripts ?? false)
  const name = normalized(source.package)
  const line = locked.split('\n').find((each) => normalized(each.split('==')[0] ?? '') === name && each.includes('=='))
  const version = /==([^\s;\\]+)/.exec(line ?? '')?.[1]
  if (version === undefined) throw installFailed(`The index names no version of ${source.package}.`)
  return version
}

async function lock(context: InstallContext, uv: Uv, name: string, version: string | undefined, installScripts: boolean): Promise<string> {
  const spec = version === undefined || version === 'latest' ? name : `${name}==${version}`
  await writeFile(join(context.dir, WANTED), `${spec}\n`)
  await uv.run(`Resolving ${spec}`, [
    'pip',
    'compile',
    '--quiet',
    '--python',
    PYTHON,
    '--generate-hashes',
    '--no-header',
    ...buildOptions(installScripts),
    '-o',
    LOCK,
    WANTED,
  ])
  return readFile(join(context.dir, LOCK), 'utf8')
}

async function makeVenv(uv: Uv): Promise<void> {
  await uv.run('Making a Python environment', ['venv', '--relocatable', '--no-project', VENV])
}

/** Installs a cloned project: its requirements.txt, or, when building was granted, the project itself. Returns the name of a project. */
export async function installPythonProject(
  context: InstallContext,
  { installScripts, kind }: { readonly installScripts: boolean; readonly kind: 'requirements' | 'project' },
): Promise<void> {
  const uv = await openUv(context)
  await makeVenv(uv)
  const install = ['pip', 'install', '--python', PYTHON]
  if (kind === 'requirements') {
    if (!installScripts) assertPlainRequirements(await readFile(join(context.dir, 'requirements.txt'), 'utf8'))
    await uv.run('Installing requirements.txt', [...install, ...buildOptions(installScripts), '-r', 'requirements.txt'])
    return
  }
  if (!installScripts)
    throw installFailed('Installing this Python project runs its own build: grant install scripts, or give a command and a requirements.txt.')
  await uv.run('Building and installing the project', [...install, '.'])
}

/** An option in the file is refused: `-e` builds a folder even where nothing may be built, others lead to another index. */
function assertPlainRequirements(text: string): void {
  const lines = text.replaceAll(/\\\r?\n/g, '').split(/[\r\n\f\v]/)
  const option = lines.find((line) => line.trim().startsWith('-'))
  if (option === undefined) return
  throw installFailed(
    `requirements.txt has an option, which can run code while it is installed: ${option.trim().slice(0, 80)}. Grant install scripts to use it.`,
  )
}

/** The interpreter of an installation in `dir`. */
export function venvPython(dir: string): string {
  return join(dir, PYTHON)
}

/** The console script of a package, run by the interpreter of its own environment. Without `name`: of the project that was built from the folder. */
export async function findPythonProgram(dir: string, name: string | undefined, wanted?: string): Promise<InstalledProgram> {
  const info = await findDistribution(dir, name)
  if (info === undefined) throw installFailed(`${name ?? 'The project'} was not found after its installation.`)
  const metadata = await readFile(join(info, 'METADATA'), 'utf8')
  const version = /^Version: (.+)$/m.exec(metadata)?.[1]?.trim() ?? '0'
  const own = /^Name: (.+)$/m.exec(metadata)?.[1]?.trim() ?? 'package'
  const scripts = consoleScripts(await readFile(join(info, 'entry_points.txt'), 'utf8').catch(() => ''))
  const script = join(VENV, 'bin', chooseProgram(name ?? own, scripts, wanted))
  return { version, locate: (at) => ({ command: join(at, PYTHON), args: [join(at, script)] }) }
}

async function findDistribution(dir: string, name: string | undefined): Promise<string | undefined> {
  for await (const path of glob(join(dir, VENV, 'lib/python*/site-packages/*.dist-info'))) {
    const [distribution = ''] = path.slice(path.lastIndexOf('/') + 1).split('-')
    if (name !== undefined && normalized(distribution) === normalized(name)) return path
    // Only what was installed from a folder notes one.
    if (name === undefined && (await readFile(join(path, 'direct_url.json'), 'utf8').catch(() => '')).includes('"dir_info"')) return path
  }
  return undefined
}

/** Names are the same whatever separates their words. */
function normalized(name: string): string {
  return name
    .replace(/\[.*$/, '')
    .trim()
    .toLowerCase()
    .replace(/[-_.]+/g, '-')
}

/** Names below `[console_scripts]`. What could not be a file name is none. */
function consoleScripts(text: string): string[] {
  const [, section = ''] = /^\[console_scripts\]\s*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(text) ?? []
  return Array.from(section.matchAll(/^([A-Za-z0-9][\w.-]*)\s*=/gm), ([, script = '']) => script)
}
