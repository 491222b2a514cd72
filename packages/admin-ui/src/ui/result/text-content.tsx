import { useMemo, useState } from 'react'
import { CopyButton } from '../copy-button.tsx'
import { formatBytes } from '../format.ts'
import { Markdown } from '../markdown.tsx'
import { ViewSwitch } from '../view-switch.tsx'
import { parseContainer, type TextView, textViews } from './content-block.ts'
import { JsonTree } from './json-tree.tsx'

/** Longer texts are cut until the whole is asked for. */
const charactersMax = 20_000

const viewLabels: Readonly<Record<TextView, string>> = { text: 'Text', markdown: 'Markdown', json: 'JSON' }

export interface TextContentProps {
  readonly label: string
  readonly text: string
  readonly mimeType?: string | undefined
}

/** A text in the best way it can be shown, and in the others on request. */
export function TextContent({ label, text, mimeType }: TextContentProps) {
  const views = useMemo(() => textViews(text, mimeType), [text, mimeType])
  const [chosen, setChosen] = useState<TextView | null>(null)
  const [isWhole, setWhole] = useState(false)
  const view = chosen !== null && views.includes(chosen) ? chosen : (views[0] ?? 'text')
  const isCut = view !== 'json' && text.length > charactersMax && !isWhole
  const shown = isCut ? text.slice(0, charactersMax) : text
  return (
    <div className="space-y-1">
      <div className="flex min-h-7 items-center justify-between gap-2">
        <span className="text-ink-3 text-xs">{label}</span>
        <span className="flex items-center gap-1">
          {views.length > 1 && (
            <ViewSwitch label={`View of ${label}`} value={view} onChange={setChosen} options={views.map((value) => ({ value, label: viewLabels[value] }))} />
          )}
          <CopyButton text={text} label={`Copy ${label}`} size="sm" />
        </span>
      </div>
      {view === 'json' && <JsonTree label={label} value={parseContainer(text)} />}
      {view === 'markdown' && <Markdown text={shown} />}
      {view === 'text' && <pre className="whitespace-pre-wrap font-mono text-xs leading-5 [overflow-wrap:anywhere]">{shown}</pre>}
      {isCut && (
        <button type="button" className="text-accent text-xs underline" onClick={() => setWhole(true)}>
          Show all ({formatBytes(text.length)})
        </button>
      )}
    </div>
  )
}
