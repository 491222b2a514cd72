import type { Gateway } from './gateway.ts'
import { LegacySession, modern } from './mcp-http.ts'

/** One protocol's view of a namespace: the names of its tools, and a call that must answer text. */
export interface Face {
  readonly protocol: string
  tools(): Promise<readonly string[]>
  /** @throws unless the tool answered text */
  call(tool: string, args?: Record<string, unknown>): Promise<string>
}

type Named = { readonly name: string }
type Answer = { readonly isError?: boolean; readonly content?: readonly { readonly text: string }[] }

function textOf(protocol: string, result: Answer | undefined, whole: unknown): string {
  if (result?.content === undefined || result.isError === true) throw new Error(`${protocol} answered ${JSON.stringify(whole)}`)
  return result.content.map(({ text }) => text).join('')
}

/** The same namespace over every protocol. */
export async function facesOf(gateway: Gateway, namespace: string): Promise<readonly Face[]> {
  const path = `/${namespace}/mcp`
  const session = await LegacySession.open(gateway, path)
  return [
    {
      protocol: 'MCP 2026-07-28',
      tools: async () => (await modern(gateway, path, 'tools/list')).result.tools.map(({ name }: Named) => name),
      async call(tool, args = {}) {
        const reply = await modern(gateway, path, 'tools/call', { name: tool, arguments: args })
        return textOf('MCP 2026-07-28', reply.result, reply)
      },
    },
    {
      protocol: 'MCP 2025-11-25',
      tools: async () => (await session.request('tools/list')).result.tools.map(({ name }: Named) => name),
      async call(tool, args = {}) {
        const reply = await session.request('tools/call', { name: tool, arguments: args })
        return textOf('MCP 2025-11-25', reply.result, reply)
      },
    },
    {
      protocol: 'REST',
      tools: async () => Object.keys((await gateway.http(`/${namespace}/openapi/openapi.json`)).json.paths).map((route) => route.replace('/tools/', '')),
      async call(tool, args = {}) {
        const reply = await gateway.rest(namespace, tool, args)
        return textOf('REST', reply.status === 200 ? reply.json : undefined, reply)
      },
    },
  ]
}
