import { open, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { z } from 'zod'
import { isNpmName, isNpmVersion } from '../safety/package-spec.ts'
import { isProgram } from '../safety/programs.ts'
import type { ServerSource } from '../server.types.ts'
import { chooseProgram } from './choose-program.ts'
import { type InstallContext, type InstalledProgram, installEnvironment } from './install-context.ts'
import { installFailed } from './install-error.ts'

type NpmSource = Extract<ServerSource, { kind: 'npm' }>

const NPM_MAJOR_MIN = 9
const MANIFEST = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
})

/** How npm is run: the one beside the running Node.js, else in SERVER_PATH. */
export interface Npm {
  /** `what` follows the options that hold for every call. */
  run(title: string, what: readonly string[]): Promise<string>
}

/** @throws {ToolDockError} `install_failed`: there is none, or it is too old */
async function openNpm(context: InstallContext, { installScripts }: { readonly installScripts: boolean }): Promise<Npm> {
  const found = await context.programs.find('npm')
  if (found === undefined) throw installFailed('npm is not installed: put npm 9 or newer beside node, or in SERVER_PATH.')
  const program = await realpath(found)
  // npm itself is JavaScript; the running Node.js is the one that is known to be there.
  const [command, first] = /\.c?js$/.test(program) ? [process.execPath, [program]] : [found, []]
  const env = { ...(await installEnvironment(context)), ...npmSettings(context, installScripts) }
  const run = (title: string, what: readonly string[]): Promise<string> => context.run({ title, command, args: [...first, ...what], env })
  const version = (await run('Asking npm for its version', ['--version'])).trim()
  if (!(Number.parseInt(version, 10) >= NPM_MAJOR_MIN)) throw installFailed(`npm ${version} is too old: ${NPM_MAJOR_MIN} or newer is needed.`)
  return { run }
}

/** By the environment, where nobody sees the token in a list of processes; each wins over an .npmrc. */
function npmSettings({ config, homeDir }: InstallContext, installScripts: boolean): Record<string, string> {
  const { npmRegistry, npmRegistryToken } = config
  return {
    npm_config_registry: `${npmRegistry}/`,
    npm_config_userconfig: join(homeDir, '.npmrc'),
    npm_config_cache: join(homeDir, 'npm-cache'),
    npm_config_ignore_scripts: String(!installScripts),
    ...(installScripts ? { npm_config_dangerously_allow_all_scripts: 'true' } : {}),
    // A git dependency can replace the git program by an .npmrc of its own; an address is not the registry.
    npm_config_allow_git: 'none',
    npm_config_allow_remote: 'none',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    npm_config_progress: 'false',
    ...(npmRegistryToken === undefined ? {} : { [`npm_config_${npmRegistry.replace(/^https?:/, '')}/:_authToken`]: npmRegistryToken }),
  }
}

/** Checked on every way in; checked again here, where it becomes an argument. @throws {ToolDockError} `install_failed` */
function assertNpmSource({ package: name, version }: NpmSource): void {
  if (!isNpmName(name)) throw installFailed('This is not the name of an npm package.')
  if (version !== undefined && !isNpmVersion(version)) throw installFailed('The version must be an exact one, such as 1.2.3, or a tag.')
}

/** Installs with a lock file into `node_modules` of the folder. */
export async function installNpm(context: InstallContext, source: NpmSource): Promise<InstalledProgram> {
  assertNpmSource(source)
  const { package: name, version = 'latest', installScripts = false, bin } = source
  await writeFile(join(context.dir, 'package.json'), '{"private":true}\n')
  const npm = await openNpm(context, { installScripts })
  await npm.run(`Installing ${name}@${version} from npm${installScripts ? '' : ', without install scripts'}`, [
    'install',
    '--save-exact',
    '--omit=dev',
    '--',
    `${name}@${version}`,
  ])
  return findNpmProgram(context.dir, join('node_modules', name), bin)
}

