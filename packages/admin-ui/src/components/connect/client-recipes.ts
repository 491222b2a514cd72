/** What a client needs to use a namespace, ready to be copied. */
export interface Recipe {
  readonly id: string
  readonly client: string
  readonly steps: readonly RecipeStep[]
}

export interface RecipeStep {
  /** What to do, in a sentence. */
  readonly words: string
  /** Where `text` goes; missing: a terminal, or nowhere. */
  readonly file?: string
  readonly text?: string
  /** Opens the client itself. Never holds the key. */
  readonly link?: string
}

export interface RecipeInput {
  /** As the client will call it. */
  readonly name: string
  readonly mcpUrl: string
  readonly openapiUrl: string
  /** Undefined: none is needed. */
  readonly key: string | undefined
}

const REVISION = '2026-07-28'

/** One recipe a client, in the order in which people ask for them. */
export function clientRecipes(input: RecipeInput): readonly Recipe[] {
  return [
    claudeCode(input),
    claudeDesktop(input),
    cursor(input),
    vsCode(input),
    lmStudio(input),
    openWebUi(input),
    liteLlm(input),
    curl(input),
    typescript(input),
    python(input),
  ]
}

const json = (value: unknown): string => JSON.stringify(value, null, 2)
const bearer = (key: string): string => `Bearer ${key}`
const headersOf = (key: string | undefined): { readonly headers?: Readonly<Record<string, string>> } =>
  key === undefined ? {} : { headers: { Authorization: bearer(key) } }

function claudeCode({ name, mcpUrl, key }: RecipeInput): Recipe {
  const header = key === undefined ? '' : ` --header "Authorization: ${bearer(key)}"`
  return {
    id: 'claude-code',
    client: 'Claude Code',
    steps: [{ words: 'Run this in a terminal.', text: `claude mcp add --transport http ${name} ${mcpUrl}${header}` }],
  }
}

function claudeDesktop({ name, mcpUrl, key }: RecipeInput): Recipe {
  const server = {
    command: 'npx',
    args: ['-y', 'mcp-remote', mcpUrl, ...(key === undefined ? [] : ['--header', `Authorization:\${AUTHORIZATION}`])],
    ...(key === undefined ? {} : { env: { AUTHORIZATION: bearer(key) } }),
  }
  return {
    id: 'claude-desktop',
    client: 'Claude Desktop',
    steps: [
      {
        words: 'Settings → Developer → Edit Config opens the file; add this to it.',
        file: 'claude_desktop_config.json',
        text: json({ mcpServers: { [name]: server } }),
      },
      { words: 'Quit Claude Desktop and start it again.' },
    ],
  }
}

function cursor({ name, mcpUrl, key }: RecipeInput): Recipe {
  const file = {
    words: 'Add this to the file, for all projects or in a project’s own .cursor folder.',
    file: '~/.cursor/mcp.json',
    text: json({ mcpServers: { [name]: { url: mcpUrl, ...headersOf(key) } } }),
  }
  const link = `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeURIComponent(name)}&config=${encodeURIComponent(btoa(JSON.stringify({ url: mcpUrl })))}`
  // A link would put the key into an address.
  return { id: 'cursor', client: 'Cursor', steps: key === undefined ? [{ words: 'Open it in Cursor, or add it by hand:', link }, file] : [file] }
}

function vsCode({ name, mcpUrl, key }: RecipeInput): Recipe {
  const input = { type: 'promptString', id: 'tooldock-key', description: 'ToolDock API key', password: true }
  const server = { type: 'http', url: mcpUrl, ...(key === undefined ? {} : { headers: { Authorization: `Bearer \${input:${input.id}}` } }) }
  const config = { servers: { [name]: server }, ...(key === undefined ? {} : { inputs: [input] }) }
  const link = `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, ...server, ...(key === undefined ? {} : { inputs: [input] }) }))}`
  return {
    id: 'vs-code',
    client: 'VS Code',
    steps: [
      { words: 'Open it in VS Code, or add it by hand:', link },
      { words: 'Add this to the file of a workspace.', file: '.vscode/mcp.json', text: json(config) },
      ...(key === undefined ? [] : [{ words: 'VS Code asks for the key once and keeps it:', text: key }]),
    ],
  }
}

function lmStudio({ name, mcpUrl, key }: RecipeInput): Recipe {
  return {
    id: 'lm-studio',
    client: 'LM Studio',
    steps: [
      {
        words: 'Program → Install → Edit mcp.json, then add this.',
        file: 'mcp.json',
        text: json({ mcpServers: { [name]: { url: mcpUrl, ...headersOf(key) } } }),
      },
    ],
  }
}

function openWebUi({ openapiUrl, key }: RecipeInput): Recipe {
  return {
    id: 'open-webui',
    client: 'Open WebUI',
    steps: [
      { words: 'Admin settings → External tools → Add connection, type OpenAPI, with this URL:', text: openapiUrl },
      ...(key === undefined ? [] : [{ words: 'Auth: Bearer, with this key:', text: key }]),
    ],
  }
}

function liteLlm({ name, mcpUrl, key }: RecipeInput): Recipe {
  const auth = key === undefined ? '' : `\n    auth_type: bearer_token\n    auth_value: ${key}`
  return {
    id: 'litellm',
    client: 'LiteLLM',
    steps: [
      {
        words: 'Add this to the configuration of the proxy.',
        file: 'config.yaml',
        text: `mcp_servers:\n  ${name.replaceAll('-', '_')}:\n    url: ${mcpUrl}\n    transport: http${auth}`,
      },
    ],
  }
}

function curl({ mcpUrl, key }: RecipeInput): Recipe {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': REVISION,
    'io.modelcontextprotocol/clientInfo': { name: 'curl', version: '8' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const lines = [
    `curl ${mcpUrl}`,
    ...(key === undefined ? [] : [`-H "Authorization: ${bearer(key)}"`]),
    '-H "Content-Type: application/json"',
    '-H "Accept: application/json, text/event-stream"',
    `-H "MCP-Protocol-Version: ${REVISION}"`,
    '-H "Mcp-Method: tools/list"',
    `-d '${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta } })}'`,
  ]
  return { id: 'curl', client: 'curl', steps: [{ words: 'Lists the tools.', text: lines.join(' \\\n  ') }] }
}

function typescript({ mcpUrl, key }: RecipeInput): Recipe {
  const options = key === undefined ? '' : `, {\n  requestInit: { headers: { Authorization: '${bearer(key)}' } },\n}`
  const text = `import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

const client = new Client({ name: 'my-app', version: '1.0.0' })
await client.connect(new StreamableHTTPClientTransport(new URL('${mcpUrl}')${options}))
console.log(await client.listTools())`
  return { id: 'typescript', client: 'TypeScript SDK', steps: [{ words: 'npm install @modelcontextprotocol/client, then:', text }] }
}

function python({ mcpUrl, key }: RecipeInput): Recipe {
  const headers = key === undefined ? '' : `, headers={"Authorization": "${bearer(key)}"}`
  const text = `import asyncio
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

async def main():
    async with streamablehttp_client("${mcpUrl}"${headers}) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            print(await session.list_tools())

asyncio.run(main())`
  return { id: 'python', client: 'Python SDK', steps: [{ words: 'pip install mcp, then:', text }] }
}
