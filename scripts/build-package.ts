// `npm run package`: what is published as `tooldock`, in dist/tooldock, and packed beside it. Everything keeps its place, so
// that the gateway finds its files as in a checkout; only the types are gone, because Node.js strips none below node_modules.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { stripTypes } from './strip-types.ts'

const ROOT = dirname(import.meta.dirname)
const TARGET = join(ROOT, 'dist/tooldock')
/** The program that npm links as `tooldock`: plain JavaScript, because any Node.js may run it. */
const BIN = 'packages/cli/bin/tooldock.js'
/** Any newer one can run BIN, which finds the Node.js that the package brings. */
const NODE_MAJOR_MIN = 18
const CODE = ['server', 'worker', 'sdk', 'cli']
const COPIED = ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs', 'deploy', 'templates', 'examples', 'packages/cli/bin', 'packages/admin-ui/dist']
/** For people who put nginx before it. */
const NGINX = 'packages/admin-ui/nginx*'
/** For reading in a browser, and half of the whole. */
const LEFT_OUT = /^docs\/images(\/|$)|^packages\/admin-ui\/dist\/\.(sources|vite)/
const TEST = /\.test\.ts$|(^|\/)test-[^/]*\.ts$/

interface Lock {
  readonly name: string
  readonly version: string
  readonly lockfileVersion: number
  readonly packages: Record<string, Record<string, unknown>>
}

const readJson = <T>(file: string): T => JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as T

/** Writes the published package to `target`, which is emptied first. @throws when the admin UI is not built, or an import leads nowhere */
export function buildPackage(target: string = TARGET): void {
  rmSync(target, { recursive: true, force: true })
  const write = (file: string, text: string | Buffer): void => {
    mkdirSync(dirname(join(target, file)), { recursive: true })
    writeFileSync(join(target, file), text)
  }
  if (!existsSync(join(ROOT, 'packages/admin-ui/dist/index.html'))) throw new Error('The admin UI is not built: npm run package builds it first.')
  for (const path of [...COPIED, ...globSync(NGINX, { cwd: ROOT })])
    if (existsSync(join(ROOT, path))) cpSync(join(ROOT, path), join(target, path), { recursive: true, filter: (from) => !LEFT_OUT.test(relative(ROOT, from)) })
  for (const name of CODE) writeCode(name, write)
  writeDeclarations(write)
  write('THIRD-PARTY-LICENSES.md', thirdPartyLicences())
  const manifest = publishedManifest()
  write('package.json', json(manifest))
  write('npm-shrinkwrap.json', json(publishedLock(manifest)))
  assertImports(target)
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

function writeCode(name: string, write: (file: string, text: string | Buffer) => void): void {
  const folder = join('packages', name)
  // Beside the code, so that a worker which may read its folder alone knows what its modules are.
  write(join(folder, 'package.json'), json({ private: true, type: 'module' }))
  for (const entry of readdirSync(join(ROOT, folder, 'src'), { recursive: true, withFileTypes: true })) {
    const file = relative(ROOT, join(entry.parentPath, entry.name))
    if (!entry.isFile() || TEST.test(file)) continue
    const text = readFileSync(join(ROOT, file))
    if (file.endsWith('.ts')) write(file.replace(/\.ts$/, '.js'), stripTypes(withRelativePackages(text.toString(), file)))
    else write(file, text)
  }
}

/** `@tooldock/worker/protocol`, which only a workspace links, as the path from `file` to what it names. */
function withRelativePackages(source: string, file: string): string {
  const { resolve } = createRequire(join(ROOT, file))
  return source.replace(/((?:from|import) ?\(?)'(@tooldock\/[^']+)'/g, (_, before: string, specifier: string) => {
    const path = relative(join(ROOT, dirname(file)), resolve(specifier))
    return `${before}'${path.startsWith('.') ? path : `./${path}`}'`
  })
}

/** The types of what tool authors import. */
function writeDeclarations(write: (file: string, text: string) => void): void {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT)
  delete options.tsBuildInfoFile
  const emitted = { ...options, noEmit: false, incremental: false, declaration: true, emitDeclarationOnly: true }
  const program = ts.createProgram([join(ROOT, 'packages/sdk/src/index.ts')], { ...emitted, rootDir: ROOT, outDir: '/' })
  program.emit(undefined, (file, text) => write(file, text.replace(/((?:from|import) ?\(?["'])(\.[^"']*)\.ts(["'])/g, '$1$2.js$3')))
}

