import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { explainDenial } from './denied.ts'
import type { LoadProblem } from './protocol.ts'
import type { ImportFailure } from './resolve.ts'
import { decoratorPlace, framePlace, importPlace, markedPlace, type Place, parsePlace } from './source-place.ts'

interface Fault {
  readonly code: string
  readonly message: string
  readonly place?: Place | undefined
}

/** What to write instead of TypeScript that needs more than its types removed. */
const ERASABLE: readonly (readonly [RegExp, string])[] = [
  [/enum/, 'an enum: write `const Colour = { Red: "red" } as const` and `type Colour = (typeof Colour)[keyof typeof Colour]` instead'],
  [/parameter property/, 'a parameter property: declare the field in the class and assign it in the constructor instead'],
  [/namespace|module/, 'a namespace: use an ES module (another file) instead'],
  [/decorator/, 'a decorator: call the function instead'],
  [/import/, 'an `import =` alias: use an ES import instead'],
  [/export/, 'an `export =`: use an ES export instead'],
]

/**
 * Turns what an import of `file` threw into a problem with the place the author should look at. `helpers` are the
 * other files that imports have reached.
 */
export function importProblem(dir: string, file: string, error: unknown, helpers: readonly string[]): LoadProblem {
  const { code, message, place } = explain(dir, join(dir, file), error, helpers)
  return {
    file: place === undefined ? file : relative(dir, place.path).split(sep).join('/'),
    ...(place?.line !== undefined && { line: place.line }),
    ...(place?.column !== undefined && { column: place.column }),
    code,
    message,
  }
}

/** Where a `define…` call stands, from the stack kept with it. */
export function definitionPlace(dir: string, stack: string): Pick<LoadProblem, 'line' | 'column'> {
  const { line, column } = framePlace(dir, stack) ?? {}
  return { ...(line !== undefined && { line }), ...(column !== undefined && { column }) }
}

function explain(dir: string, path: string, error: unknown, helpers: readonly string[]): Fault {
  if (!(error instanceof Error))
    return { code: 'threw', message: `The file threw ${typeof error === 'string' ? JSON.stringify(error) : String(error)} while it was loaded.` }
  const { specifier, importer } = error as Partial<ImportFailure>
  if (specifier !== undefined && importer !== undefined) {
    return { code: 'import_failed', message: importMessage(error, specifier), place: importPlace(fileURLToPath(importer), specifier) }
  }
  const { code } = error as NodeJS.ErrnoException
  const place = framePlace(dir, error.stack)
  const denied = explainDenial(error, undefined)
  if (denied !== undefined) return { code: code === 'ERR_UNKNOWN_BUILTIN_MODULE' ? 'import_failed' : 'threw', message: denied, place }
  if (code === 'ERR_UNKNOWN_BUILTIN_MODULE') return { code: 'import_failed', message: error.message }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return { code: 'unsupported_syntax', message: notErasable(error.message), place: markedPlace(error) }
  if (error instanceof SyntaxError && place === undefined) return explainSyntax(path, error, helpers)
  return { code: 'threw', message: `${error.name}: ${error.message}`, place }
}

function explainSyntax(path: string, error: SyntaxError, helpers: readonly string[]): Fault {
  if (/The requested module|does not provide an export/.test(error.message)) return { code: 'import_failed', message: error.message, place: markedPlace(error) }
  // A helper in TypeScript would have failed in the TypeScript parser, with its place.
  const suspects = [path, ...helpers.filter((helper) => /\.m?js$/.test(helper))]
  const place = markedPlace(error) ?? suspects.map(parsePlace).find((found) => found !== undefined)
  const decorator = /Invalid or unexpected token/.test(error.message) ? decoratorPlace(place?.path ?? path) : undefined
  if (decorator) return { code: 'unsupported_syntax', message: notErasable('decorator'), place: decorator }
  return { code: 'syntax_error', message: error.message, place }
}

function notErasable(construct: string): string {
  const advice = ERASABLE.find(([pattern]) => pattern.test(construct))?.[1] ?? construct
  return `Only erasable TypeScript is supported (types are removed, nothing is compiled). This is ${advice}.`
}

function importMessage(error: Error, specifier: string): string {
  const { code } = error as NodeJS.ErrnoException
  if (/^\.{0,2}\//.test(specifier)) {
    if (code === 'ERR_ACCESS_DENIED') return `Cannot import "${specifier}": it lies outside of the folder.`
    const hint = /\.[a-z]+$/.test(specifier) ? '' : ` (a relative import needs the ending: "${specifier}.ts")`
    return `Cannot import "${specifier}": no such file${hint}.`
  }
  if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return `Cannot import "${specifier}": the package does not export it.`
  return `Cannot import "${specifier}": no such package; add it to "dependencies" in the namespace's package.json.`
}
