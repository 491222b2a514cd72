import type { Dirent } from 'node:fs'
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { errorCode, MODULES } from './folder.ts'
import { type PackageJson, parsePackageJson } from './package-json.ts'

/** Declarations of the packages that a folder installed, as TypeScript looks for them. */
export interface PackageTypes {
  /** `path` begins with `node_modules/`. */
  readonly files: readonly { readonly path: string; readonly content: string }[]
  /** False: there was more than the bound; packages that were asked for came first. */
  readonly complete: boolean
}

const FILES_MAX = 5000
const TYPE_FILE = /\.d\.[cm]?ts$/
const PACKAGE_NAME = /^(?:@[a-z0-9~_-][a-z0-9~._-]*\/)?[a-z0-9~_-][a-z0-9~._-]*$/i

/** Reads the packages of these names in `dir`, with what they themselves import, until `bytesMax` bytes are found. */
export async function readPackageTypes(dir: string, names: readonly string[], bytesMax: number): Promise<PackageTypes> {
  const files: { path: string; content: string }[] = []
  const seen = new Set<string>()
  // Breadth first: what was asked for comes before what only others need.
  const waiting = names.flatMap(withTypes)
  let bytes = 0
  for (const name of waiting) {
    if (seen.has(name) || !PACKAGE_NAME.test(name)) continue
    seen.add(name)
    for (const path of await typeFilesOf(join(dir, MODULES, name))) {
      bytes += (await stat(path)).size
      if (bytes > bytesMax || files.length === FILES_MAX) return { files, complete: false }
      files.push({ path: relative(dir, path).split(sep).join('/'), content: await readFile(path, 'utf8') })
    }
    const own = files.find(({ path }) => path === `${MODULES}/${name}/package.json`)
    if (own !== undefined) waiting.push(...importsOf(own.content).flatMap(withTypes))
  }
  return { files, complete: true }
}

/** A package without declarations may have them in another, of this name. */
const withTypes = (name: string): readonly string[] =>
  name.startsWith('@types/') ? [name] : [name, `@types/${name.startsWith('@') ? name.slice(1).replace('/', '__') : name}`]

function importsOf(packageJson: string): readonly string[] {
  try {
    const { dependencies, peerDependencies }: PackageJson = parsePackageJson(packageJson)
    return Object.keys({ ...dependencies, ...peerDependencies })
  } catch {
    // Whatever it is, it says nothing of other packages.
    return []
  }
}

/** Every `package.json` and declaration of a package, the ones of packages inside of it left out; links are not followed. */
async function typeFilesOf(dir: string): Promise<readonly string[]> {
  const found = (await lstat(dir).catch(noneIfMissing))?.isDirectory() ? await readdir(dir, { withFileTypes: true }) : []
  const below = await Promise.all(
    found.map((entry: Dirent) => {
      const path = join(dir, entry.name)
      if (entry.isDirectory()) return entry.name === MODULES ? [] : typeFilesOf(path)
      return entry.isFile() && (entry.name === 'package.json' || TYPE_FILE.test(entry.name)) ? [path] : []
    }),
  )
  return below.flat()
}

function noneIfMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error
}
