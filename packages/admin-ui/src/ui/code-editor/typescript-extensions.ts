import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import { EditorView, hoverTooltip } from '@codemirror/view'
import type { LanguageClient } from './typescript/language-client.ts'
import type { Explanation } from './typescript/language-protocol.ts'

/** Completion and explanations by TypeScript; the client is told of every change before it is asked anything. */
export function typescriptExtensions(client: LanguageClient, path: string): Extension {
  return [
    EditorView.updateListener.of(({ docChanged, state }) => {
      // A worker that could not be loaded says so to whoever asks it something.
      if (docChanged) client.call('change', { path, content: state.doc.toString() }).catch(() => undefined)
    }),
    autocompletion({ override: [(context) => complete(client, path, context)], maxRenderedOptions: 60 }),
    hoverTooltip(async (_, at) => {
      const found = await client.call('explain', { path, at }).catch(() => null)
      return found === null ? null : { pos: found.from, end: found.to, above: true, create: () => ({ dom: drawn(found) }) }
    }),
  ]
}

async function complete(client: LanguageClient, path: string, context: CompletionContext): Promise<CompletionResult | null> {
  const word = context.matchBefore(/[\w$]+/)
  const isAsked = context.explicit || word !== null || context.matchBefore(/[.'"`/]/) !== null
  if (!isAsked) return null
  const list = await client.call('complete', { path, at: context.pos }).catch(() => null)
  if (list === null || context.aborted) return null
  const from = word?.from ?? Math.min(list.from, context.pos)
  const options = list.entries.map(
    ({ name, kind, sortText }): Completion => ({
      label: name,
      type: iconOf(kind),
      // TypeScript's own order first: members of the value before globals; what is marked as internal last.
      boost: 50 - Math.min(Number.parseInt(sortText, 10) || 50, 99) - (/^[_$~]/.test(name) ? 30 : 0),
      info: async () => {
        const found = await client.call('describe', { path, at: context.pos, name }).catch(() => null)
        return found === null ? null : drawn(found)
      },
    }),
  )
  return { from, options, validFor: /^[\w$]*$/ }
}

function iconOf(kind: string): string {
  if (kind === 'method') return 'method'
  if (kind === 'local function') return 'function'
  return kind === 'const' || kind === 'let' || kind === 'var' || kind === 'parameter' ? 'variable' : kind
}

function drawn({ signature, documentation }: Explanation): HTMLElement {
  const dom = document.createElement('div')
  dom.className = 'cm-explanation'
  const code = dom.appendChild(document.createElement('code'))
  code.textContent = signature
  if (documentation !== '') dom.appendChild(document.createElement('p')).textContent = documentation
  return dom
}
