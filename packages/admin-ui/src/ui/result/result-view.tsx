import { CircleAlert, Link2 } from 'lucide-react'
import { CopyButton } from '../copy-button.tsx'
import { type ContentBlock, readToolResult } from './content-block.ts'
import { JsonTree } from './json-tree.tsx'
import { MediaContent } from './media-content.tsx'
import { TextContent } from './text-content.tsx'

/** Blocks drawn at once. */
const blocksMax = 50

export interface ResultViewProps {
  /** The result of `tools/call`, or whatever a REST call answered. */
  readonly value: unknown
}

/** What a tool gave back, each part by its kind. */
export function ResultView({ value }: ResultViewProps) {
  const result = readToolResult(value)
  if (result === null) return typeof value === 'string' ? <TextContent label="Answer" text={value} /> : <JsonTree label="Answer" value={value} />
  const { blocks, structuredContent, isError, meta } = result
  return (
    <div className="space-y-4">
      {isError && (
        <p className="flex items-center gap-2 text-failed">
          <CircleAlert aria-hidden className="size-4" /> The tool says that it failed:
        </p>
      )}
      {blocks.slice(0, blocksMax).map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a result never change
        <BlockView key={index} block={block} number={index + 1} of={blocks.length} />
      ))}
      {blocks.length > blocksMax && <p className="text-ink-3">{blocks.length - blocksMax} more parts: see the raw answer.</p>}
      {blocks.length === 0 && structuredContent === undefined && <p className="text-ink-3">The tool gave nothing back.</p>}
      {structuredContent !== undefined && <Titled title="Structured content" value={structuredContent} />}
      {meta !== undefined && <Titled title="Metadata" value={meta} />}
    </div>
  )
}

function Titled({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <section className="space-y-1">
      <div className="flex min-h-7 items-center justify-between gap-2">
        <h4 className="text-ink-3 text-xs">{title}</h4>
        <CopyButton text={() => JSON.stringify(value, null, 2)} label={`Copy ${title.toLowerCase()}`} size="sm" />
      </div>
      <JsonTree label={title} value={value} />
    </section>
  )
}

function BlockView({ block, number, of }: { readonly block: ContentBlock; readonly number: number; readonly of: number }) {
  const place = of > 1 ? ` ${number} of ${of}` : ''
  switch (block.kind) {
    case 'text':
      return <TextContent label={`Text${place}`} text={block.text} />
    case 'image':
      return <MediaContent label={`Image${place}`} data={block.data} mimeType={block.mimeType} />
    case 'audio':
      return <MediaContent label={`Audio${place}`} data={block.data} mimeType={block.mimeType} />
    case 'file':
      return (
        <div>
          <ResourceHead uri={block.uri} mimeType={undefined} />
          <MediaContent label={`Resource ${block.uri}`} data={block.data} mimeType={block.mimeType} uri={block.uri} />
        </div>
      )
    case 'resource':
      return (
        <div>
          <ResourceHead uri={block.uri} mimeType={block.mimeType} />
          <TextContent label={`Resource${place}`} text={block.text} mimeType={block.mimeType} />
        </div>
      )
    case 'link':
      return (
        <div>
          <p className="font-medium">{block.name}</p>
          {block.description && <p className="text-ink-2">{block.description}</p>}
          <ResourceHead uri={block.uri} mimeType={block.mimeType} />
        </div>
      )
    default:
      return <JsonTree label={`Part${place}`} value={block.value} />
  }
}

function ResourceHead({ uri, mimeType }: { readonly uri: string; readonly mimeType: string | undefined }) {
  return (
    <p className="flex min-w-0 items-center gap-2 text-xs">
      <Link2 aria-hidden className="size-4 shrink-0 text-ink-3" />
      <code className="truncate">{uri}</code>
      {mimeType && <code className="shrink-0 text-ink-3">{mimeType}</code>}
      <CopyButton text={uri} label={`Copy the URI ${uri}`} size="sm" />
    </p>
  )
}
