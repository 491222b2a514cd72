/**
 * Where an editor is drawn. CodeMirror writes its style rules into a <style> element, which the page's Content-Security-Policy
 * forbids; inside of a shadow tree it uses a constructed style sheet, which is allowed. Colours and fonts are inherited.
 */
export function shadowRootOf(host: HTMLElement): ShadowRoot {
  return host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: true })
}
