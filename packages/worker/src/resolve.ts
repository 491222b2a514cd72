import { realpathSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Beside this file: as TypeScript in a checkout, as JavaScript when published. */
const SDK_URL = new URL(`../../sdk/src/index${extname(import.meta.url)}`, import.meta.url).href

/** File name endings that are modules, as Node's loader names their formats. */
const FORMATS: ReadonlyMap<string, string> = new Map([
  ['ts', 'module-typescript'],
  ['mts', 'module-typescript'],
  ['js', 'module'],
  ['mjs', 'module'],
])

type Resolve = Parameters<typeof registerHooks>[0]['resolve']

/**
 * How the files of `dir` import: `tooldock` is this installation's, `zod` too unless the folder has its own,
 * `./x.js` finds `x.ts` (as TypeScript writes it), and every file of the folder is an ES module whatever a package.json says.
 * Answers the files of the folder that were resolved so far; it grows as they import each other.
 */
export function registerResolution(dir: string): ReadonlySet<string> {
  const resolved = new Set<string>()
  const folder = pathToFileURL(`${dir}/`).href
  const installed = installedPackages(dir)
  const resolve: Resolve = (specifier, context, next) => {
    if (specifier === 'tooldock') return { url: SDK_URL, shortCircuit: true }
    if (!specifier.startsWith(folder) && !context.parentURL?.startsWith(folder)) return next(specifier, context)
    const found = resolveFromFolder(specifier, context, next)
    if (isPackage(specifier) && !isZod(specifier) && !/^node:/.test(found.url) && !(installed !== undefined && found.url.startsWith(installed))) {
      throw located(new Error('This package belongs to the installation, not to the folder.'), specifier, context.parentURL)
    }
    if (!found.url.startsWith(folder) || found.url.startsWith(`${folder}node_modules/`)) return found
    resolved.add(fileURLToPath(found.url))
    const format = FORMATS.get(found.url.slice(found.url.lastIndexOf('.') + 1))
    return format === undefined ? found : { ...found, format }
  }
  registerHooks({ resolve })
  return resolved
}

const resolveFromFolder: NonNullable<Resolve> = (specifier, context, next) => {
  try {
    return next(specifier, context)
  } catch (error) {
    const instead = alternative(specifier)
    if (instead === undefined) throw located(error, specifier, context.parentURL)
    try {
      return next(instead.specifier, instead.fromHere ? { ...context, parentURL: import.meta.url } : context)
    } catch {
      // The first failure is about what the author wrote.
      throw located(error, specifier, context.parentURL)
    }
  }
}

/** The real address of the folder's `node_modules`: usually a link to the frozen dependencies of its generation. */
function installedPackages(dir: string): string | undefined {
  const path = `${dir}/node_modules`
  // Not existsSync: it asks with access(2), which does not count the capability to read that a worker may have been given.
  return statSync(path, { throwIfNoEntry: false }) ? pathToFileURL(`${realpathSync.native(path)}/`).href : undefined
}

const isPackage = (specifier: string) => !/^(\.{0,2}\/|[a-z]+:)/.test(specifier)
const isZod = (specifier: string) => specifier === 'zod' || specifier.startsWith('zod/')

function alternative(specifier: string): { specifier: string; fromHere?: boolean } | undefined {
  if (isZod(specifier)) return { specifier, fromHere: true }
  const match = /^(\.{1,2}\/.*\.)(m?)js$/.exec(specifier)
  return match ? { specifier: `${match[1]}${match[2]}ts` } : undefined
}

/** An import that failed, with what the author wrote and where. */
export interface ImportFailure extends Error {
  specifier: string
  importer: string
}

const located = (error: unknown, specifier: string, importer: string | undefined): unknown =>
  error instanceof Error && importer !== undefined ? Object.assign(error, { specifier, importer }) : error
