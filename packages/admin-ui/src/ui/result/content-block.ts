import { isObject } from '../schema-form/json-schema.ts'

/** A part of a tool's result, of whatever revision; what is not known is shown as JSON. */
export type ContentBlock =
  | { readonly kind: 'text'; readonly text: string; readonly mimeType: string | undefined }
  | { readonly kind: 'image' | 'audio'; readonly data: string; readonly mimeType: string }
  | { readonly kind: 'file'; readonly uri: string; readonly data: string; readonly mimeType: string }
  | { readonly kind: 'resource'; readonly uri: string; readonly text: string; readonly mimeType: string | undefined }
  | { readonly kind: 'link'; readonly uri: string; readonly name: string; readonly description: string | undefined; readonly mimeType: string | undefined }
  | { readonly kind: 'unknown'; readonly value: unknown }

export interface ToolResult {
  readonly blocks: readonly ContentBlock[]
  readonly structuredContent: unknown
  readonly isError: boolean
  readonly meta: unknown
}

/** Reads the result of `tools/call`; null when the value is none, such as the body of a REST answer. */
export function readToolResult(value: unknown): ToolResult | null {
  if (!isObject(value) || !(Array.isArray(value.content) || 'structuredContent' in value)) return null
  const content: readonly unknown[] = Array.isArray(value.content) ? value.content : []
  return { blocks: content.map(readBlock), structuredContent: value.structuredContent, isError: value.isError === true, meta: value._meta }
}

function readBlock(value: unknown): ContentBlock {
  const unknown: ContentBlock = { kind: 'unknown', value }
  if (!isObject(value)) return unknown
  const { type, text, data, uri, resource } = value
  const mimeType = optionalText(value.mimeType)
  if (type === 'text' && typeof text === 'string') return { kind: 'text', text, mimeType: undefined }
  if ((type === 'image' || type === 'audio') && typeof data === 'string') return { kind: type, data, mimeType: mimeType ?? fallbackTypes[type] }
  if (type === 'resource' && isObject(resource)) return readResource(resource) ?? unknown
  if (type === 'resource_link' && typeof uri === 'string')
    return { kind: 'link', uri, name: optionalText(value.title) ?? optionalText(value.name) ?? uri, description: optionalText(value.description), mimeType }
  return unknown
}

const fallbackTypes = { image: 'image/png', audio: 'audio/wav' }

function readResource(resource: Readonly<Record<string, unknown>>): ContentBlock | null {
  const uri = optionalText(resource.uri) ?? ''
  const mimeType = optionalText(resource.mimeType)
  if (typeof resource.text === 'string') return { kind: 'resource', uri, text: resource.text, mimeType }
  return typeof resource.blob === 'string' ? { kind: 'file', uri, data: resource.blob, mimeType: mimeType ?? 'application/octet-stream' } : null
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export type TextView = 'text' | 'markdown' | 'json'

/** How a text can be shown, the best first. */
export function textViews(text: string, mimeType?: string): readonly TextView[] {
  const json = parseContainer(text) === undefined ? [] : (['json'] as const)
  const isMarkdown = mimeType === 'text/markdown' || (mimeType === undefined && markdownSigns.some((sign) => sign.test(text)))
  return [...json, ...(isMarkdown ? (['markdown'] as const) : []), 'text']
}

const markdownSigns = [/^#{1,6} \S/m, /^```/m, /\*\*[^*\n]+\*\*/, /\[[^\]\n]+\]\(https?:[^)\s]+\)/, /^\|.+\|\s*\n\|[ :-]+\|/m]

/** An object or a list written as JSON; undefined for anything else, single numbers and words included. */
export function parseContainer(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Only looked like it.
    return undefined
  }
}
