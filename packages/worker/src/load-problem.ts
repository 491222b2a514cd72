import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { explainDenial } from './denied.ts'
import type { LoadProblem } from './protocol.ts'
import type { ImportFailure } from './resolve.ts'

interface Place {
  readonly path: string
  readonly line?: number
  readonly column?: number
}

/** What to write instead of TypeScript that needs more than its types removed. */
const ERASABLE: readonly (readonly [RegExp, string])[] = [
  [/enum/, 'an enum: write `const Colour = { Red: "red" } as const` and `type Colour = (typeof Colour)[keyof typeof Colour]` instead'],
  [/parameter property/, 'a parameter property: declare the field in the class and assign it in the constructor instead'],
  [/namespace|module/, 'a namespace: use an ES module (another file) instead'],
  [/import/, 'an `import =` alias: use an ES import instead'],
  [/export/, 'an `export =`: use an ES export instead'],
]

/** Turns what an import of `file` threw into a problem with the place the author should look at. */
export function importProblem(dir: string, file: string, error: unknown): LoadProblem {
  const problem = (code: string, message: string, place: Place | undefined): LoadProblem => ({
    file: place ? inFolder(dir, place.path) : file,
    ...(place?.line !== undefined && { line: place.line }),
    ...(place?.column !== undefined && { column: place.column }),
    code,
    message,
  })
  if (!(error instanceof Error)) return problem('threw', `The file threw ${describe(error)} while it was loaded.`, undefined)
  const { specifier, importer } = error as Partial<ImportFailure>
  if (specifier !== undefined && importer !== undefined) {
    return problem('import_failed', importMessage(error, specifier, dir), findSpecifier(fileURLToPath(importer), specifier))
  }
  const { code } = error as NodeJS.ErrnoException
  const denied = explainDenial(error, undefined)
  if (denied !== undefined) return problem(code === 'ERR_UNKNOWN_BUILTIN_MODULE' ? 'import_failed' : 'threw', denied, firstFrame(dir, error))
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return problem('unsupported_syntax', unsupported(error.message), marked(error))
  if (code === 'ERR_UNKNOWN_BUILTIN_MODULE') return problem('import_failed', error.message, undefined)
  if (error instanceof SyntaxError && /does not provide an export named|Ambiguous|The requested module/.test(error.message)) {
    return problem('import_failed', error.message, marked(error))
  }
  if (error instanceof SyntaxError && firstFrame(dir, error) === undefined) return syntaxProblem(dir, file, error, problem)
  return problem('threw', `${error.name}: ${error.message}`, firstFrame(dir, error))
}

/** Where a `define…` call stands, from the stack kept with it. */
export function definitionPlace(dir: string, stack: string): { readonly line?: number; readonly column?: number } {
  const { line, column } = firstFrame(dir, { stack }) ?? {}
  return { ...(line !== undefined && { line }), ...(column !== undefined && { column }) }
}

function syntaxProblem(
  dir: string,
  file: string,
  error: SyntaxError,
  problem: (code: string, message: string, place: Place | undefined) => LoadProblem,
): LoadProblem {
  const path = `${dir}/${file}`
  const place = marked(error) ?? reparse(path)
  const source = readFileSync(place?.path ?? path, 'utf8').split('\n')
  const decorator = source.findIndex((text) => /^\s*@[A-Za-z_$]/.test(text))
  if (decorator >= 0 && /Invalid or unexpected token/.test(error.message)) {
    return problem('unsupported_syntax', unsupported('decorator'), {
      path: place?.path ?? path,
      line: decorator + 1,
      column: (source[decorator] as string).indexOf('@') + 1,
    })
  }
  return problem('syntax_error', error.message, place)
}

function unsupported(message: string): string {
  const advice = ERASABLE.find(([pattern]) => pattern.test(message))?.[1] ?? (message === 'decorator' ? 'a decorator: call the function instead' : message)
  return `Only erasable TypeScript is supported (types are removed, nothing is compiled). This is ${advice}.`
}

/** V8 keeps the place of a syntax error in a JavaScript module to itself: the TypeScript parser tells it. */
function reparse(path: string): Place | undefined {
  try {
    stripTypeScriptTypes(readFileSync(path, 'utf8'), { mode: 'strip', sourceUrl: path })
  } catch (error) {
    const place = error instanceof Error ? marked(error) : undefined
    return place && { ...place, path }
  }
  return undefined
}

/** The place in the head of a syntax error's stack: `file:line`, the line's text, and carets below it. */
function marked(error: Error): Place | undefined {
  const match = /^(\S.*?):(\d+)\n.*\n(\s*)\^/.exec(error.stack ?? '')
  if (!match) return undefined
  const path = toPath(match[1] as string)
  return { path, line: Number(match[2]), column: (match[3] as string).length + 1 }
}

/** The innermost frame of a stack that lies in the folder. */
function firstFrame(dir: string, error: { stack?: string | undefined }): Place | undefined {
  for (const line of (error.stack ?? '').split('\n')) {
    const match = /\(?((?:file:\/\/)?\/[^()]*):(\d+):(\d+)\)?$/.exec(line)
    if (!match) continue
    const path = toPath(match[1] as string)
    if (path.startsWith(`${dir}/`) && !path.includes('/node_modules/')) return { path, line: Number(match[2]), column: Number(match[3]) }
  }
  return undefined
}

function findSpecifier(path: string, specifier: string): Place {
  const lines = readFileSync(path, 'utf8').split('\n')
  const line = lines.findIndex((text) => text.includes(`'${specifier}'`) || text.includes(`"${specifier}"`))
  return line < 0 ? { path } : { path, line: line + 1, column: (lines[line] as string).indexOf(specifier) }
}

function importMessage(error: Error, specifier: string, dir: string): string {
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    const hint = /\.[a-z]+$/.test(specifier) ? '' : ` (relative imports need the ending: "${specifier}.ts")`
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_ACCESS_DENIED') return `Cannot import "${specifier}": it lies outside of the folder.`
    return `Cannot import "${specifier}": no such file${hint}.`
  }
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return `Cannot import "${specifier}": ${error.message.replaceAll(dir, '')}`
  return `Cannot import "${specifier}": no such package; add it to "dependencies" in the namespace's package.json.`
}

const toPath = (urlOrPath: string) => (urlOrPath.startsWith('file:') ? fileURLToPath(urlOrPath) : urlOrPath)

const inFolder = (dir: string, path: string) => relative(dir, path).split(sep).join('/')

const describe = (value: unknown) => (typeof value === 'string' ? JSON.stringify(value) : String(value))
