import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** The page's own colours, so that one theme is light and dark. */
const looks = EditorView.theme({
  '&': { height: '100%', color: 'var(--color-ink)', backgroundColor: 'var(--color-surface)', fontSize: 'var(--text-sm)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', fontVariantLigatures: 'none', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--color-ink)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--color-ink)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'var(--color-surface)', color: 'var(--color-ink-3)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 4px 0 12px' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in oklch, var(--color-hover) 60%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--color-ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'light-dark(oklch(0.87 0.07 277), oklch(0.4 0.11 277))',
  },
  '.cm-selectionMatch': { backgroundColor: 'var(--color-selected)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'transparent', outline: '1px solid var(--color-line-strong)' },
  '.cm-foldPlaceholder': { background: 'var(--color-sunken)', border: '1px solid var(--color-line)', color: 'var(--color-ink-2)' },
  '.cm-panels': { backgroundColor: 'var(--color-raised)', color: 'var(--color-ink)', borderColor: 'var(--color-line)' },
  '.cm-panels input, .cm-panels button': {
    font: 'inherit',
    color: 'inherit',
    background: 'var(--color-surface)',
    border: '1px solid var(--color-line-strong)',
    borderRadius: '4px',
  },
  '.cm-searchMatch': { backgroundColor: 'var(--color-warning-soft)', outline: '1px solid var(--color-warning)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--color-raised)',
    color: 'var(--color-ink)',
    border: '1px solid var(--color-line)',
    borderRadius: '6px',
    boxShadow: 'var(--shadow-raised)',
    overflow: 'hidden',
    maxWidth: 'min(36rem, 90vw)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', maxHeight: '16rem' },
  '.cm-tooltip-autocomplete ul li': { padding: '2px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--color-accent-fill)', color: 'var(--color-on-fill)' },
  '.cm-explanation': { padding: '6px 10px', whiteSpace: 'pre-wrap', maxHeight: '20rem', overflow: 'auto' },
  '.cm-explanation code': { fontFamily: 'var(--font-mono)', display: 'block' },
  '.cm-explanation p': { margin: '6px 0 0', color: 'var(--color-ink-2)', fontFamily: 'var(--font-sans)' },
  '.cm-diagnostic': { padding: '4px 10px', whiteSpace: 'pre-wrap' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--color-failed)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--color-warning)' },
  '.cm-diagnostic-info': { borderLeft: '3px solid var(--color-working)' },
  // A shape and a colour for each severity, instead of CodeMirror's pictures.
  '.cm-lintRange': {
    backgroundImage: 'none',
    textDecorationLine: 'underline',
    textDecorationStyle: 'wavy',
    textDecorationSkipInk: 'none',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecorationColor: 'var(--color-failed)' },
  '.cm-lintRange-warning': { backgroundImage: 'none', textDecorationColor: 'var(--color-warning)' },
  '.cm-lintRange-info': { backgroundImage: 'none', textDecorationColor: 'var(--color-working)' },
  '.cm-gutter-lint': { width: '1em' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0' },
  '.cm-lint-marker': { width: '1em', height: '1.4em', content: 'none', fontWeight: '700', textAlign: 'center' },
  '.cm-lint-marker-error': { content: 'none', color: 'var(--color-failed)' },
  '.cm-lint-marker-error::before': { content: '"✕"' },
  '.cm-lint-marker-warning': { content: 'none', color: 'var(--color-warning)' },
  '.cm-lint-marker-warning::before': { content: '"▲"' },
  '.cm-lint-marker-info': { content: 'none', color: 'var(--color-working)' },
  '.cm-lint-marker-info::before': { content: '"●"' },
  '.cm-changedLine, .cm-insertedLine': { backgroundColor: 'var(--color-ok-soft) !important' },
  '.cm-deletedChunk, .cm-deletedLine': { backgroundColor: 'var(--color-failed-soft) !important' },
  '&.cm-merge-a .cm-changedLine': { backgroundColor: 'var(--color-failed-soft) !important' },
  // A line below, because letters on a stronger background would be hard to read.
  '.cm-changedText, .cm-deletedText': { background: 'none !important', textDecoration: 'underline 2px var(--color-ok)', textUnderlineOffset: '3px' },
  '.cm-deletedText, &.cm-merge-a .cm-changedText': { textDecorationColor: 'var(--color-failed)' },
  '.cm-collapsedLines': { background: 'var(--color-sunken) !important', color: 'var(--color-ink-2)' },
  // Its signs are in few fonts.
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: 'none !important' },
})

const colours = {
  comment: 'var(--color-ink-3)',
  keyword: 'light-dark(oklch(0.48 0.19 305), oklch(0.78 0.13 305))',
  text: 'light-dark(oklch(0.46 0.12 150), oklch(0.8 0.13 150))',
  number: 'light-dark(oklch(0.5 0.13 50), oklch(0.8 0.12 65))',
  type: 'light-dark(oklch(0.46 0.1 220), oklch(0.8 0.09 210))',
  name: 'light-dark(oklch(0.45 0.15 262), oklch(0.79 0.1 255))',
}

const highlights = HighlightStyle.define([
  { tag: tags.comment, color: colours.comment, fontStyle: 'italic' },
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.controlKeyword], color: colours.keyword },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: colours.text },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: colours.number },
  { tag: [tags.typeName, tags.className, tags.namespace], color: colours.type },
  { tag: [tags.propertyName, tags.function(tags.variableName), tags.function(tags.propertyName), tags.definition(tags.variableName)], color: colours.name },
  { tag: tags.invalid, color: 'var(--color-failed)' },
])

export const editorTheme = [looks, syntaxHighlighting(highlights)]
