/** Content of MCP 2026-07-28: what tools answer and prompts say. The helpers only save typing; plain objects are as good. */
export interface Annotations {
  readonly audience?: readonly ('user' | 'assistant')[]
  /** 0 (least) to 1 (most important). */
  readonly priority?: number
  /** ISO 8601. */
  readonly lastModified?: string
}

export interface ContentOptions {
  readonly annotations?: Annotations
  readonly _meta?: Readonly<Record<string, unknown>>
}

export interface Icon {
  readonly src: string
  readonly mimeType?: string
  readonly sizes?: readonly string[]
  readonly theme?: 'light' | 'dark'
}

export interface TextContent extends ContentOptions {
  readonly type: 'text'
  readonly text: string
}
export interface ImageContent extends ContentOptions {
  readonly type: 'image'
  /** base64 */
  readonly data: string
  readonly mimeType: string
}
export interface AudioContent extends ContentOptions {
  readonly type: 'audio'
  /** base64 */
  readonly data: string
  readonly mimeType: string
}
export interface TextResourceContents {
  readonly uri: string
  readonly mimeType?: string
  readonly text: string
  readonly _meta?: Readonly<Record<string, unknown>>
}
export interface BlobResourceContents {
  readonly uri: string
  readonly mimeType?: string
  /** base64 */
  readonly blob: string
  readonly _meta?: Readonly<Record<string, unknown>>
}
export type ResourceContents = TextResourceContents | BlobResourceContents
export interface EmbeddedResource extends ContentOptions {
  readonly type: 'resource'
  readonly resource: ResourceContents
}
export interface ResourceLink extends ContentOptions {
  readonly type: 'resource_link'
  readonly uri: string
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly mimeType?: string
  /** bytes */
  readonly size?: number
  readonly icons?: readonly Icon[]
}
export type Content = TextContent | ImageContent | AudioContent | EmbeddedResource | ResourceLink

/** Bytes, or text that is base64 already. */
export type Binary = Uint8Array | string

const base64 = (data: Binary): string => (typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'))

export const text = (value: string, options?: ContentOptions): TextContent => ({ type: 'text', text: value, ...options })

export const image = (data: Binary, mimeType: string, options?: ContentOptions): ImageContent => ({ type: 'image', data: base64(data), mimeType, ...options })

export const audio = (data: Binary, mimeType: string, options?: ContentOptions): AudioContent => ({ type: 'audio', data: base64(data), mimeType, ...options })

/** A resource inside the answer itself: text stays text, bytes become a base64 blob. */
export function embeddedResource(
  resource: { readonly uri: string; readonly mimeType?: string } & ({ readonly text: string } | { readonly blob: Binary }),
  options?: ContentOptions,
): EmbeddedResource {
  const contents = 'blob' in resource ? { ...resource, blob: base64(resource.blob) } : resource
  return { type: 'resource', resource: contents, ...options }
}

/** A pointer to a resource that the client may read later. */
export const resourceLink = (link: Omit<ResourceLink, 'type'>): ResourceLink => ({ type: 'resource_link', ...link })
