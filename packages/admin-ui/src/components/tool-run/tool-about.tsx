import type { ReactNode } from 'react'
import type { Tool } from '../../api/generated/types.gen.ts'
import { Disclosure } from '../../ui/disclosure.tsx'
import { Markdown } from '../../ui/markdown.tsx'
import { JsonTree } from '../../ui/result/json-tree.tsx'
import { Tag } from '../../ui/state-badge.tsx'

/** What MCP's annotations promise, in words; only what the tool says. */
const promises: readonly { readonly key: string; readonly yes: string; readonly no?: string }[] = [
  { key: 'readOnlyHint', yes: 'only reads' },
  { key: 'destructiveHint', yes: 'may destroy', no: 'destroys nothing' },
  { key: 'idempotentHint', yes: 'safe to repeat' },
  { key: 'openWorldHint', yes: 'reaches out', no: 'stays inside' },
]

/** What a tool is, above its form. */
export function ToolAbout({ tool, actions }: { readonly tool: Tool; readonly actions?: ReactNode }) {
  const tags = promises.flatMap(({ key, yes, no }) => {
    const value = tool.annotations?.[key]
    return value === true ? [yes] : value === false && no !== undefined ? [no] : []
  })
  return (
    <div className="space-y-2">
      <div className="flex items-start justify-between gap-2">
        <div className="min-w-0">
          <h2 className="font-semibold text-base [overflow-wrap:anywhere]">{tool.title ?? tool.name}</h2>
          <p className="text-ink-3 text-xs [overflow-wrap:anywhere]">
            <code>
              {tool.namespace} / {tool.name}
            </code>
          </p>
        </div>
        {actions}
      </div>
      {tags.length > 0 && (
        <p className="flex flex-wrap gap-1" title="What the tool says of itself">
          {tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </p>
      )}
      {tool.description && (
        <div className="max-h-48 overflow-y-auto text-ink-2">
          <Markdown text={tool.description} />
        </div>
      )}
      <Disclosure title="Schemas">
        <p className="text-ink-3 text-xs">Input</p>
        <JsonTree label="Input schema" value={tool.inputSchema} />
        {tool.outputSchema && (
          <>
            <p className="text-ink-3 text-xs">Output</p>
            <JsonTree label="Output schema" value={tool.outputSchema} />
          </>
        )}
      </Disclosure>
    </div>
  )
}
