import { MergeView, unifiedMergeView } from '@codemirror/merge'
import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { cx } from '../class-names.ts'
import type { CodeDiffProps } from './code-editor.tsx'
import { editorExtensions } from './editor-extensions.ts'
import { shadowRootOf } from './shadow-root.ts'

const wide = '(min-width: 860px)'
const collapseUnchanged = { margin: 3, minSize: 6 }
const diffConfig = { scanLimit: 2000 }

/** CodeMirror's comparison; see code-editor.tsx, which loads it. */
export function CodeDiffDrawn({ label, before, after, language, onChange, className }: CodeDiffProps) {
  const host = useRef<HTMLDivElement>(null)
  const changed = useEffectEvent((text: string) => onChange?.(text))
  const isReadOnly = onChange === undefined
  const isWide = useIsWide()
  // What is written here comes back as `after`, which must not begin the comparison again.
  const [first] = useState(after)
  const shown = isReadOnly ? after : first

  useEffect(() => {
    if (host.current === null) return
    const root = shadowRootOf(host.current)
    const listener = EditorView.updateListener.of(({ docChanged, state }) => docChanged && changed(state.doc.toString()))
    const own = [editorExtensions({ label, language, isReadOnly }), listener]
    const shared = { parent: root, root, collapseUnchanged, diffConfig, highlightChanges: true, gutter: true }
    const comparison = isWide
      ? new MergeView({
          ...shared,
          a: { doc: before, extensions: editorExtensions({ label: `${label}: before`, language, isReadOnly: true }) },
          b: { doc: shown, extensions: own },
        })
      : new EditorView({
          parent: root,
          root,
          state: EditorState.create({
            doc: shown,
            extensions: [own, unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged, diffConfig })],
          }),
        })
    return () => comparison.destroy()
  }, [label, before, shown, language, isReadOnly, isWide])

  return <div ref={host} data-code-editor={label} className={cx('min-h-0 min-w-0 overflow-auto', className)} />
}

function useIsWide(): boolean {
  const [isWide, setIsWide] = useState(() => matchMedia(wide).matches)
  useEffect(() => {
    const query = matchMedia(wide)
    const update = (): void => setIsWide(query.matches)
    query.addEventListener('change', update)
    return () => query.removeEventListener('change', update)
  }, [])
  return isWide
}
