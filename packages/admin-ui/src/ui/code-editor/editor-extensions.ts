import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { json } from '@codemirror/lang-json'
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view'
import type { CodeLanguage } from './code-editor.tsx'
import { editorTheme } from './editor-theme.ts'
import { replaceSelection } from './replace-selection.ts'

export interface EditorSetup {
  readonly label: string
  readonly language: CodeLanguage
  readonly isReadOnly: boolean
}

/** What every editor has: looks, keys and the language's grammar. */
export function editorExtensions({ label, language, isReadOnly }: EditorSetup): Extension {
  const keys = [...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap]
  return [
    editorTheme,
    grammarOf(language),
    lineNumbers(),
    foldGutter(),
    highlightSpecialChars(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    drawSelection(),
    history(),
    indentOnInput(),
    indentUnit.of('  '),
    bracketMatching(),
    closeBrackets(),
    replaceSelection,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label }),
    isReadOnly ? [EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ tabindex: '0' })] : [],
    // Ctrl/Cmd-Enter runs and belongs to the page. Tab indents in code; Esc and then Tab leaves the editor.
    keymap.of([...keys.filter(({ key }) => key !== 'Mod-Enter'), ...(language === 'typescript' || language === 'javascript' ? [indentWithTab] : [])]),
  ]
}

function grammarOf(language: CodeLanguage): Extension {
  switch (language) {
    case 'typescript':
      return javascript({ typescript: true })
    case 'javascript':
      return javascript()
    case 'json':
      return json()
    default:
      return []
  }
}
