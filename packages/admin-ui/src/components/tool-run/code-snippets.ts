import type { ExecuteRequest } from './execute-event.ts'

export type SnippetLanguage = 'curl' | 'typescript' | 'python'

const modernRevision = '2026-07-28'
const legacyRevision = '2025-11-25'

/** A program that makes the same call; the token is a placeholder, to be given by the environment. */
export function snippetOf(language: SnippetLanguage, request: ExecuteRequest, gatewayUrl: string): string {
  const base = gatewayUrl.replace(/\/$/, '')
  const call = { ...request, url: request.protocol === 'rest' ? restUrl(base, request) : `${base}/${request.namespace}/mcp` }
  if (language === 'curl') return request.protocol === 'rest' ? curlRest(call) : curlMcp(call)
  if (language === 'typescript') return request.protocol === 'rest' ? typescriptRest(call) : typescriptMcp(call)
  return request.protocol === 'rest' ? pythonRest(call) : pythonMcp(call)
}

type Call = ExecuteRequest & { readonly url: string }

function restUrl(base: string, { namespace, tool }: ExecuteRequest): string {
  return `${base}/${namespace}/openapi/tools/${encodeURIComponent(tool)}`
}

function curl(url: string, headers: Readonly<Record<string, string>>, body: unknown): string {
  const lines = [
    `curl -sS ${quoteShell(url)}`,
    `  -H "Authorization: Bearer $TOOLDOCK_TOKEN"`,
    ...Object.entries(headers).map(([name, value]) => `  -H ${quoteShell(`${name}: ${value}`)}`),
    `  -d ${quoteShell(JSON.stringify(body, null, 2))}`,
  ]
  return lines.join(' \\\n')
}

function quoteShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function curlRest(call: Call): string {
  return curl(call.url, { 'Content-Type': 'application/json' }, call.arguments)
}

/** An earlier revision wants a session first, so there are three requests. */
function curlMcp(call: Call): string {
  const params = { name: call.tool, arguments: call.arguments }
  const json = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' }
  if (call.protocol === 'mcp-modern') {
    const headers = { ...json, 'MCP-Protocol-Version': modernRevision, 'Mcp-Method': 'tools/call', 'Mcp-Name': headerValue(call.tool) }
    const meta = {
      'io.modelcontextprotocol/protocolVersion': modernRevision,
      'io.modelcontextprotocol/clientInfo': { name: 'curl', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    return curl(call.url, headers, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { ...params, _meta: meta } })
  }
  const initialize = { protocolVersion: legacyRevision, capabilities: {}, clientInfo: { name: 'curl', version: '1' } }
  const session = `  -H "Mcp-Session-Id: $SESSION"`
  const begin = curl(call.url, json, { jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize }).replace('curl -sS', 'curl -sS -D - -o /dev/null')
  const within = (message: object): string =>
    curl(call.url, { ...json, 'MCP-Protocol-Version': legacyRevision }, message).replace(/\n {2}-d/, `\n${session} \\\n  -d`)
  return [
    `SESSION=$(${begin} | tr -d '\\r' | sed -n 's/^mcp-session-id: //Ip')`,
    within({ jsonrpc: '2.0', method: 'notifications/initialized' }),
    within({ jsonrpc: '2.0', id: 2, method: 'tools/call', params }),
  ].join('\n\n')
}

/** Revision 2026-07-28 writes what is not plain ASCII in base64. */
function headerValue(text: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text)) return text
  return `=?base64?${btoa(String.fromCodePoint(...new TextEncoder().encode(text)))}?=`
}

function typescriptMcp(call: Call): string {
  const mode = call.protocol === 'mcp-modern' ? `{ pin: '${modernRevision}' }` : `'legacy'`
  return `// npm install @modelcontextprotocol/client
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

const transport = new StreamableHTTPClientTransport(new URL(${quoteJs(call.url)}), {
  requestInit: { headers: { authorization: \`Bearer \${process.env.TOOLDOCK_TOKEN}\` } },
})
const client = new Client({ name: 'my-client', version: '1.0.0' }, { versionNegotiation: { mode: ${mode} } })
await client.connect(transport)
const result = await client.callTool({
  name: ${quoteJs(call.tool)},
  arguments: ${indented(JSON.stringify(call.arguments, null, 2))},
})
console.log(result)
await client.close()
`
}

function typescriptRest(call: Call): string {
  return `const response = await fetch(${quoteJs(call.url)}, {
  method: 'POST',
  headers: { authorization: \`Bearer \${process.env.TOOLDOCK_TOKEN}\`, 'content-type': 'application/json' },
  body: JSON.stringify(${indented(JSON.stringify(call.arguments, null, 2))}),
})
if (!response.ok) throw new Error(\`\${response.status}: \${await response.text()}\`)
console.log(await response.json())
`
}

function quoteJs(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

function indented(json: string): string {
  return json.replaceAll('\n', '\n  ')
}

function pythonMcp(call: Call): string {
  return `# pip install mcp httpx
import asyncio, os
import httpx
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

async def main():
    headers = {"Authorization": f"Bearer {os.environ['TOOLDOCK_TOKEN']}"}
    async with httpx.AsyncClient(headers=headers, timeout=None) as http:
        async with streamable_http_client(${JSON.stringify(call.url)}, http_client=http) as (read, write, *_):
            async with ClientSession(read, write) as session:
                await session.initialize()
                result = await session.call_tool(
                    ${JSON.stringify(call.tool)},
                    ${pythonLiteral(call.arguments, '                    ')},
                )
                print(result)

asyncio.run(main())
`
}

function pythonRest(call: Call): string {
  return `# pip install httpx
import os
import httpx

response = httpx.post(
    ${JSON.stringify(call.url)},
    headers={"Authorization": f"Bearer {os.environ['TOOLDOCK_TOKEN']}"},
    json=${pythonLiteral(call.arguments, '    ')},
    timeout=None,
)
response.raise_for_status()
print(response.json())
`
}

/** JSON's strings and numbers are Python's too; its words are not. */
function pythonLiteral(value: unknown, indent: string): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const inner = `${indent}    `
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[\n${value.map((entry) => `${inner}${pythonLiteral(entry, inner)},\n`).join('')}${indent}]`
  const members = Object.entries(value).map(([name, member]) => `${inner}${JSON.stringify(name)}: ${pythonLiteral(member, inner)},\n`)
  return members.length === 0 ? '{}' : `{\n${members.join('')}${indent}}`
}
