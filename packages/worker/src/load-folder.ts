import { readdir, realpath } from 'node:fs/promises'
import { dirname, join, parse, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildDefinitions, TimedOut, withTimeout } from './build-definitions.ts'
import { type Definitions, type Exported, readExport } from './definitions.ts'
import { importProblem } from './load-problem.ts'
import type { LoadProblem } from './protocol.ts'

/**
 * Imports every file of a folder (sub-folders hold helpers) and gathers what they export, with all problems of all files.
 * `importMs` bounds each file; `reached` (of registerResolution) are the files that imports have led to; an endless loop at the top of a file is for the caller's own deadline.
 */
export async function loadFolder(dir: string, importMs: number, reached: ReadonlySet<string>): Promise<{ definitions: Definitions; problems: LoadProblem[] }> {
  const outside = await linksOutside(dir)
  const files = (await readdir(dir)).filter(isToolFile).sort()
  const loaded = outside.length > 0 ? [] : await Promise.all(files.map((file) => importFile(dir, file, importMs, reached)))
  const exported = onlyOnce(loaded.flatMap((file) => file.exported))
  const { definitions, problems } = await buildDefinitions(dir, exported, importMs)
  return { definitions, problems: [...outside, ...unique(loaded.flatMap((file) => file.problems)), ...problems] }
}

const isToolFile = (name: string) => /\.(ts|mts|js|mjs)$/.test(name) && !/^[._]|\.test\.\w+$|\.d\.m?ts$/.test(name)

async function importFile(
  dir: string,
  file: string,
  importMs: number,
  reached: ReadonlySet<string>,
): Promise<{ exported: Exported[]; problems: LoadProblem[] }> {
  try {
    const module = (await withTimeout(import(pathToFileURL(join(dir, file)).href), importMs)) as Record<string, unknown>
    // `default` last: a definition with two names keeps the better one.
    const names = Object.keys(module).sort((a, b) => Number(a === 'default') - Number(b === 'default'))
    const exported = names.map((name) => readExport(module[name], name === 'default' ? parse(file).name : name, file))
    return { exported: exported.filter((item) => item !== undefined), problems: [] }
  } catch (error) {
    const problem =
      error instanceof TimedOut
        ? {
            file,
            code: 'timed_out',
            message: `Loading the file did not end within ${importMs / 1000} s: is there an await at its top level that never settles?`,
          }
        : importProblem(
            dir,
            file,
            error,
            [...reached].filter((path) => dirname(path) !== dir),
          )
    return { exported: [], problems: [problem] }
  }
}

/** One definition exported twice, or by two files, is one. */
function onlyOnce(exported: readonly Exported[]): Exported[] {
  const seen = new Set<unknown>()
  return exported.filter(({ spec }) => !seen.has(spec) && seen.add(spec))
}

/** A broken helper is reported by every file that imports it. */
function unique(problems: readonly LoadProblem[]): LoadProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}

/** The permission model follows symbolic links wherever they lead: one that leaves the folder would be a way out. */
async function linksOutside(dir: string): Promise<LoadProblem[]> {
  const root = await realpath(dir)
  const problems: LoadProblem[] = []
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name === 'node_modules') continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) await visit(path)
      else if (entry.isSymbolicLink() && !(await leadsInside(root, path))) {
        problems.push({
          file: relative(root, path).split(sep).join('/'),
          code: 'outside_folder',
          message: 'This symbolic link leaves the folder: copy the file instead.',
        })
      }
    }
  }
  await visit(root)
  return problems
}

async function leadsInside(root: string, path: string): Promise<boolean> {
  try {
    return (await realpath(path)).startsWith(root + sep)
  } catch {
    // It leads nowhere, or where the sandbox does not let us look: both are not inside.
    return false
  }
}
