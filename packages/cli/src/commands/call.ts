import type { NamespaceOverview } from '@tooldock/server/admin/namespace-overview'
import type { ToolOverview } from '@tooldock/server/tools/tool'
import { readVersion } from '@tooldock/server/version'
import { type Api, ApiError, apiPath } from '../api.ts'
import { askPerson } from '../ask-person.ts'
import { defineCommand, EXIT } from '../command.ts'
import { CommandError } from '../command-error.ts'
import { findNamespace } from '../find-namespace.ts'
import { listTools } from '../list-tools.ts'
import { callTool, type JsonObject, type ToolResult } from '../mcp-call.ts'
import { nearest } from '../nearest.ts'
import { type Output, plain } from '../output.ts'
import { readToolArguments } from '../tool-arguments.ts'

export const call = defineCommand({
  name: 'call',
  summary: 'Call a tool, as an MCP client would.',
  usage: ['<namespace> <tool> [key=value…]', "<namespace> <tool> '{…}'", '<namespace> <tool> - < arguments.json'],
  details: [
    'The result goes to stdout, with --json as MCP has it; progress, logs and questions go to stderr. What the tool asks is asked at the',
    'terminal, or declined where there is none. A result that is an error ends with exit code 1.',
  ].join('\n'),
  options: {},
  argsMin: 2,
  argsMax: Number.POSITIVE_INFINITY,
  async run({ args: [namespace = '', tool = '', ...words], openApi, json, input, output }) {
    const api = await openApi()
    const { inputSchema } = await findTool(api, namespace, tool)
    const args = readToolArguments(words[0] === '-' ? [await input.readAll()] : words, inputSchema)
    const result = await callTool(api, {
      ...{ namespace, tool, args, inputSchema },
      version: readVersion(),
      onNotification: (method, params) => tell(method, params, output),
      onQuestion: (question) => askPerson(question, { input, output }),
    })
    if (json) output.printJson(result)
    else printResult(result, output)
    return result.isError ? EXIT.failed : EXIT.done
  },
})

async function findTool(api: Api, namespace: string, tool: string): Promise<ToolOverview> {
  try {
    return await api.get<ToolOverview>(apiPath`/api/tools/${namespace}/${tool}`)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
    const { name, state }: NamespaceOverview = await findNamespace(api, namespace)
    if (state === 'unpublished') throw new CommandError(`"${name}" is not published: "tooldock reload ${name}" publishes it, or says why it cannot.`)
    const names = (await listTools(api, name)).map((it) => it.name)
    throw new CommandError(`"${name}" has no tool "${tool}".${nearest(tool, names)}`)
  }
}

function tell(method: string, params: JsonObject, output: Output): void {
  if (method === 'notifications/progress') {
    const { progress, total, message } = params
    output.say(output.style('dim', `progress ${progress}${total === undefined ? '' : `/${total}`}${message === undefined ? '' : ` ${plain(String(message))}`}`))
  } else if (method === 'notifications/message') {
    const { level, logger, data } = params
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    output.say(output.style('dim', `${level}${logger === undefined ? '' : ` ${plain(String(logger))}`}: ${plain(text)}`))
  }
}

/** What a person reads of a result; an error goes the other way, so that `$(tooldock call …)` is never an error's text. */
function printResult({ content = [], structuredContent, isError }: ToolResult, output: Output): void {
  const lines = content.map(textOf)
  if (lines.length === 0 && structuredContent !== undefined) lines.push(JSON.stringify(structuredContent, undefined, 2))
  for (const line of lines) {
    if (isError) output.say(`tooldock: ${plain(line)}`)
    else output.printText(line.endsWith('\n') ? line : `${line}\n`)
  }
}

function textOf(block: JsonObject): string {
  switch (block.type) {
    case 'text':
      return String(block.text)
    case 'resource_link':
      return String(block.uri)
    case 'resource': {
      const { uri, text } = block.resource as { readonly uri: string; readonly text?: string }
      return text ?? `[${uri}]`
    }
    default:
      return `[${block.type} ${block.mimeType ?? ''}, ${Buffer.byteLength(String(block.data ?? ''), 'base64')} bytes; --json has it]`
  }
}
