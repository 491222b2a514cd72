/** The official SDK v2: its handler for revision 2026-07-28 on node:http, as its documentation sets it up. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

const handler = toNodeHandler(
  createMcpHandler(() => {
    const server = new McpServer({ name: 'bench', version: '1.0.0' })
    server.registerTool('echo', { description: 'Answers what it was given.', inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
      content: [{ type: 'text', text }],
    }))
    return server
  }),
)
const server = createServer((request, response) => void handler(request as Parameters<typeof handler>[0], response))
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