/** The version that a new installation would be. */
export async function newestNpmVersion(context: InstallContext, source: NpmSource): Promise<string> {
  assertNpmSource(source)
  const npm = await openNpm(context, { installScripts: false })
  const printed: unknown = JSON.parse(
    await npm.run(`Asking for the newest version of ${source.package}`, ['view', '--json', '--', `${source.package}@latest`, 'version']),
  )
  const [version] = Array.isArray(printed) ? printed.slice(-1) : [printed]
  if (typeof version !== 'string') throw installFailed(`The registry names no version of ${source.package}.`)
  return version
}

/** Installs the dependencies of a project that was cloned, by its lock file when it has one. */
export async function installNpmProject(context: InstallContext, installScripts: boolean, hasLockFile: boolean): Promise<void> {
  // It could name another registry, git program or shell.
  await rm(join(context.dir, '.npmrc'), { force: true })
  const npm = await openNpm(context, { installScripts })
  const omit = installScripts ? [] : ['--omit=dev']
  await npm.run(`Installing the dependencies${installScripts ? '' : ', without install scripts'}`, hasLockFile ? ['ci', ...omit] : ['install', ...omit])
  if (!installScripts) return
  await npm.run('Building', ['run', 'build', '--if-present'])
  await npm.run('Removing what only the build needed', ['prune', '--omit=dev'])
}

/** What becomes of the packages of a project. Names are checked already. */
export interface NpmChange {
  /** `name` or `name@version`. */
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
  readonly installScripts: boolean
}

/** Brings `node_modules` and the lock file of the folder to what its package.json asks for, after adding and removing packages. */
export async function changeNpmProject(context: InstallContext, { add = [], remove = [], installScripts }: NpmChange): Promise<void> {
  const npm = await openNpm(context, { installScripts })
  // Without --prefix, npm would look for a project around this one.
  const options = ['--omit=dev', '--save', '--prefix', context.dir]
  const how = installScripts ? '' : ', without install scripts'
  if (remove.length > 0) await npm.run(`Removing ${remove.join(', ')}`, ['uninstall', ...options, '--', ...remove])
  else if (add.length > 0) await npm.run(`Installing ${add.join(', ')}${how}`, ['install', ...options, '--', ...add])
  else await npm.run(`Installing what package.json asks for${how}`, ['install', ...options])
}

/** `packageDir` is relative to `dir`. The program is run by node directly when it is JavaScript: no shim, no npx. */
export async function findNpmProgram(dir: string, packageDir: string, wanted?: string): Promise<InstalledProgram> {
  const parsed = MANIFEST.safeParse(JSON.parse(await readFile(join(dir, packageDir, 'package.json'), 'utf8')))
  if (!parsed.success) throw installFailed('The package.json of the package cannot be understood.')
  const { name = packageDir, version = '0.0.0', bin = {} } = parsed.data
  const programs = typeof bin === 'string' ? { [name.replace(/^@[^/]+\//, '')]: bin } : bin
  const chosen = chooseProgram(name, Object.keys(programs), wanted)
  const inside = await realpath(join(dir, packageDir))
  const path = await realpath(join(inside, programs[chosen] ?? '')).catch(() => undefined)
  if (path === undefined || !path.startsWith(inside + sep))
    throw installFailed(`The program "${chosen}" of ${name} is not a file of the package; perhaps it must be built (grant install scripts).`)
  const file = relative(await realpath(dir), path)
  const isScript = await isJavaScript(path)
  if (!isScript && !(await isProgram(path))) throw installFailed(`The program "${chosen}" of ${name} cannot be run.`)
  return { version, locate: (at) => (isScript ? { command: process.execPath, args: [join(at, file)] } : { command: join(at, file), args: [] }) }
}

async function isJavaScript(path: string): Promise<boolean> {
  if (/\.[cm]?[jt]s$/.test(path)) return true
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(128), 0, 128, 0)
    return /^#!.*\bnode\b/.test(buffer.subarray(0, bytesRead).toString('latin1'))
  } finally {
    await file.close()
  }
}
