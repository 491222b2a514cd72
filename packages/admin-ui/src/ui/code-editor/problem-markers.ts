import { type Diagnostic, linter, lintGutter, lintKeymap } from '@codemirror/lint'
import { type Extension, StateEffect, StateField, type Text } from '@codemirror/state'
import { keymap, ViewPlugin } from '@codemirror/view'
import type { CodeProblem } from './code-editor.tsx'
import type { LanguageClient } from './typescript/language-client.ts'

export const setProblems = StateEffect.define<readonly CodeProblem[]>()

const problemsField = StateField.define<readonly CodeProblem[]>({
  create: () => [],
  update: (problems, { effects }) => effects.reduce((current, effect) => (effect.is(setProblems) ? effect.value : current), problems),
})

/** After the last key, in milliseconds. */
const delayMs = 350

/** Marks what the page was told is wrong and, where it can be asked, what TypeScript finds. */
export function problemMarkers(typescript: { readonly client: LanguageClient; readonly path: string } | undefined): Extension {
  return [
    problemsField,
    lintGutter(),
    keymap.of(lintKeymap),
    typescript === undefined ? [] : refreshWith(typescript.client),
    linter(
      async ({ state }) => {
        const told = state.field(problemsField).map((problem) => toDiagnostic(problem, state.doc))
        if (typescript === undefined) return told
        // Without an answer (the worker could not be loaded) what the page was told is still shown.
        const found = await typescript.client.call('check', { path: typescript.path }).catch(() => [])
        const { length } = state.doc
        return [...told, ...found.map(({ from, to, ...rest }) => ({ ...rest, from: Math.min(from, length), to: Math.min(to, length) }))]
      },
      { delay: delayMs, needsRefresh: ({ transactions }) => transactions.some(({ effects }) => effects.some((effect) => effect.is(setProblems))) },
    ),
  ]
}

/** Looks again when other files of the folder came to be known. */
function refreshWith(client: LanguageClient): Extension {
  return ViewPlugin.define((view) => {
    const stop = client.onOpened(() => view.dispatch({ effects: setProblems.of(view.state.field(problemsField)) }))
    return { destroy: stop }
  })
}

/** From its column to the end of the word there, or the whole line. */
function toDiagnostic({ line = 1, column, severity, message }: CodeProblem, doc: Text): Diagnostic {
  const { from, to, text } = doc.line(Math.min(Math.max(line, 1), doc.lines))
  if (column === undefined) return { from: from + (text.length - text.trimStart().length), to, severity, message }
  const start = Math.min(from + column - 1, to)
  const word = /^(\w+|\W)/.exec(text.slice(start - from))?.[0] ?? ''
  return { from: start, to: start + word.length, severity, message }
}
