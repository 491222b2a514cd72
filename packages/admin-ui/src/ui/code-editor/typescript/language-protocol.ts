/** What the page and the worker that knows TypeScript say to each other; positions are UTF-16 offsets, as in both their texts. */

export interface SourceFile {
  readonly path: string
  readonly content: string
}

export interface Completion {
  readonly name: string
  /** TypeScript's word: `function`, `property`, `const`, … */
  readonly kind: string
  /** Smaller first. */
  readonly sortText: string
}

export interface CompletionList {
  /** Where the text begins that a completion replaces. */
  readonly from: number
  readonly memberList: boolean
  readonly entries: readonly Completion[]
}

export interface Explanation {
  readonly from: number
  readonly to: number
  readonly signature: string
  readonly documentation: string
}

export interface TypeProblem {
  readonly from: number
  readonly to: number
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
}

/** Each method by name, with what it takes and gives. Paths are relative to the folder of tools. */
export interface LanguageMethods {
  /** Replaces all files. */
  open: { readonly takes: { readonly files: readonly SourceFile[] }; readonly gives: null }
  /** Replaces all packages that are installed beside the files; paths begin with `node_modules/`. */
  install: { readonly takes: { readonly files: readonly SourceFile[] }; readonly gives: null }
  change: { readonly takes: SourceFile; readonly gives: null }
  complete: { readonly takes: { readonly path: string; readonly at: number }; readonly gives: CompletionList | null }
  describe: { readonly takes: { readonly path: string; readonly at: number; readonly name: string }; readonly gives: Explanation | null }
  explain: { readonly takes: { readonly path: string; readonly at: number }; readonly gives: Explanation | null }
  check: { readonly takes: { readonly path: string }; readonly gives: readonly TypeProblem[] }
}

export type LanguageMethod = keyof LanguageMethods

export interface LanguageRequest {
  readonly id: number
  readonly method: LanguageMethod
  readonly params: unknown
}

export type LanguageResponse = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string }
