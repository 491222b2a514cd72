import { isRecord } from './input-answer.ts'
import { invalid } from './result-error.ts'

/** Members that each content type must have as text (MCP 2026-07-28, schema ContentBlock). */
const TEXT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  text: ['text'],
  image: ['data', 'mimeType'],
  audio: ['data', 'mimeType'],
  resource_link: ['uri', 'name'],
  resource: [],
}

/** Would a client take this value for content? */
export function isContent(value: unknown): boolean {
  return isRecord(value) && typeof value.type === 'string' && contentFault(value) === undefined
}

/** @throws ResultError naming the item */
export function checkContent(item: unknown, where: string): void {
  const fault = contentFault(item)
  if (fault !== undefined) throw invalid(`${where} ${fault}.`)
}

function contentFault(item: unknown): string | undefined {
  if (!isRecord(item)) return 'must be an object with a `type`'
  const members = Object.hasOwn(TEXT_MEMBERS, String(item.type)) ? TEXT_MEMBERS[String(item.type)] : undefined
  if (members === undefined) return `has the unknown type ${JSON.stringify(item.type)}; known are ${Object.keys(TEXT_MEMBERS).join(', ')}`
  const missing = members.find((member) => typeof item[member] !== 'string')
  if (missing !== undefined) return `needs \`${missing}\` as text${missing === 'data' ? ' (base64)' : ''}`
  return item.type === 'resource' ? resourceFault(item.resource) : undefined
}

function resourceFault(resource: unknown): string | undefined {
  if (!isRecord(resource) || typeof resource.uri !== 'string') return 'needs `resource` with a `uri`'
  return typeof resource.text === 'string' || typeof resource.blob === 'string' ? undefined : 'needs `resource.text` or `resource.blob` as text'
}
