import { autocompletion } from '@codemirror/autocomplete'
import { Annotation, EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { useEffect, useEffectEvent, useRef } from 'react'
import { flushSync } from 'react-dom'
import { cx } from '../class-names.ts'
import type { CodeEditorProps } from './code-editor.tsx'
import { editorExtensions } from './editor-extensions.ts'
import { problemMarkers, setProblems } from './problem-markers.ts'
import { shadowRootOf } from './shadow-root.ts'
import { typescriptExtensions } from './typescript-extensions.ts'

/** Marks what comes from the page, and need not be told to it. */
const isGiven = Annotation.define<boolean>()

const none: NonNullable<CodeEditorProps['problems']> = []

/** CodeMirror 6 as a controlled component; see code-editor.tsx, which loads it. */
export function CodeEditorDrawn({ label, value, onChange, language, problems = none, typescript, reveal, grows, className }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const changed = useEffectEvent((text: string) => onChange?.(text))
  const initial = useEffectEvent(() => ({ doc: value, problems }))
  const isReadOnly = onChange === undefined
  const { client, path } = typescript ?? {}

  useEffect(() => {
    if (host.current === null) return
    const root = shadowRootOf(host.current)
    const source = client === undefined || path === undefined ? undefined : { client, path }
    const { doc, problems: first } = initial()
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc,
        extensions: [
          editorExtensions({ label, language, isReadOnly }),
          problemMarkers(source),
          source === undefined ? autocompletion() : typescriptExtensions(source.client, source.path),
          EditorView.updateListener.of(({ docChanged, state, transactions }) => {
            // At once: a key that comes before the next render, such as the one that saves, must find what was written, and a
            // render with an older text would take it back.
            if (docChanged && !transactions.some((transaction) => transaction.annotation(isGiven))) flushSync(() => changed(state.doc.toString()))
          }),
          grows ? EditorView.theme({ '&': { height: 'auto', maxHeight: '100%' } }) : [],
        ],
      }),
    })
    editor.dispatch({ effects: setProblems.of(first) })
    // It may be a file the client has never heard of; a client without its worker says so to whoever asks it something.
    source?.client.call('change', { path: source.path, content: doc }).catch(() => undefined)
    view.current = editor
    return () => {
      view.current = null
      editor.destroy()
    }
  }, [label, language, isReadOnly, client, path, grows])

  useEffect(() => {
    const editor = view.current
    const current = editor?.state.doc.toString()
    if (editor === null || current === value) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value }, annotations: isGiven.of(true) })
  }, [value])

  useEffect(() => view.current?.dispatch({ effects: setProblems.of(problems) }), [problems])

  useEffect(() => {
    const editor = view.current
    if (editor === null || reveal === undefined) return
    const { from, to } = editor.state.doc.line(Math.min(Math.max(reveal.line, 1), editor.state.doc.lines))
    const at = Math.min(from + (reveal.column ?? 1) - 1, to)
    editor.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) })
    editor.focus()
  }, [reveal])

  return <div ref={host} data-code-editor={label} className={cx('min-h-0 min-w-0 overflow-hidden', className)} />
}
