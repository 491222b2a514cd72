import ts from 'typescript'

/** The folder of tools, as the compiler sees it. */
export const folder = '/tools/'

export interface LanguageHost extends ts.LanguageServiceHost {
  write(path: string, content: string): void
  removeAll(): void
  /** Puts these in place of all packages that were there before. */
  install(packages: ReadonlyMap<string, string>): void
}

/** A file system in memory: the library at its usual places, the namespace's files in `/tools/`. */
export function createLanguageHost(library: ReadonlyMap<string, string>): LanguageHost {
  const files = new Map<string, { readonly content: string; readonly version: number }>()
  const directories = new Set([...library.keys()].flatMap(parentsOf))
  let packages: ReadonlyMap<string, string> = new Map()
  let packagesVersion = 0
  let packageDirectories: ReadonlySet<string> = new Set()
  // Whatever its package.json says, Node.js sees a file's imports and takes it for a module; the compiler would not.
  const find = (path: string): string | undefined =>
    path === `${folder}package.json` ? '{"type":"module"}' : (files.get(path)?.content ?? packages.get(path) ?? library.get(path))
  let version = 0
  return {
    write: (path, content) => files.set(path, { content, version: ++version }),
    removeAll: () => files.clear(),
    install: (installed) => {
      packages = installed
      packageDirectories = new Set([...installed.keys()].flatMap(parentsOf))
      packagesVersion = ++version
      // What a file imports is looked for again only when the file is another.
      for (const [path, { content }] of files) files.set(path, { content, version: ++version })
    },
    getCompilationSettings: () => compilerOptions,
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: () => '/node_modules/typescript/lib/lib.esnext.d.ts',
    getScriptFileNames: () => [...files.keys()].filter((path) => /\.[cm]?[jt]s$/.test(path)),
    getScriptVersion: (path) => String(files.get(path)?.version ?? (packages.has(path) ? packagesVersion : 0)),
    getScriptSnapshot: (path) => {
      const content = find(path)
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
    },
    fileExists: (path) => find(path) !== undefined,
    readFile: find,
    directoryExists: (path) => directories.has(path) || packageDirectories.has(path) || [...files.keys()].some((file) => file.startsWith(`${path}/`)),
    getDirectories: () => [],
  }
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** As Node.js runs the files: types are stripped, and what cannot be stripped is an error. */
const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ['lib.esnext.d.ts'],
  types: ['node'],
  typeRoots: ['/node_modules/@types'],
  strict: true,
  allowJs: true,
  checkJs: false,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  erasableSyntaxOnly: true,
  resolveJsonModule: true,
}
