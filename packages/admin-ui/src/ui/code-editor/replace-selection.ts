import { EditorView } from '@codemirror/view'

/**
 * Text that is typed over a selection. Chromium's own editing keeps the looks of what is replaced by a style attribute, which
 * the page's Content-Security-Policy refuses and complains of; so the document is changed before the browser changes the page.
 */
export const replaceSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { data, inputType } = event
    const { from, to, empty } = view.state.selection.main
    if (inputType !== 'insertText' || data === null || empty || view.composing || view.state.readOnly) return false
    event.preventDefault()
    const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true })
    // Whatever listens to what is typed, such as what puts brackets around a selection, comes first.
    if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, data, insert))) view.dispatch(insert())
    return true
  },
})
