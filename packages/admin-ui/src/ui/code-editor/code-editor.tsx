import { lazy, Suspense } from 'react'
import { cx } from '../class-names.ts'
import { SkeletonLines } from '../skeleton.tsx'
import type { LanguageClient } from './typescript/language-client.ts'

export type CodeLanguage = 'typescript' | 'javascript' | 'json' | 'text'

export interface CodeProblem {
  /** 1-based; missing: of the whole file. */
  readonly line?: number | undefined
  readonly column?: number | undefined
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
}

export interface CodeEditorProps {
  /** What is edited, for assistive technology. */
  readonly label: string
  readonly value: string
  /** Missing: it can only be read. */
  readonly onChange?: (value: string) => void
  readonly language: CodeLanguage
  readonly problems?: readonly CodeProblem[]
  /** Completes, explains and checks what is written, as the file `path` of what the client has open. */
  readonly typescript?: { readonly client: LanguageClient; readonly path: string } | undefined
  /** Goes there and takes the focus whenever this is another object. */
  readonly reveal?: { readonly line: number; readonly column?: number | undefined } | undefined
  /** Grows with its text up to the height it is given, instead of filling it. */
  readonly grows?: boolean
  readonly className?: string
}

const Drawn = lazy(() => import('./code-editor-drawn.tsx').then((module) => ({ default: module.CodeEditorDrawn })))

/** An editor for code. Its program is loaded when the first one is shown. */
export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Loading className={props.className} />}>
      <Drawn {...props} />
    </Suspense>
  )
}

export interface CodeDiffProps {
  readonly label: string
  readonly before: string
  /** Where it can be written in: what it begins with. */
  readonly after: string
  readonly language: CodeLanguage
  /** Missing: it can only be read. */
  readonly onChange?: (after: string) => void
  readonly className?: string
}

const Compared = lazy(() => import('./code-diff-drawn.tsx').then((module) => ({ default: module.CodeDiffDrawn })))

/** Two texts and what differs: beside each other, or in one column where there is no room. */
export function CodeDiff(props: CodeDiffProps) {
  return (
    <Suspense fallback={<Loading className={props.className} />}>
      <Compared {...props} />
    </Suspense>
  )
}

function Loading({ className }: { readonly className?: string | undefined }) {
  return (
    <div className={cx('p-3', className)}>
      <SkeletonLines lines={8} />
    </div>
  )
}

const languagesByExtension: Readonly<Record<string, CodeLanguage>> = {
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  json: 'json',
}

export function codeLanguageOf(path: string): CodeLanguage {
  return languagesByExtension[path.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'text'
}
