import { checkContent, isContent } from './content.ts'
import { isRecord } from './input-answer.ts'
import { jsonText } from './json-text.ts'
import { invalid } from './result-error.ts'

/**
 * The JSON text of a `prompts/get` result.
 * @throws ResultError
 */
export function promptResult(value: unknown, description: string): string {
  const { messages, ...rest } = Array.isArray(value) ? { messages: value } : isRecord(value) && 'messages' in value ? value : { messages: [userMessage(value)] }
  if (!Array.isArray(messages)) throw invalid('`messages` must be a list.')
  for (const [index, message] of messages.entries()) {
    if (!isRecord(message) || (message.role !== 'user' && message.role !== 'assistant'))
      throw invalid(`messages[${index}] needs the \`role\` user or assistant.`)
    checkContent(message.content, `messages[${index}].content`)
  }
  return jsonText({ resultType: 'complete', description, ...rest, messages })
}

function userMessage(value: unknown): object {
  if (typeof value === 'string') return { role: 'user', content: { type: 'text', text: value } }
  if (isContent(value)) return { role: 'user', content: value }
  throw invalid('A prompt answers text, content, or `messages`.')
}

/**
 * The JSON text of a `resources/read` result; undefined: the handler knows no such resource.
 * @throws ResultError
 */
export function resourceResult(value: unknown, uri: string, mimeType: string | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  if (!isRecord(value) || !Array.isArray(value.contents)) return jsonText({ resultType: 'complete', contents: [contents(value, uri, mimeType)] })
  const { contents: items, ...rest } = value
  return jsonText({ resultType: 'complete', ...rest, contents: value.contents.map((item: unknown, index) => checkContents(item, index, uri, mimeType)) })
}

function contents(value: unknown, uri: string, mimeType: string | undefined): object {
  const described = { uri, ...(mimeType !== undefined && { mimeType }) }
  if (typeof value === 'string') return { ...described, text: value }
  if (value instanceof Uint8Array) return { ...described, blob: base64(value) }
  return { uri, mimeType: mimeType ?? 'application/json', text: jsonText(value) }
}

function checkContents(item: unknown, index: number, uri: string, mimeType: string | undefined): object {
  const where = `contents[${index}]`
  if (!isRecord(item)) throw invalid(`${where} must be an object with \`text\` or \`blob\`.`)
  const { blob } = item
  if (typeof item.text !== 'string' && typeof blob !== 'string' && !(blob instanceof Uint8Array)) throw invalid(`${where} needs \`text\` or \`blob\`.`)
  return { uri, ...(mimeType !== undefined && { mimeType }), ...item, ...(blob instanceof Uint8Array && { blob: base64(blob) }) }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
