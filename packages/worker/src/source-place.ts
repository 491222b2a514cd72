import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Where in the sources something is; lines and columns count from 1. */
export interface Place {
  readonly path: string
  readonly line?: number
  readonly column?: number
}

/** The place in the head of a syntax error's stack: `file:line`, some lines of text, and carets below the fault. */
export function markedPlace(error: Error): Place | undefined {
  const [head = ''] = (error.stack ?? '').split(/\n\w*Error\b/)
  const [, path, line] = /^(\S.*?):(\d+)\n/.exec(head) ?? []
  if (path === undefined) return undefined
  const carets = /\n([ \t]*)\^/.exec(head)
  return { path: toPath(path), line: Number(line), ...(carets && { column: (carets[1] as string).length + 1 }) }
}

/** V8 keeps the place of a syntax error in a JavaScript module to itself: the TypeScript parser tells it. */
export function parsePlace(path: string): Place | undefined {
  try {
    stripTypeScriptTypes(readFileSync(path, 'utf8'), { mode: 'strip', sourceUrl: path })
  } catch (error) {
    return error instanceof Error ? markedPlace(error) : undefined
  }
  return undefined
}

/** The innermost frame of a stack that lies in the folder. */
export function framePlace(dir: string, stack: string | undefined): Place | undefined {
  for (const text of (stack ?? '').split('\n')) {
    const [, location, line, column] = /\(?((?:file:\/\/)?\/[^()]*):(\d+):(\d+)\)?$/.exec(text) ?? []
    if (location === undefined) continue
    const path = toPath(location)
    if (path.startsWith(`${dir}/`) && !path.startsWith(`${dir}/node_modules/`)) return { path, line: Number(line), column: Number(column) }
  }
  return undefined
}

/** Where a file imports something. */
export function importPlace(path: string, specifier: string): Place {
  const lines = readFileSync(path, 'utf8').split('\n')
  const index = lines.findIndex((text) => text.includes(`'${specifier}'`) || text.includes(`"${specifier}"`))
  return index < 0 ? { path } : { path, line: index + 1, column: (lines[index] as string).indexOf(specifier) }
}

/** The first decorator of a file: V8 only says that it is an unexpected token. */
export function decoratorPlace(path: string): Place | undefined {
  const lines = readFileSync(path, 'utf8').split('\n')
  const index = lines.findIndex((text) => /^\s*@[A-Za-z_$]/.test(text))
  return index < 0 ? undefined : { path, line: index + 1, column: (lines[index] as string).indexOf('@') + 1 }
}

const toPath = (urlOrPath: string) => (urlOrPath.startsWith('file:') ? fileURLToPath(urlOrPath) : urlOrPath)