/** A package whose code is in the admin UI as it is built. */
export interface BundledPackage {
  readonly name: string
  readonly version: string
  /** The SPDX name of its licence. */
  readonly identifier?: string
  /** Of the licence. */
  readonly text?: string
}

/** What the admin UI is made of: what Vite found in its modules, and what it does not look at: the code of web workers, and fonts. */
export function bundledPackages(): readonly BundledPackage[] {
  const found = readJson<BundledPackage[]>('packages/admin-ui/dist/.vite/licenses.json')
  const others = ['typescript', '@fontsource-variable/jetbrains-mono'].filter((name) => !found.some((it) => it.name === name))
  return [...found, ...others.map(installedPackage)]
}

function installedPackage(name: string): BundledPackage {
  const folder = join('node_modules', name)
  const { version, license } = readJson<{ version: string; license: string }>(join(folder, 'package.json'))
  const file = readdirSync(join(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry))
  return { name, version, identifier: license, ...(file === undefined ? {} : { text: readFileSync(join(ROOT, folder, file), 'utf8') }) }
}

/** Most licences ask that their text comes along; packages that npm installs bring it themselves. */
function thirdPartyLicences(): string {
  const entries = bundledPackages().map(({ name, version, identifier, text = '' }) => `## ${name} ${version} (${identifier})\n\n${text.trim()}\n`)
  return `# Licences of what is built into the admin UI\n\n${entries.join('\n')}`
}

function publishedManifest() {
  const { name, version, description, license, type, dependencies, optionalDependencies } = readJson<Record<string, unknown>>('package.json')
  return {
    ...{ name, version, description, license, type },
    keywords: ['mcp', 'model-context-protocol', 'gateway', 'tools', 'openapi', 'agents'],
    engines: { node: `>=${NODE_MAJOR_MIN}` },
    bin: { tooldock: BIN },
    exports: { '.': { types: './packages/sdk/src/index.d.ts', default: './packages/sdk/src/index.js' }, './package.json': './package.json' },
    ...{ dependencies, optionalDependencies },
  }
}

/** The part of the lock file that ships: whoever installs gets what was tested, in a node_modules of its own. */
function publishedLock({ name, version, license, dependencies, optionalDependencies, bin, engines }: ReturnType<typeof publishedManifest>): Lock {
  const { lockfileVersion, packages } = readJson<Lock>('package-lock.json')
  const shipped = Object.entries(packages).filter(([path, { dev, link }]) => path.startsWith('node_modules/') && !dev && !link)
  const own = { name, version, license, dependencies, optionalDependencies, bin, engines }
  return {
    ...{ name: String(name), version: String(version), lockfileVersion },
    packages: {
      '': own,
      ...Object.fromEntries(shipped.map(([path, { devOptional, ...entry }]) => [path, devOptional ? { ...entry, optional: true } : entry])),
    },
  }
}

/** @throws when a module of ours imports a file that is not there */
function assertImports(target: string): void {
  for (const file of globSync('packages/*/src/**/*.{js,d.ts}', { cwd: target, exclude: ['**/static/**'] }))
    for (const { fileName: imported } of ts.preProcessFile(readFileSync(join(target, file), 'utf8')).importedFiles) {
      const path = join(target, dirname(file), file.endsWith('.d.ts') ? imported.replace(/\.js$/, '.d.ts') : imported)
      if (imported.startsWith('@tooldock/') || (imported.startsWith('.') && !existsSync(path)))
        throw new Error(`${file} imports ${imported}, which is not in the package.`)
    }
}

/** Packs what `buildPackage` wrote. Answers the path of the tarball, which is in `folder`. */
export function packPackage(target: string = TARGET, folder: string = dirname(target)): string {
  const printed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', `--pack-destination=${folder}`], {
    cwd: target,
    encoding: 'utf8',
  })
  const [packed] = JSON.parse(printed) as { filename: string }[]
  if (packed === undefined) throw new Error(`npm pack said: ${printed}`)
  return join(folder, packed.filename)
}

if (import.meta.main) {
  buildPackage()
  console.log(relative(process.cwd(), packPackage()))
}
