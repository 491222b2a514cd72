import type { ToolResult } from '../../sdk/src/define.ts'
import { checkContent, isContent } from './content.ts'
import type { Tool } from './definitions.ts'
import { isRecord } from './input-answer.ts'
import { jsonText } from './json-text.ts'
import { ERROR_META, type ErrorMeta } from './protocol.ts'
import { invalid } from './result-error.ts'

/**
 * The JSON text of the MCP result for what a tool returned. Members in the order of protocol.ts, so that the gateway
 * need not parse it.
 * @throws ResultError
 */
export async function toolResult(tool: Tool, value: unknown): Promise<{ json: string; isError: boolean }> {
  if (tool.output !== undefined && !isWholeResult(value, true)) return { json: structured(await checkOutput(tool, value)), isError: false }
  if (isWholeResult(value, false)) return wholeResult(tool, value)
  if (value === undefined || value === null) return { json: complete('[]'), isError: false }
  if (typeof value === 'string') return { json: complete(textBlock(value)), isError: false }
  if (isContent(value)) return { json: complete(`[${jsonText(value)}]`), isError: false }
  if (Array.isArray(value) && value.length > 0 && isContent(value[0])) return { json: complete(contentList(value)), isError: false }
  if (isRecord(value)) return { json: structured(value), isError: false }
  return { json: complete(textBlock(jsonText(value))), isError: false }
}

/** A failure that a model should see and may act on. */
export function errorResult(message: string, error: ErrorMeta): string {
  return `{"resultType":"complete","isError":true,"content":${textBlock(message)},"_meta":${JSON.stringify({ [ERROR_META]: error })}}`
}

const complete = (content: string) => `{"resultType":"complete","content":${content}}`

const textBlock = (text: string) => `[{"type":"text","text":${JSON.stringify(text)}}]`

/** Structured content, and its JSON as text for clients that only read that. */
function structured(value: unknown): string {
  const json = jsonText(value)
  return `{"resultType":"complete","content":${textBlock(json)},"structuredContent":${json}}`
}

function contentList(items: readonly unknown[]): string {
  for (const [index, item] of items.entries()) checkContent(item, `content[${index}]`)
  return jsonText(items)
}

/** A tool with an output schema may have a member named `content` of its own: there, a whole result must say more. */
function isWholeResult(value: unknown, hasOutput: boolean): value is ToolResult {
  return isRecord(value) && Array.isArray(value.content) && (!hasOutput || 'structuredContent' in value || value.isError === true)
}

const RESULT_MEMBERS = new Set(['content', 'structuredContent', 'isError', '_meta', 'resultType'])

async function wholeResult(tool: Tool, result: ToolResult): Promise<{ json: string; isError: boolean }> {
  const strange = Object.keys(result).find((member) => !RESULT_MEMBERS.has(member))
  if (strange !== undefined)
    throw invalid(`A result with \`content\` cannot have the member \`${strange}\`; to return data with a member \`content\`, define \`output\`.`)
  if (result.isError !== undefined && typeof result.isError !== 'boolean') throw invalid('`isError` must be true or false.')
  if (result._meta !== undefined && !isRecord(result._meta)) throw invalid('`_meta` must be an object.')
  const isError = result.isError === true
  const content = contentList(result.content)
  const data = result.structuredContent
  const checked = tool.output !== undefined && !isError ? await checkOutput(tool, data) : data
  const meta = isError ? { [ERROR_META]: { code: 'tool_error' } satisfies ErrorMeta, ...result._meta } : result._meta
  const members = [
    '"resultType":"complete"',
    ...(isError ? ['"isError":true'] : []),
    `"content":${content}`,
    ...(checked !== undefined ? [`"structuredContent":${jsonText(checked)}`] : []),
    ...(meta !== undefined ? [`"_meta":${jsonText(meta)}`] : []),
  ]
  return { json: `{${members.join(',')}}`, isError }
}

async function checkOutput(tool: Tool, value: unknown): Promise<unknown> {
  const checked = await tool.output?.check(value)
  if (checked?.fields) {
    const lines = checked.fields.map(({ path, message }) => `- ${path === '' ? 'the result' : path}: ${message}`)
    throw invalid(`The result of ${tool.name} does not match its output schema:\n${lines.join('\n')}`, { fields: checked.fields })
  }
  return checked?.value
}
